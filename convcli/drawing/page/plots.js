/** The three plots of a sum of two distributions: both over each other, their products, the totals. */
const plots = (() => {
  const { svg } = dom;
  const NARROW = 8; // pixels a step below which bars stand no longer side by side
  const ROOMY = 30; // pixels a step from which bars have their share written above
  const SEEN = 1e-4; // of the highest bar: the least that a plot makes room for
  const MANY = 10; // outcomes that are shown whatever their probabilities

  const short = (value) => words.format(value, 4);
  const fixed = (number) => number.toFixed(2);
  const range = (values) => [0, Math.max(...values, 1e-300) * 1.2];
  const pairs = (list) => list.map(({ x, p }) => [x, p]);

  /** From the first outcome that can be seen to the last. */
  function extent(list) {
    const least = list.length > MANY ? SEEN * Math.max(...list.map(([, p]) => p)) : 0;
    const seen = list.filter(([, p]) => p >= least);
    return [seen[0][0], seen.at(-1)[0]];
  }

  /** Bars over the middle of their outcomes, `share` of `step` wide, moved aside by `shift` steps. */
  function bars({ x, y, unit, low, high }, list, { kind, step, share, shift = 0 }) {
    const narrow = step * unit < NARROW;
    const width = Math.max((narrow ? 1 : share) * step * unit, 1);
    const ground = fixed(y(0));
    const outlines = list
      .filter(([at, value]) => value > 0 && at >= low && at <= high)
      .map(([at, value]) => {
        const left = fixed(x(at + (narrow ? 0 : shift * step)) - width / 2);
        return `M${left} ${ground}V${fixed(y(value))}h${fixed(width)}V${ground}z`;
      });
    return svg("path", { class: `bar ${kind}${narrow ? " narrow" : ""}`, d: outlines.join("") });
  }

  /** The shares of the sum above the bars of the products. */
  const shares = ({ x, y }, ways) =>
    ways.map(({ a, product, posterior }) =>
      svg(
        "text",
        { class: "share", x: x(a), y: y(product) - 5, "text-anchor": "middle" },
        `${words.format(posterior * 100, 3)}%`,
      ),
    );

  /**
   * @param choose called with the total that the pointer chooses
   * @param current () => {sum, at}: what `lattices.summed` made, and the number of the total shown
   * @returns {elements, draw(possible)}: `possible` are the ways to the total that are possible
   */
  function make({ choose, current }) {
    const first = () => current().sum.right[0].x;
    const total = () => current().sum.totals[current().at];
    // Over a, what is dragged along is where g's first outcome has come to.
    const moving = { choose: (a) => choose(a + first()), held: () => total().c - first() };
    const upper = chart.make({
      title: [chart.key("first", "f(a)"), chart.key("second", "g(c − a), reversed and shifted")],
      height: 190,
      ...moving,
    });
    const middle = chart.make({
      title: [chart.key("product", "products f(a)·g(c − a)"), " and their shares of the sum"],
      height: 170,
      ...moving,
    });
    const lower = chart.make({
      title: [chart.key("total", "P(c), the sum of the products")],
      height: 190,
      choose,
    });

    function draw(possible) {
      const { left, right, step, totals } = current().sum;
      const { c, p } = total();
      const [f, g] = [pairs(left), pairs(right)];
      const sums = totals.map((one) => [one.c, one.p]);
      const [[f0, f1], [g0, g1], [c0, c1]] = [f, g, sums].map(extent);
      const across = [f0 + Math.min(g0 - g1, 0) - step, f1 + Math.max(g1 - g0, 0) + step];
      upper.draw({
        x: across,
        y: range([...f, ...g].map(([, weight]) => weight)),
        label:
          `bars of f, and of g reversed and shifted to c = ${short(c)}; ` +
          `they meet at ${possible.length} outcomes`,
        marks: (scale) => [
          bars(scale, f, { kind: "first", step, share: 0.38, shift: -0.2 }),
          bars(
            scale,
            g.map(([b, weight]) => [c - b, weight]),
            { kind: "second", step, share: 0.38, shift: 0.2 },
          ),
        ],
      });
      const products = possible.map(({ a, product }) => [a, product]);
      middle.draw({
        x: across,
        y: range(products.map(([, product]) => product)),
        label:
          `bars of the products, one for each way to ${short(c)}; ` +
          `they add up to P(${short(c)}) = ${short(p)}`,
        marks: (scale) => [
          bars(scale, products, { kind: "product", step, share: 0.7 }),
          scale.unit * step > ROOMY ? shares(scale, possible) : [],
        ],
      });
      lower.draw({
        x: [Math.min(c0, c) - step, Math.max(c1, c) + step],
        y: range(sums.map(([, weight]) => weight)),
        label:
          `the distribution of the total, from ${short(totals[0].c)} to ${short(totals.at(-1).c)}; ` +
          `P(${short(c)}) = ${short(p)}`,
        marks: (scale) => [
          bars(scale, sums, { kind: "total", step, share: 0.7 }),
          bars(scale, [[c, p]], { kind: "total current", step, share: 0.7 }),
        ],
      });
    }

    return { elements: [upper, middle, lower].map(({ element }) => element), draw };
  }

  return { make };
})();
