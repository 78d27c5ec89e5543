/** Functions of a real variable and the integral of their convolution. Nothing of the document. */
const curves = (() => {
  const PANELS = 32; // of Simpson's rule, between every two places where the integrand bends

  /** Families: shape(u) of the distance u from the centre in widths, and where it bends, begins and ends. */
  const families = {
    box: { title: "box", shape: () => 1, bends: [-0.5, 0.5] },
    triangle: { title: "triangle", shape: (u) => 1 - 2 * Math.abs(u), bends: [-0.5, 0, 0.5] },
    ramp: { title: "ramp", shape: (u) => u + 0.5, bends: [-0.5, 0.5] },
    cosine: { title: "raised cosine", shape: (u) => (1 + Math.cos(2 * Math.PI * u)) / 2, bends: [-0.5, 0.5] },
    // Beyond what is listed here, tails are below 1e-11 of the peak.
    gaussian: {
      title: "Gaussian",
      width: "standard deviation",
      shape: (u) => Math.exp((-u * u) / 2),
      bends: [-7, -4, -2, -1, 0, 1, 2, 4, 7],
      shown: [-3.5, 3.5],
    },
    decay: {
      title: "exponential decay",
      width: "time constant",
      centre: "start",
      shape: (u) => Math.exp(-u),
      bends: [0, 1, 2, 4, 8, 16, 26],
      shown: [0, 5],
    },
  };

  const bends = ({ name, width, centre }) => families[name].bends.map((u) => centre + u * width);

  /** The interval outside of which nothing can be seen. */
  function shown({ name, width, centre }) {
    const { bends: all, shown: seen = [all[0], all.at(-1)] } = families[name];
    return seen.map((u) => centre + u * width);
  }

  const distance = ({ width, centre }, x) => (x - centre) / width;

  function value(curve, x) {
    const u = distance(curve, x);
    const { bends: all } = families[curve.name];
    return u < all[0] || u > all.at(-1) ? 0 : within(curve, x);
  }

  /** The value where rounding alone can lead outside: at the ends it is that of the inner side. */
  function within(curve, x) {
    const { shape, bends: all } = families[curve.name];
    return curve.height * shape(Math.min(Math.max(distance(curve, x), all[0]), all.at(-1)));
  }

  /** The integral of f(x) g(t - x) over x, by Simpson's rule between the places where either one bends. */
  function convolved(f, g, t) {
    const left = bends(f);
    const right = bends(g)
      .map((x) => t - x)
      .reverse();
    const low = Math.max(left[0], right[0]);
    const high = Math.min(left.at(-1), right.at(-1));
    if (!(low < high)) return 0;
    const inner = [...left, ...right].filter((x) => x > low && x < high).sort((a, b) => a - b);
    const knots = [low, ...inner, high];
    const product = (x) => within(f, x) * within(g, t - x);
    let sum = 0;
    for (let k = 1; k < knots.length; k++) {
      const step = (knots[k] - knots[k - 1]) / PANELS;
      for (let j = 0; j <= PANELS; j++) {
        const weight = j === 0 || j === PANELS ? 1 : j % 2 ? 4 : 2;
        sum += (weight * product(knots[k - 1] + j * step) * step) / 3;
      }
    }
    return sum;
  }

  return { families, bends, shown, value, convolved };
})();
