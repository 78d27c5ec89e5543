/** Discrete distributions, and the distribution of a sum. Nothing of the document. */
const lattices = (() => {
  /** The widest step that leads from the first number to all others, by Euclid's algorithm. */
  function stepOf(numbers) {
    const range = Math.max(...numbers) - Math.min(...numbers);
    const tolerance = 1e-7 * range; // far below any step, and above the rounding of numbers far from 0
    const step = numbers.reduce((step, number) => {
      let [a, b] = [step, Math.abs(number - numbers[0])];
      while (b > tolerance) [a, b] = [b, Math.abs(a - b * Math.round(a / b))];
      return a;
    }, 0);
    return step > 0 ? range / Math.round(range / step) : 1; // over the whole range roundings do not add up
  }

  /** A distribution {name, start, step, weights} from outcomes in any order and their probabilities. */
  function fromOutcomes({ name, support, probability }) {
    const start = Math.min(...support);
    const step = stepOf(support);
    const weights = Array(Math.round((Math.max(...support) - start) / step) + 1).fill(0);
    support.forEach((x, number) => (weights[Math.round((x - start) / step)] += probability[number]));
    return { name, start, step, weights: ratios(weights) };
  }

  /** Weights as small whole numbers, where they are multiples of the smallest; else as they are. */
  function ratios(weights) {
    const least = Math.min(...weights.filter((weight) => weight > 0));
    const multiples = weights.map((weight) => Math.round(weight / least));
    const fine = weights.every((weight, n) => Math.abs(weight - multiples[n] * least) <= 1e-12 * weight);
    return fine && Math.max(...multiples) < 1e6 ? multiples : weights;
  }

  /** The outcomes a with f(a), divided by their sum. */
  function outcomes({ start, step, weights }) {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight, number) => ({ x: start + number * step, p: weight / total }));
  }

  const spread = (list) => list.map(({ x }) => x - list[0].x);
  const commonStep = (left, right) => stepOf([0, ...spread(left), ...spread(right)]);

  /** How many totals from the least to the greatest the sum of two distributions has. */
  function size(f, g) {
    const [left, right] = [f, g].map(outcomes);
    return Math.round((spread(left).at(-1) + spread(right).at(-1)) / commonStep(left, right)) + 1;
  }

  /**
   * The distribution of the sum of two independent outcomes.
   *
   * @returns {step, first, totals: [{c, p}], at(number)}: `at` gives the ways to total `number`, one for each
   *   outcome a of f: {a, b, f, g, product, posterior}, where posterior is P(a | c), null where P(c) is 0.
   */
  function summed(f, g) {
    const [left, right] = [f, g].map(outcomes);
    const step = commonStep(left, right);
    const first = left[0].x + right[0].x;
    const place = ({ x }, list) => Math.round((x - list[0].x) / step);
    const weights = Array(size(f, g)).fill(0);
    for (const a of left) for (const b of right) weights[place(a, left) + place(b, right)] += a.p * b.p;
    const totals = weights.map((p, number) => ({ c: first + number * step, p }));
    const second = new Map(right.map((b) => [place(b, right), b]));

    function at(number) {
      return left.map((a) => {
        const b = second.get(number - place(a, left));
        const product = b ? a.p * b.p : 0;
        const posterior = totals[number].p > 0 ? product / totals[number].p : null;
        return { a: a.x, b: totals[number].c - a.x, f: a.p, g: b ? b.p : 0, product, posterior };
      });
    }
    return { step, first, totals, at, left, right };
  }

  /** The binomial distribution of the number of successes in n trials, by its recurrence. */
  function binomial(n, p) {
    const weights = [(1 - p) ** n];
    for (let k = 1; k <= n; k++) weights.push((((weights[k - 1] * (n - k + 1)) / k) * p) / (1 - p));
    return ratios(weights);
  }

  return { fromOutcomes, size, summed, binomial };
})();
