/** The settings of a small convolution: defaults, sizes changed, and as text for the address. */
const settings = (() => {
  const { count, ravel, unravel } = arithmetic;
  const BOUNDARIES = ["zeros", "replicate", "reflect", "symmetric", "circular", "constant"];
  const MOST = 64; // samples an axis, and of every other setting, that an address may ask for

  function tensor(nested) {
    const shape = Array.isArray(nested[0]) ? [nested.length, nested[0].length] : [nested.length];
    return { shape, values: nested.flat() };
  }

  /** Settings from a scene, with the usual values for what it leaves out. */
  function fromScene(scene) {
    const [input, kernel] = [tensor(scene.input), tensor(scene.kernel)];
    const each = (value) => input.shape.map(() => value);
    return {
      input,
      kernel,
      bias: scene.bias ?? 0,
      transposed: scene.transposed ?? false,
      correlate: scene.correlate ?? false,
      boundary: { name: scene.boundary?.name ?? "zeros", value: scene.boundary?.value ?? 0 },
      padding: scene.padding ?? each([0, 0]),
      stride: scene.stride ?? each(1),
      dilation: scene.dilation ?? each(1),
      outputPadding: scene.output_padding ?? each(0),
      at: 0,
    };
  }

  /** The same numbers in another shape: what is new comes from `filler`, given its place. */
  function resized({ shape, values }, to, filler) {
    const fresh = Array.from({ length: count(to) }, (_, number) => {
      const index = unravel(number, to);
      return index.every((at, a) => at < shape[a]) ? values[ravel(index, shape)] : filler(number);
    });
    return { shape: to, values: fresh };
  }

  const rowsOf = ({ shape, values }) => {
    const width = shape.at(-1);
    return Array.from({ length: values.length / width }, (_, r) => values.slice(r * width, (r + 1) * width));
  };
  const literal = (given) =>
    rowsOf(given)
      .map((row) => row.map(words.exact).join(","))
      .join(";");

  /** A tensor for an address: a semicolon at the end tells a table of one row from a list. */
  const addressed = (given) => literal(given) + (given.shape.length > 1 && given.shape[0] === 1 ? ";" : "");

  function toParams(state) {
    const {
      boundary: { name, value },
    } = state;
    return {
      x: addressed(state.input),
      w: addressed(state.kernel),
      b: words.exact(state.bias),
      op: `${state.transposed ? "transposed-" : ""}${state.correlate ? "correlation" : "convolution"}`,
      mode: name === "constant" ? `constant:${words.exact(value)}` : name,
      p: state.padding.map((ends) => ends.join(":")).join(","),
      s: state.stride.join(","),
      d: state.dilation.join(","),
      a: state.outputPadding.join(","),
      at: String(state.at),
    };
  }

  /** The command that works the same convolution in the shell; none for tables of one row, lists to it. */
  function toCommand(state) {
    const { input, kernel, transposed, correlate, boundary } = state;
    if (input.shape.length > 1 && input.shape[0] === 1 && kernel.shape[0] === 1) return null;
    const per = (list) => (list.every((value) => value === list[0]) ? String(list[0]) : list.join("x"));
    const ends = [0, 1].map((end) => per(state.padding.map((pair) => pair[end])));
    const array = (option, given) =>
      given.shape.length > 1 ? `${option}='${literal(given)}'` : `${option}=${literal(given)}`;
    return [
      "convcli conv-arith",
      array("--input", input),
      array("--kernel", kernel),
      ends[0] === ends[1] ? `--padding ${ends[0]}` : `--pad-begin ${ends[0]} --pad-end ${ends[1]}`,
      !transposed && boundary.name !== "zeros" ? `--padding-mode ${toParams(state).mode}` : "",
      state.stride.some((step) => step > 1) ? `--stride ${per(state.stride)}` : "",
      state.dilation.some((step) => step > 1) ? `--dilation ${per(state.dilation)}` : "",
      transposed ? "--transposed" : "",
      transposed && state.outputPadding.some(Boolean) ? `--output-padding ${per(state.outputPadding)}` : "",
      correlate ? "--correlate" : "--convolve",
      state.bias ? `--bias=${words.exact(state.bias)}` : "",
    ]
      .filter(Boolean)
      .join(" ");
  }

  /** Settings from an address; whatever it lacks, or says wrongly, stays as it is in `fallback`. */
  function fromParams(params, fallback) {
    const [input, kernel] = [
      readTensor(params.get("x")) ?? fallback.input,
      readTensor(params.get("w")) ?? fallback.kernel,
    ];
    if (input.shape.length !== kernel.shape.length) return fallback;
    const axes = input.shape.length;
    const same = axes === fallback.input.shape.length;
    const whole = (name, least, old, usual) => {
      const numbers = (params.get(name) ?? "").split(",").map(Number);
      const fine =
        numbers.length === axes &&
        params.get(name) &&
        numbers.every((number) => Number.isInteger(number) && number >= least && number <= MOST);
      return fine ? numbers : same ? old : Array(axes).fill(usual);
    };
    const ends = (params.get("p") ?? "").split(",").map((pair) => pair.split(":").map(Number));
    const fine =
      ends.length === axes &&
      ends.every(
        (pair) =>
          pair.length === 2 &&
          pair.every((number) => Number.isInteger(number) && number >= 0 && number <= MOST),
      );
    const [name, value] = (params.get("mode") ?? "").split(":");
    const bias = words.parse(params.get("b") ?? "");
    const at = Number(params.get("at"));
    return {
      input,
      kernel,
      bias: Number.isNaN(bias) ? fallback.bias : bias,
      transposed: params.has("op") ? params.get("op").startsWith("transposed") : fallback.transposed,
      correlate: params.has("op") ? params.get("op").endsWith("correlation") : fallback.correlate,
      boundary: BOUNDARIES.includes(name)
        ? { name, value: words.parse(value ?? "") || 0 }
        : fallback.boundary,
      padding: fine ? ends : same ? fallback.padding : Array.from({ length: axes }, () => [0, 0]),
      stride: whole("s", 1, fallback.stride, 1),
      dilation: whole("d", 1, fallback.dilation, 1),
      outputPadding: whole("a", 0, fallback.outputPadding, 0),
      at: Number.isInteger(at) && at >= 0 ? at : 0,
    };
  }

  function readTensor(text) {
    if (!text) return null;
    const rows = text
      .replace(/;$/, "")
      .split(";")
      .map((row) => row.split(",").map(words.parse));
    const [height, width] = [rows.length, rows[0].length];
    const fine =
      height <= MOST && width <= MOST && rows.every((row) => row.length === width && !row.some(Number.isNaN));
    return fine ? { shape: text.includes(";") ? [height, width] : [width], values: rows.flat() } : null;
  }

  return { BOUNDARIES, fromScene, resized, rowsOf, toParams, fromParams, toCommand };
})();
