/** The tab of two functions: one stays, the other slides reversed, and the area of their product is drawn. */
const functions = (() => {
  const { h, svg } = dom;
  const POINTS = 240; // of a curve
  const USUAL = {
    f: { name: "box", width: 2, centre: 0, height: 1 },
    g: { name: "decay", width: 1, centre: 0, height: 1 },
  };

  function make(scene, changed) {
    const begin = () => ({ f: { ...USUAL.f, ...scene.f }, g: { ...USUAL.g, ...scene.g }, t: null });
    let state = begin();
    let result = [];
    let extent;

    const about = h(
      "p",
      { class: "about" },
      "f stays. g is reversed and slid along by t. Where both are, their product has an area: that area, " +
        "against t, is their convolution f ∗ g.",
    );
    const formula = h("p", { class: "formula" });
    const upper = chart.make({
      title: [
        chart.key("line first", "f(τ)"),
        chart.key("line second", "g(t − τ)"),
        chart.key("product", "their product"),
      ],
      height: 230,
      choose: slide,
      held: () => state.t,
    });
    const lower = chart.make({
      title: [chart.key("line result", "(f ∗ g)(t)")],
      height: 200,
      choose: slide,
    });
    const player = transport.make({
      label: "t",
      range: () => ({ min: extent.t[0], max: extent.t[1], step: 0.1, fine: 0.01 }),
      pace: () => ({ tick: 40, by: (extent.t[1] - extent.t[0]) / 150 }),
      get: () => state.t,
      set: (t) => move(t),
      describe: () =>
        `t = ${words.format(state.t, 3)}, ` +
        `value ${words.format(curves.convolved(state.f, state.g, state.t), 4)}`,
    });
    const settings = controls.make();
    const captions = [];
    const wide = (which, name, least, most) => [
      Math.min(least, scene[which]?.[name] ?? least),
      Math.max(most, scene[which]?.[name] ?? most),
    ];
    const sliders = (which) =>
      [
        ["width", 0.1, 4],
        ["centre", -3, 3],
        ["height", -2, 2],
      ].map(([name, least, most]) => {
        const [min, max] = wide(which, name, least, most);
        const field = settings.slider({
          label: `${name} of ${which}`,
          min,
          max,
          step: 0.05,
          get: () => state[which][name],
          set: (value) => reshape(which, { [name]: value }),
        });
        const caption = h("span", { class: "caption" });
        const row = settings.row(caption, field);
        captions.push(() => (caption.textContent = curves.families[state[which].name][name] ?? name));
        return row;
      });
    const group = (which, note) =>
      h(
        "fieldset",
        {},
        h("legend", {}, h("b", { class: which === "f" ? "first" : "second" }, which), ` ${note}`),
        settings.row(
          "shape",
          settings.select({
            label: `shape of ${which}`,
            options: Object.entries(curves.families).map(([name, { title }]) => [name, title]),
            get: () => state[which].name,
            set: (name) => reshape(which, { name }),
          }),
        ),
        sliders(which),
      );
    const element = h(
      "div",
      { class: "columns" },
      h(
        "div",
        { class: "card" },
        about,
        upper.element,
        lower.element,
        player.element,
        formula,
        h(
          "p",
          { class: "small" },
          "Areas are integrated numerically: Simpson’s rule with 32 panels between every two places where f " +
            "or g bends or ends, which keeps errors far below 0.001.",
        ),
      ),
      h(
        "aside",
        { class: "panel", "aria-label": "settings" },
        group("f", "stays"),
        group("g", "is reversed and slides"),
      ),
    );

    function slide(t) {
      player.stop();
      move(Math.round(t * 100) / 100);
    }

    function move(t) {
      state.t = Math.min(Math.max(t, extent.t[0]), extent.t[1]);
      draw();
      changed();
    }

    function reshape(which, change) {
      state[which] = { ...state[which], ...change };
      settle();
      changed();
    }

    /** Work out what does not depend on t. */
    function settle() {
      const [f, g] = [curves.shown(state.f), curves.shown(state.g)];
      const t = [f[0] + g[0], f[1] + g[1]];
      const margin = 0.15 * (t[1] - t[0]);
      extent = {
        // Whole tenths, from which the slider counts.
        t: [Math.floor((t[0] - margin) * 10) / 10, Math.ceil((t[1] + margin) * 10) / 10],
        x: [Math.min(f[0], t[0]) - margin, Math.max(f[1], t[1]) + margin],
      };
      state.t = Math.min(Math.max(state.t ?? (t[0] + t[1]) / 2, extent.t[0]), extent.t[1]);
      result = sampled(...extent.x).map((at) => [at, curves.convolved(state.f, state.g, at)]);
      captions.forEach((caption) => caption());
      settings.refresh();
      draw();
    }

    function sampled(low, high, breaks = []) {
      const even = Array.from({ length: POINTS + 1 }, (_, n) => low + ((high - low) * n) / POINTS);
      // Both sides of a jump.
      const sides = breaks.flatMap((at) => [at - 1e-9, at + 1e-9]).filter((at) => at > low && at < high);
      return [...even, ...sides].sort((a, b) => a - b);
    }

    const path = (points, { x, y }) =>
      points.map(([at, value], n) => `${n ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join("");
    const rangeOf = (values) => {
      const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)];
      const margin = 0.12 * (most - least) || 1;
      return [least < 0 ? least - margin : 0, most + margin];
    };
    const upright = (scale, range) =>
      svg("line", {
        class: "now",
        x1: scale.x(state.t),
        x2: scale.x(state.t),
        y1: scale.y(range[0]),
        y2: scale.y(range[1]),
      });

    function draw() {
      if (!element.clientWidth) return; // not on show: there is no width to draw for
      const { f, g, t } = state;
      const at = curves.convolved(f, g, t);
      const xs = sampled(...extent.x, [...curves.bends(f), ...curves.bends(g).map((x) => t - x)]);
      const first = xs.map((x) => [x, curves.value(f, x)]);
      const second = xs.map((x) => [x, curves.value(g, t - x)]);
      const product = xs.map((x, n) => [x, first[n][1] * second[n][1]]);
      const heights = rangeOf([...first, ...second, ...product].map(([, value]) => value));
      const said = `t = ${words.format(t, 3)}`;
      upper.draw({
        x: extent.x,
        y: heights,
        label:
          `f, a ${curves.families[f.name].title}, and g, a ${curves.families[g.name].title}, reversed and ` +
          `moved to ${said}; the area of their product is ${words.format(at, 4)}`,
        marks: (scale) => [
          svg("path", {
            class: "area",
            d: `${path([[extent.x[0], 0], ...product, [extent.x[1], 0]], scale)}Z`,
          }),
          svg("path", { class: "curve first", d: path(first, scale) }),
          svg("path", { class: "curve second", d: path(second, scale) }),
          upright(scale, heights),
        ],
      });
      const range = rangeOf(result.map(([, value]) => value));
      lower.draw({
        x: extent.x,
        y: range,
        label: `the convolution of f and g against t; at ${said} it is ${words.format(at, 4)}`,
        marks: (scale) => [
          svg("path", { class: "curve result coming", d: path(result, scale) }),
          svg("path", { class: "curve result", d: path([...result.filter(([x]) => x < t), [t, at]], scale) }),
          upright(scale, range),
          svg("circle", { class: "dot", cx: scale.x(t), cy: scale.y(at), r: 6 }),
        ],
      });
      const moved = words.format(t, 3);
      formula.replaceChildren(
        h("span", { class: "y" }, `(f ∗ g)(${moved})`),
        ` = ∫ f(τ)·g(${moved} − τ) dτ = `,
        h("b", { class: "y" }, at.toFixed(4).replace("-", "−")),
        ", the striped area",
      );
      player.refresh();
    }

    const coded = ({ name: family, width, centre, height }) => [family, width, centre, height].join(":");

    function read(text, old) {
      const [family, ...rest] = (text ?? "").split(":");
      const [width, centre, height] = rest.map(words.parse);
      const fine =
        Object.hasOwn(curves.families, family) &&
        rest.length === 3 &&
        width >= 0.01 &&
        [width, centre, height].every((value) => Math.abs(value) <= 100);
      return fine ? { name: family, width, centre, height } : old;
    }

    settle();
    return {
      element,
      title: () => scene.title ?? "Convolution of two functions",
      stop: player.stop,
      refresh: draw,
      reset() {
        player.stop();
        state = begin();
        settle();
      },
      params: () => ({ f: coded(state.f), g: coded(state.g), t: String(Number(state.t.toFixed(2))) }),
      restore(params) {
        const t = words.parse(params.get("t") ?? "");
        const fresh = begin();
        state = {
          f: read(params.get("f"), fresh.f),
          g: read(params.get("g"), fresh.g),
          t: Number.isNaN(t) ? null : t,
        };
        settle();
      },
    };
  }

  return { make };
})();
