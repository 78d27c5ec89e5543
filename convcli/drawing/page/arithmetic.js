/** Small convolutions: sizes, windows, products, sums. Numbers in, numbers out; nothing of the document. */
const arithmetic = (() => {
  const ROUNDING = 1e-14; // of what is added up

  const modulo = (a, n) => ((a % n) + n) % n;

  /** The sample that a position shows, inside or at any distance outside; null where a constant stands. */
  function source(position, size, boundary) {
    if (position >= 0 && position < size) return position;
    switch (boundary.name) {
      case "replicate":
        return position < 0 ? 0 : size - 1;
      case "circular":
        return modulo(position, size);
      case "symmetric": {
        const folded = modulo(position, 2 * size);
        return Math.min(folded, 2 * size - 1 - folded);
      }
      case "reflect": {
        const period = Math.max(2 * size - 2, 1); // the ends are not repeated; one sample repeats itself
        const folded = modulo(position, period);
        return Math.min(folded, period - folded);
      }
      default:
        return null;
    }
  }

  /**
   * The geometry of one axis. Positions count from the first input sample. A transposed convolution is laid
   * out as the plain one that it equals: stride 1 over the input with `stride - 1` zeros between samples.
   */
  function axis(given) {
    const { size, kernel, stride, dilation, before, after, outputPadding, transposed } = given;
    const effective = dilation * (kernel - 1) + 1;
    const room = size + before + after - effective;
    const painted = (size - 1) * stride + effective + outputPadding;
    const problem = transposed
      ? transposedProblem(given, painted)
      : room < 0
        ? forwardProblem(given, effective, room)
        : null;
    const output = problem ? 0 : transposed ? painted - before - after : Math.floor(room / stride) + 1;
    const spacing = transposed ? stride : 1;
    const last = (size - 1) * spacing;
    const first = transposed ? before - effective + 1 : -before;
    const end = transposed ? output - 1 + before : size + after - 1;
    return {
      ...given,
      effective,
      output,
      problem,
      spacing,
      first,
      step: transposed ? 1 : stride,
      low: Math.min(0, first),
      high: Math.max(last, end),
    };
  }

  function forwardProblem({ size, kernel, dilation, before, after }, effective, room) {
    const taps = dilation > 1 ? `, ${kernel} taps spread over ${effective} by dilation ${dilation},` : "";
    return (
      `Kernel ${kernel}${taps} does not fit in ${size + before + after} ` +
      `(input ${size} + padding ${before} + ${after}): pad by ${-room} more in all, ` +
      "or take a smaller kernel or dilation."
    );
  }

  function transposedProblem({ stride, dilation, before, after, outputPadding }, painted) {
    if (outputPadding >= Math.max(stride, dilation)) {
      return (
        `Output padding ${outputPadding} must be below the larger of stride ${stride} and ` +
        `dilation ${dilation}: it only chooses between sizes that the stride maps to one.`
      );
    }
    return painted > before + after
      ? null
      : `Padding ${before} + ${after} crops all ${painted} samples: in a transposed convolution ` +
          `padding takes away; keep it below ${painted} in all.`;
  }

  /** What stands at a position along one axis: a sample, an inserted zero, or padding. */
  function place({ size, spacing }, position, boundary) {
    if (position < 0 || position > (size - 1) * spacing) {
      return { kind: "padding", from: source(position, size, boundary) };
    }
    return position % spacing ? { kind: "zero", from: null } : { kind: "input", from: position / spacing };
  }

  /** A sum of which rounding errors alone are no part: 0.1 + 0.2 - 0.3 is 0. */
  function summed(parts) {
    const [sum, size] = parts.reduce(([all, most], part) => [all + part, most + Math.abs(part)], [0, 0]);
    return Math.abs(sum) < ROUNDING * size ? 0 : sum;
  }

  const count = (shape) => shape.reduce((product, size) => product * size, 1);

  /** The index along each axis of a number that counts row by row. */
  function unravel(number, shape) {
    const index = Array(shape.length);
    for (let a = shape.length - 1; a >= 0; a--) {
      index[a] = number % shape[a];
      number = Math.floor(number / shape[a]);
    }
    return index;
  }

  const ravel = (index, shape) => index.reduce((number, at, a) => number * shape[a] + at, 0);

  /**
   * Lay out a convolution.
   *
   * @param given {input, kernel: {shape, values}, bias, transposed, correlate, boundary: {name, value},
   *   stride, dilation, outputPadding: [per axis], padding: [[before, after], per axis]}
   * @returns {axes, shape, problem, reversed, sliding, at(positions), step(number), output()}
   */
  function layout(given) {
    const { input, kernel, bias, transposed, correlate, stride, dilation, outputPadding, padding } = given;
    const boundary = transposed ? { name: "zeros", value: 0 } : given.boundary;
    const constant = boundary.name === "constant" ? boundary.value : 0;
    const axes = input.shape.map((size, a) =>
      axis({
        size,
        kernel: kernel.shape[a],
        stride: stride[a],
        dilation: dilation[a],
        before: padding[a][0],
        after: padding[a][1],
        outputPadding: transposed ? outputPadding[a] : 0,
        transposed,
      }),
    );
    const shape = axes.map(({ output }) => output);
    // A transposed convolution paints its kernel around each sample; seen from an output, it is reversed.
    const reversed = transposed === correlate;
    const taps = kernel.values.map((_, number) => (reversed ? kernel.values.length - 1 - number : number));

    /** What stands at a position in all axes. */
    function at(positions) {
      const places = positions.map((position, a) => place(axes[a], position, boundary));
      const kinds = places.map(({ kind }) => kind);
      const kind =
        kinds.find((name) => name === "padding") ?? kinds.find((name) => name === "zero") ?? "input";
      const from = places.map((one) => one.from);
      if (from.includes(null)) return { kind, from: null, value: constant };
      return { kind, from: ravel(from, input.shape), value: input.values[ravel(from, input.shape)] };
    }

    /** One output: where its window begins, its terms in the order of the sliding kernel, their sum. */
    function step(number) {
      const index = unravel(number, shape);
      const start = axes.map((one, a) => one.first + index[a] * one.step);
      const terms = taps.map((tap, order) => {
        const positions = unravel(order, kernel.shape).map((j, a) => start[a] + j * axes[a].dilation);
        return { ...at(positions), positions, tap, weight: kernel.values[tap] };
      });
      return { index, start, terms, value: summed([...terms.map((term) => term.value * term.weight), bias]) };
    }

    return {
      axes,
      shape,
      reversed,
      at,
      step,
      taps,
      bias,
      correlate,
      problem: axes.map((one) => one.problem).find(Boolean) ?? null,
      output: () => Array.from({ length: count(shape) }, (_, number) => step(number).value),
    };
  }

  /** The size rule of an axis with its numbers put in. */
  function formula({
    size,
    kernel,
    stride,
    dilation,
    before,
    after,
    outputPadding,
    transposed,
    output,
    problem,
  }) {
    const span = dilation === 1 ? `${kernel}` : `(${dilation}·(${kernel} − 1) + 1)`;
    const rule = transposed
      ? `(${size} − 1)·${stride} − ${before} − ${after} + ${span} + ${outputPadding}`
      : `⌊(${size} + ${before} + ${after} − ${span}) / ${stride}⌋ + 1`;
    return problem ? rule : `${rule} = ${output}`;
  }

  /** What an output sums, with the numbers of the axes put in: `kernel[j]·input[2n − 1 + j]`. */
  function rule({ axes, bias, correlate }) {
    const sum = (parts) => parts.filter(Boolean).join(" ").replace(/^\+ /, "").replace(/^− /, "−") || "0";
    const part = (factor, name) => {
      const size = Math.abs(factor) === 1 && name ? "" : Math.abs(factor);
      return factor && `${factor < 0 ? "−" : "+"} ${size}${name}`;
    };
    const letters = (text) => [...text].slice(0, axes.length);
    const list = (names) => names.join(", ");
    const [n, j] = [letters("nm"), letters("jk")];
    const ending = bias ? " + bias" : "";
    if (axes[0].transposed) {
      const taps = axes.map(({ kernel }, a) =>
        correlate ? j[a] : sum([part(kernel - 1, ""), part(-1, j[a])]),
      );
      const i = letters("il");
      const meet = axes.map(({ stride, dilation, before }, a) => {
        const painted = sum([part(stride, i[a]), part(dilation, j[a])]);
        return `${painted} = ${sum([part(1, n[a]), part(before, "")])}`;
      });
      const terms = `kernel[${list(taps)}]·input[${list(i)}]`;
      return `output[${list(n)}] = Σ ${terms}${ending}, where ${meet.join(" and ")}`;
    }
    const from = axes.map((one, a) =>
      sum([
        part(one.stride, n[a]),
        part((correlate ? 0 : one.dilation * (one.kernel - 1)) - one.before, ""),
        part(correlate ? one.dilation : -one.dilation, j[a]),
      ]),
    );
    return `output[${list(n)}] = Σ kernel[${list(j)}]·input[${list(from)}]${ending}`;
  }

  /** Padding by name, before and after: that of `numpy.convolve`; transposed, what these would crop. */
  function named(name, kernel, dilation) {
    const reach = dilation * (kernel - 1);
    return {
      valid: [0, 0],
      same: [Math.floor((reach + 1) / 2), Math.floor(reach / 2)],
      full: [reach, reach],
    }[name];
  }

  return { layout, formula, rule, named, count, ravel, unravel };
})();
