/** Plots over a common axis: ticks, a frame, and a pointer that chooses a place along it. */
const chart = (() => {
  const { h, svg, draggable } = dom;
  const MARGIN = { left: 58, right: 12, top: 14, bottom: 26 }; // on the left for 0.00015 and 1.5e−10

  /** Round numbers within a range, about `count` of them. */
  function ticks(low, high, count) {
    const rough = (high - low) / Math.max(count, 1);
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
    const first = Math.ceil(low / step - 1e-9);
    const last = Math.floor(high / step + 1e-9);
    return Array.from({ length: Math.max(last - first + 1, 0) }, (_, n) => (first + n) * step);
  }

  /**
   * @param title above the plot: text and elements
   * @param height in pixels
   * @param choose called with the x that the pointer chooses
   * @param held where what is shown stands, if a drag moves that along instead of to the pointer
   * @returns {element, draw({x, y, label, marks})}: `marks` makes the marks, given scales x and y, the
   *   range from low to high, and the pixels of a unit
   */
  function make({ title, height, choose, held }) {
    const picture = svg("svg", { role: "img", height });
    const element = h("figure", { class: "chart" }, h("figcaption", {}, title), picture);
    let inverse = null;
    let shift = 0;
    const at = (event) => inverse(event.clientX - picture.getBoundingClientRect().left);
    draggable(picture, {
      grab: (event) => (shift = held ? held() - at(event) : 0),
      move: (event) => choose(at(event) + shift),
      tap: (event) => choose(at(event)),
    });

    function draw({ x: [low, high], y: [bottom, top], label, marks }) {
      const width = Math.max(picture.clientWidth, 240);
      const inner = width - MARGIN.left - MARGIN.right;
      const depth = height - MARGIN.top - MARGIN.bottom;
      const x = (value) => MARGIN.left + ((value - low) / (high - low)) * inner;
      const y = (value) => MARGIN.top + ((top - value) / (top - bottom)) * depth;
      inverse = (pixel) => low + ((pixel - MARGIN.left) / inner) * (high - low);
      picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
      picture.setAttribute("aria-label", label);
      const across = ticks(low, high, inner / 60).flatMap((at) => [
        svg("line", { class: "tick", x1: x(at), x2: x(at), y1: y(bottom), y2: y(bottom) + 4 }),
        svg("text", { x: x(at), y: height - 6, "text-anchor": "middle" }, words.format(at, 4)),
      ]);
      const up = ticks(bottom, top, depth / 36).flatMap((at) => [
        svg("line", { class: "rule", x1: x(low), x2: x(high), y1: y(at), y2: y(at) }),
        svg("text", { x: MARGIN.left - 6, y: y(at) + 4, "text-anchor": "end" }, words.format(at, 3)),
      ]);
      const zero = svg("line", {
        class: "zero",
        x1: x(low),
        x2: x(high),
        y1: y(Math.max(bottom, 0)),
        y2: y(Math.max(bottom, 0)),
      });
      picture.replaceChildren(
        ...up,
        ...across,
        zero,
        ...marks({ x, y, low, high, unit: inner / (high - low) }).flat(),
      );
    }

    return { element, draw };
  }

  /** A name in a title, after a sample of how it is drawn. */
  const key = (kind, text) =>
    h("span", { class: "key" }, h("span", { class: `sample ${kind}` }), h("b", {}, text));

  return { make, key };
})();
