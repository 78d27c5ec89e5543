/** The tab of small convolutions, worked cell by cell. */
const numbers = (() => {
  const { h } = dom;
  const SHOWN = 64; // terms of a formula

  const ABOUT = {
    convolution:
      "The kernel is reversed, slid along the input, multiplied with what lies under it, and summed.",
    correlation:
      "The kernel slides as it is, is multiplied with what lies under it, and summed. Neural networks " +
      "mean this by convolution.",
    transposed:
      "Each sample paints the kernel, times itself, one stride further on; where paintings overlap, they " +
      "add up. Seen from an output, the KERNEL slides over the input with zeros between its samples, and " +
      "padding crops.",
  };
  const LEGEND = {
    input: "input",
    padding: "padding",
    zero: "inserted zero",
    kernel: "kernel",
    output: "output",
  };

  const changedAt = ({ shape, values }, number, value) => ({ shape, values: values.with(number, value) });

  function make(scene, changed) {
    const start = settings.fromScene(scene);
    const kept = {}; // by number of axes, so that switching there and back loses nothing
    let state = start;
    let layout;
    let figure = null;
    let aside = null;
    let hidden = false;

    const outputs = () => arithmetic.count(layout.shape);
    const about = h("p", { class: "about" });
    const legend = h("ul", { class: "legend", "aria-label": "legend" });
    const stage = h("div", { class: "stage" });
    const problem = h("p", { class: "problem", role: "status" });
    const formula = h("p", { class: "formula", "aria-live": "polite" });
    const sizes = h("ul", { class: "sizes", "aria-label": "output size and rule" });
    const command = h("code", { tabindex: "0" });
    const player = transport.make({
      label: "output shown",
      range: () => ({ min: 0, max: Math.max(outputs() - 1, 0), step: 1 }),
      pace: () => ({ tick: 900, by: 1 }),
      get: () => state.at,
      set: select,
      describe: () => (layout.problem ? "no output" : `${state.at + 1} of ${outputs()}`),
    });
    const hide = h("input", {
      type: "checkbox",
      onchange: () => {
        hidden = hide.checked;
        select(state.at);
      },
    });
    const element = h(
      "div",
      { class: "columns" },
      h(
        "div",
        { class: "card" },
        about,
        legend,
        stage,
        problem,
        player.element,
        formula,
        sizes,
        h("label", { class: "check" }, hide, "hide outputs still to come"),
        h("p", { class: "small" }, "The same in the shell:", command),
      ),
    );

    /** Show an output. */
    function select(at) {
      state = { ...state, at };
      formula.setAttribute("aria-live", player.playing() ? "off" : "polite");
      figure.show(at, hidden);
      player.refresh();
      formula.replaceChildren(...(layout.problem ? [] : written(layout.step(at))));
      changed();
    }

    /** The sum of an output, term by term. */
    function written({ index, terms, value }) {
      const parts = terms
        .slice(0, SHOWN)
        .flatMap((term, n) => [
          n ? " + " : "",
          h(
            "span",
            { class: `term of-${term.kind}` },
            h("span", { class: "x" }, words.factor(term.value)),
            "·",
            h("span", { class: "w" }, words.factor(term.weight)),
          ),
        ]);
      if (terms.length > SHOWN) parts.push(` + … (${terms.length - SHOWN} more)`);
      if (state.bias)
        parts.push(" + ", h("span", { class: "bias", title: "bias" }, words.factor(state.bias)));
      return [
        h("span", { class: "y" }, `output[${index.join(", ")}]`),
        " = ",
        ...parts,
        " = ",
        h("b", { class: "y" }, words.format(value, 10)),
      ];
    }

    /** Change some settings, and show the result. */
    function put(changes) {
      state = { ...state, ...changes };
      layout = arithmetic.layout(state);
      state.at = Math.min(state.at, Math.max(outputs() - 1, 0));
      if (layout.problem) player.stop();
      if (figure?.signature === board.signature(state, layout)) figure.update(state, layout);
      else draw();
      explain();
      aside.refresh();
      select(state.at);
    }

    function draw() {
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

    /** Say what depends on the settings, but not on the place of the window. */
    function explain() {
      const kind = state.transposed ? "transposed" : state.correlate ? "correlation" : "convolution";
      about.textContent = ABOUT[kind].replace("KERNEL", layout.reversed ? "reversed kernel" : "kernel");
      const stretched = layout.axes.some(({ spacing }) => spacing > 1);
      legend.replaceChildren(
        ...Object.entries(LEGEND)
          .filter(([name]) => name !== "zero" || stretched)
          .map(([name, text]) => h("li", {}, h("span", { class: `swatch ${name}` }), text)),
      );
      problem.textContent = layout.problem ?? "";
      const sides = panel.SIDES[layout.axes.length];
      const line = (name, text) => h("li", {}, h("span", { class: "label" }, name), ` ${text}`);
      sizes.replaceChildren(
        ...layout.axes.map((axis, a) => line(sides[a] || "output size", arithmetic.formula(axis))),
        layout.problem ? "" : line("rule", arithmetic.rule(layout)),
      );
      const text = settings.toCommand(state);
      command.parentElement.hidden = !text || layout.problem !== null;
      // Lines are broken before options where that is possible.
      const parts = (text ?? "").split(/ (?=--)/);
      command.replaceChildren(...parts.flatMap((part, n) => [n ? " " : "", h("span", {}, part)]));
    }

    function restore(fresh) {
      player.stop();
      const axes = fresh.input.shape.length;
      const rebuild = aside === null || axes !== state.input.shape.length;
      state = fresh;
      if (rebuild) {
        aside?.element.remove();
        aside = panel.make({
          get: () => state,
          put,
          turn,
          show: (example) => restore(settings.fromScene(example)),
        });
        element.append(aside.element);
        figure = null;
      }
      put({});
    }

    /** Go from lists to tables or back. */
    function turn(count) {
      if (Number(count) === state.input.shape.length) return;
      kept[state.input.shape.length] = state;
      const usual = examples[count === "1" ? "Two lists" : "Half padding, stride 2"];
      restore(kept[count] ?? settings.fromScene(usual));
      aside.element.querySelector("[aria-label='numbers in'] [aria-pressed=true]").focus();
    }

    /** What the page is about, once that is no longer what it began with. */
    function title() {
      const told = ({ transposed, correlate, input, kernel }) => {
        const name = `${transposed ? "transposed " : ""}${correlate ? "correlation" : "convolution"}`;
        const [x, w] = [input, kernel].map(({ shape }) => shape.join("x"));
        const counted = input.shape.length > 1 ? "" : " numbers";
        return `${name[0].toUpperCase()}${name.slice(1)} of ${x} and ${w}${counted}`;
      };
      return scene.title && told(state) === told(start) ? scene.title : told(state);
    }

    restore(start);
    return {
      element,
      title,
      stop: player.stop,
      refresh: () => figure.show(state.at, hidden),
      reset: () => restore(start),
      params: () => settings.toParams(state),
      restore: (params) => restore(settings.fromParams(params, start)),
    };
  }

  return { make };
})();
