/** The settings beside a small convolution. */
const panel = (() => {
  const { h } = dom;
  const SIDES = { 1: [""], 2: ["height", "width"] };
  const MOST = { 1: { input: 16, kernel: 9 }, 2: { input: 12, kernel: 7 } }; // what buttons reach
  const MOST_PADDING = 12;
  const SLIDES = [
    ["convolution", "reversed"],
    ["correlation", "as it is"],
  ];

  const same = (names) => names.map((name) => [name, name]);

  /**
   * @param get the settings
   * @param put called with those that change
   * @param turn called with the number of axes asked for, as text
   * @param show called with an example
   * @returns {element, refresh()}
   */
  function make({ get, put, turn, show }) {
    const sides = SIDES[get().input.shape.length];
    const most = MOST[sides.length];
    const given = get(); // what was beyond the buttons' reach can be reached again
    const { row, choice, select, stepper, numberBox, refresh } = controls.make();
    const kind = () => (get().correlate ? "correlation" : "convolution");
    const forward = () => !get().transposed;

    /** One stepper an axis. */
    const steppers = (label, { at, set, min = 1, max, when }) =>
      row(
        label,
        sides.map((side, a) =>
          stepper({
            label: `${label} ${side}`.trim(),
            get: () => at(get(), a),
            set: (value) => set(a, value),
            min,
            max: () => Math.max(max, at(given, a), at(get(), a)),
          }),
        ),
        when,
      );

    /** A setting that is a list of one number an axis. */
    const listed = (label, name, min, max, when) =>
      steppers(label, {
        at: (state, a) => state[name][a],
        set: (a, value) => put({ [name]: get()[name].with(a, value) }),
        min,
        max,
        when,
      });

    const sized = (label, name, filler) =>
      steppers(label, {
        at: (state, a) => state[name].shape[a],
        max: most[name],
        set: (a, value) =>
          put({ [name]: settings.resized(get()[name], get()[name].shape.with(a, value), filler) }),
      });

    const padded = (label, end) =>
      steppers(label, {
        at: (state, a) => state.padding[a][end],
        min: 0,
        max: MOST_PADDING,
        set: (a, value) => put({ padding: get().padding.with(a, get().padding[a].with(end, value)) }),
      });

    const named = (name) =>
      get().kernel.shape.map((taps, a) => arithmetic.named(name, taps, get().dilation[a]));
    const isNamed = (name) => JSON.stringify(named(name)) === JSON.stringify(get().padding);

    const reversal = (label, when) =>
      row(
        label,
        choice({
          label,
          options: SLIDES,
          get: kind,
          set: (name) => put({ correlate: name === "correlation" }),
        }),
        when,
      );

    const heads = h(
      "div",
      { class: "row heads", "aria-hidden": "true" },
      h("span", { class: "label" }),
      h(
        "span",
        { class: "widgets" },
        sides.map((side) => h("span", {}, side)),
      ),
    );

    const element = h(
      "aside",
      { class: "panel", "aria-label": "settings" },
      row(
        "example",
        select({
          label: "example",
          options: [["", "choose one"], ...same(Object.keys(examples))],
          get: () => "",
          set: (name) => name && show(examples[name]),
        }),
      ),
      row(
        "numbers in",
        choice({
          label: "numbers in",
          options: [
            ["1", "a list"],
            ["2", "a table"],
          ],
          get: () => String(sides.length),
          set: turn,
        }),
      ),
      reversal("kernel slides", forward),
      reversal("kernel painted", () => !forward()),
      row(
        "direction",
        choice({
          label: "direction",
          options: same(["forward", "transposed"]),
          get: () => (forward() ? "forward" : "transposed"),
          set: (name) => put({ transposed: name === "transposed" }),
        }),
      ),
      sides.length > 1 ? heads : null,
      sized("input size", "input", (number) => (number % 9) + 1),
      sized("kernel size", "kernel", () => 1),
      listed("stride", "stride", 1, 5),
      listed("dilation", "dilation", 1, 4),
      row(
        "padding",
        choice({
          label: "padding by name",
          options: same(["valid", "same", "full"]),
          get: () => ["valid", "same", "full"].find(isNamed),
          set: (name) => put({ padding: named(name) }),
        }),
      ),
      padded("before", 0),
      padded("after", 1),
      row(
        "filled with",
        select({
          label: "padding filled with",
          options: same(settings.BOUNDARIES),
          get: () => get().boundary.name,
          set: (name) => put({ boundary: { ...get().boundary, name } }),
        }),
        forward,
      ),
      row(
        "constant",
        numberBox({
          label: "constant",
          get: () => get().boundary.value,
          set: (value) => put({ boundary: { ...get().boundary, value } }),
        }),
        () => forward() && get().boundary.name === "constant",
      ),
      listed("output padding", "outputPadding", 0, 4, () => !forward()),
      row("bias", numberBox({ label: "bias", get: () => get().bias, set: (bias) => put({ bias }) })),
    );

    return { element, refresh };
  }

  return { make, SIDES };
})();
