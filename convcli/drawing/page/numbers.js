/** The tab of small convolutions, worked cell by cell. */
const numbers = (() => {
  const { h } = dom;
  const SIDES = { 1: [""], 2: ["height", "width"] };
  const MOST = { 1: { size: 16, kernel: 9 }, 2: { size: 12, kernel: 7 } }; // what buttons reach
  const SHOWN = 64; // terms of a formula

  const ABOUT = {
    convolution: "The kernel is reversed, slid along the input, multiplied with what lies under it, and summed.",
    correlation: "The kernel slides as it is, is multiplied with what lies under it, and summed. Neural networks mean this by convolution.",
    transposed: "Each sample paints the kernel, times itself, one stride further on; where paintings overlap, they add up. Seen from an " +
      "output, the KERNEL slides over the input with zeros between its samples, and padding crops.",
  };

  const LEGEND = [["input", "input"], ["padding", "padding"], ["zero", "inserted zero"], ["kernel", "kernel"], ["output", "output"]];

  function make(scene, changed) {
    const start = settings.fromScene(scene);
    let state = start;
    const kept = {}; // by number of axes, so that switching there and back loses nothing
    let layout;
    let figure = null;
    let panel;
    let hidden = false;

    const axes = () => state.input.shape.length;
    const kind = () => (state.transposed ? "transposed" : state.correlate ? "correlation" : "convolution");

    const about = h("p", { class: "about" });
    const stage = h("div", { class: "stage" });
    const problem = h("p", { class: "problem", role: "status" });
    const formula = h("p", { class: "formula", "aria-live": "polite" });
    const sizes = h("ul", { class: "sizes", "aria-label": "output size and rule" });
    const legend = h("ul", { class: "legend", "aria-label": "legend" });
    const aside = h("aside", { class: "panel", "aria-label": "settings" });
    const player = transport.make({
      label: "output shown",
      range: () => ({ min: 0, max: Math.max(arithmetic.count(layout.shape) - 1, 0), step: 1 }),
      pace: () => ({ tick: 900, by: 1 }),
      get: () => state.at,
      set: (at) => select(at),
      describe: () => (layout.problem ? "no output" : `${state.at + 1} of ${arithmetic.count(layout.shape)}`),
    });
    const hide = h("label", { class: "check" }, h("input", {
      type: "checkbox", onchange: (event) => {
        hidden = event.target.checked;
        select(state.at);
      },
    }), "hide outputs still to come");
    const element = h("div", { class: "columns" },
      h("div", { class: "card" }, about, legend, stage, problem, player.element, formula, sizes, hide), aside);

    function select(at) {
      state = { ...state, at };
      formula.setAttribute("aria-live", player.playing() ? "off" : "polite");
      figure.show(at, hidden);
      player.refresh();
      explain();
      changed();
    }

    function explain() {
      if (layout.problem) {
        formula.replaceChildren();
        return;
      }
      const { index, terms, value } = layout.step(state.at);
      const parts = terms.slice(0, SHOWN).flatMap((term, n) => [
        n ? " + " : "",
        h("span", { class: `term of-${term.kind}` }, h("span", { class: "x" }, words.factor(term.value)), "·", h("span", { class: "w" }, words.factor(term.weight))),
      ]);
      if (terms.length > SHOWN) parts.push(` + … (${terms.length - SHOWN} more)`);
      if (state.bias) parts.push(" + ", h("span", { class: "bias", title: "bias" }, words.factor(state.bias)));
      formula.replaceChildren(h("span", { class: "y" }, `output[${index.join(", ")}]`), " = ", ...parts, " = ",
        h("b", { class: "y" }, words.format(value, 10)));
    }

    /** Take other settings and show them. */
    function put(changes) {
      state = { ...state, ...changes };
      layout = arithmetic.layout(state);
      state.at = Math.min(state.at, Math.max(arithmetic.count(layout.shape) - 1, 0));
      if (layout.problem) player.stop();
      if (figure?.signature === board.signature(state, layout)) figure.update(state, layout);
      else {
        figure = board.make(state, layout, {
          select: (at) => {
            player.stop();
            select(at);
          },
          editInput: (number, value) => put({ input: changedAt(state.input, number, value) }),
          editKernel: (number, value) => put({ kernel: changedAt(state.kernel, number, value) }),
        });
        stage.replaceChildren(figure.element);
      }
      const reversal = layout.reversed ? "reversed kernel" : "kernel";
      about.textContent = ABOUT[kind()].replace("KERNEL", reversal);
      legend.replaceChildren(...LEGEND.filter(([name]) => name !== "zero" || layout.axes.some(({ spacing }) => spacing > 1))
        .map(([name, text]) => h("li", {}, h("span", { class: `swatch ${name}` }), text)));
      problem.textContent = layout.problem ?? "";
      sizes.replaceChildren(...layout.axes.map((axis, a) => h("li", {}, h("span", { class: "label" }, SIDES[axes()][a] || "output size"),
        ` ${arithmetic.formula(axis)}`)),
        layout.problem ? "" : h("li", {}, h("span", { class: "label" }, "rule"), ` ${arithmetic.rule(layout)}`));
      panel.refresh();
      select(state.at);
    }

    const changedAt = ({ shape, values }, number, value) => ({ shape, values: values.with(number, value) });
    const changedAxis = (list, a, value) => list.with(a, value);

    function build() {
      panel = controls.make();
      const sides = SIDES[axes()];
      const most = MOST[axes()];
      const given = { size: [...state.input.shape], kernel: [...state.kernel.shape] };
      /** One stepper an axis for a setting that has a number for each. */
      const steppers = (label, { get, set, min, max, disabled, when }) => panel.row(label, sides.map((side, a) => panel.stepper({
        label: `${label} ${side}`.trim(), get: () => get(a), set: (value) => set(a, value), min, max: () => max(a), disabled,
      })), when);
      const plain = (label, name, min, max, more = {}) => steppers(label, {
        get: (a) => state[name][a], set: (a, value) => put({ [name]: changedAxis(state[name], a, value) }), min,
        max: (a) => Math.max(max(a), start[name][a] ?? 0), ...more,
      });
      const sized = (label, name, bound, filler) => steppers(label, {
        get: (a) => state[name].shape[a], max: (a) => Math.max(bound, given[name === "input" ? "size" : "kernel"][a]),
        set: (a, value) => put({ [name]: settings.resized(state[name], changedAxis(state[name].shape, a, value), filler) }),
      });
      const padded = (label, end) => steppers(label, {
        get: (a) => state.padding[a][end], min: 0, max: (a) => Math.max(12, state.padding[a][end]),
        set: (a, value) => put({ padding: changedAxis(state.padding, a, changedAxis(state.padding[a], end, value)) }),
      });
      const named = (name) => state.kernel.shape.map((taps, a) => arithmetic.named(name, taps, state.dilation[a]));
      const options = (names) => names.map((name) => [name, name]);

      aside.replaceChildren(
        panel.row("example", panel.select({
          label: "example", options: [["", "choose one"], ...options(Object.keys(examples))], get: () => "",
          set: (name) => name && restore(settings.fromScene(examples[name])),
        })),
        panel.row("numbers in", panel.choice({ label: "numbers in", options: [["1", "a list"], ["2", "a table"]], get: () => String(axes()), set: turn })),
        panel.row("kernel slides", panel.choice({
          label: "kernel slides", options: [["convolution", "reversed"], ["correlation", "as it is"]],
          get: () => (state.correlate ? "correlation" : "convolution"), set: (name) => put({ correlate: name === "correlation" }),
        }), () => !state.transposed),
        panel.row("kernel painted", panel.choice({
          label: "kernel painted", options: [["convolution", "reversed"], ["correlation", "as it is"]],
          get: () => (state.correlate ? "correlation" : "convolution"), set: (name) => put({ correlate: name === "correlation" }),
        }), () => state.transposed),
        panel.row("direction", panel.choice({
          label: "direction", options: [["forward", "forward"], ["transposed", "transposed"]],
          get: () => (state.transposed ? "transposed" : "forward"), set: (name) => put({ transposed: name === "transposed" }),
        })),
        axes() > 1 ? h("div", { class: "row heads", "aria-hidden": "true" }, h("span", { class: "label" }), h("span", { class: "widgets" }, sides.map((side) => h("span", {}, side)))) : "",
        sized("input size", "input", most.size, (number) => number % 9 + 1),
        sized("kernel size", "kernel", most.kernel, () => 1),
        plain("stride", "stride", 1, () => 5),
        plain("dilation", "dilation", 1, () => 4),
        panel.row("padding", panel.choice({
          label: "padding by name", options: options(["valid", "same", "full"]),
          get: () => ["valid", "same", "full"].find((name) => JSON.stringify(named(name)) === JSON.stringify(state.padding)),
          set: (name) => put({ padding: named(name) }),
        })),
        padded("before", 0), padded("after", 1),
        panel.row("filled with", panel.select({
          label: "padding filled with", options: options(settings.BOUNDARIES), get: () => state.boundary.name,
          set: (name) => put({ boundary: { ...state.boundary, name } }),
        }), () => !state.transposed),
        panel.row("constant", panel.numberBox({
          label: "constant", get: () => state.boundary.value, set: (value) => put({ boundary: { ...state.boundary, value } }),
        }), () => !state.transposed && state.boundary.name === "constant"),
        plain("output padding", "outputPadding", 0, () => 4, { when: () => state.transposed }),
        panel.row("bias", panel.numberBox({ label: "bias", get: () => state.bias, set: (bias) => put({ bias }) })),
      );
      figure = null;
    }

    /** Go from lists to tables or back. */
    function turn(count) {
      if (Number(count) === axes()) return;
      kept[axes()] = state;
      restore(kept[count] ?? settings.fromScene(examples[count === "1" ? "Two lists" : "Half padding, stride 2"]));
      aside.querySelector("[aria-label='numbers in'] [aria-pressed=true]").focus();
    }

    function restore(fresh) {
      player.stop();
      const rebuilt = figure === null || fresh.input.shape.length !== axes();
      state = fresh;
      if (rebuilt) build();
      put({});
    }

    restore(start);
    return {
      element,
      stop: player.stop,
      refresh: () => {},
      reset: () => restore(start),
      params: () => settings.toParams(state),
      restore: (params) => restore(settings.fromParams(params, start)),
    };
  }

  return { make };
})();
