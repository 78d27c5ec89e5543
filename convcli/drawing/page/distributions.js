/** The tab of two distributions: a ball dropped twice, or any other sum of two independent parts. */
const distributions = (() => {
  const { h } = dom;
  const MOST = 200; // outcomes of a distribution that is typed
  const MOST_TOTALS = 20_000;
  const FEW = 60; // totals that are played one by one
  const ROWS = 20; // of the table
  const TERMS = 12; // of the formula
  const dice = (sides) => ({ name: `d${sides}`, start: 1, step: 1, weights: Array(sides).fill(1) });
  const USUAL = [
    { name: "coin", start: 0, step: 1, weights: [1, 1] },
    dice(4),
    dice(6),
    dice(8),
    dice(20),
    { name: "loaded die", start: 1, step: 1, weights: [1, 1, 1, 1, 1, 3] },
    { name: "ball to the right", start: 0, step: 1, weights: [1, 4, 3, 1, 1] },
    { name: "5 coins", start: 0, step: 1, weights: lattices.binomial(5, 0.5) },
    { name: "20 tries at 1/4", start: 0, step: 1, weights: lattices.binomial(20, 0.25) },
  ];

  const BALL =
    "A ball is dropped and comes to rest at a, with probability f(a). Dropped again from there, it moves " +
    "on by b, with probability g(b). It ends at c in every way in which the two add up to c: g is " +
    "reversed, shifted to c, multiplied with f, and summed.";
  const PARTS =
    "One part is a, with probability f(a), and the other, which does not depend on it, is b, with " +
    "probability g(b). The total is c in every way in which the two add up to c: g is reversed, shifted " +
    "to c, multiplied with f, and summed.";

  /** The ways with the greatest products, in their own order. */
  function greatest(ways, count) {
    const kept = new Set([...ways].sort((one, other) => other.product - one.product).slice(0, count));
    return ways.filter((way) => kept.has(way));
  }

  function make(scene, changed) {
    const read = (given, usual) => (given ? lattices.fromOutcomes(given) : usual);
    const begin = () => ({ f: read(scene.f, dice(6)), g: read(scene.g, dice(6)), at: null });
    const base = begin();
    let state = { ...base };
    let sum;
    let nearest = scene.given ?? null; // the total to begin with

    const total = () => sum.totals[state.at];
    const short = (value) => words.format(value, 4);
    const about = h("p", { class: "about" });
    const dropped = () => [state.f, state.g].every(({ name }) => /\bball\b/.test(name));
    const formula = h("p", { class: "formula", "aria-live": "polite" });
    const choose = (c) => {
      player.stop();
      move(Math.round((c - sum.totals[0].c) / sum.step));
    };
    const pictures = plots.make({ choose, current: () => ({ sum, at: state.at }) });
    const table = h("table", {});
    const player = transport.make({
      label: "c, the total",
      range: () => ({ min: 0, max: sum.totals.length - 1, step: 1 }),
      pace: () =>
        sum.totals.length > FEW ? { tick: 60, by: Math.ceil(sum.totals.length / 400) } : { tick: 900, by: 1 },
      get: () => state.at,
      set: (at) => move(at),
      describe: () => `c = ${short(total().c)}, probability ${short(total().p)}`,
    });
    const settings = controls.make();
    const problem = h("p", { class: "problem", role: "status" });

    /** Fields for one distribution. */
    function group(which) {
      const name = h("span");
      const weights = h("input", {
        class: "weights",
        inputmode: "text",
        autocomplete: "off",
        "aria-label": `weights of ${which}`,
        onchange: () => type(weights.value),
      });
      const type = (text) => {
        const list = text
          .split(/[\s,;]+/)
          .filter(Boolean)
          .map(words.parse);
        const fine =
          list.length > 0 &&
          list.length <= MOST &&
          list.every((weight) => weight >= 0) &&
          list.some((weight) => weight > 0);
        problem.textContent = fine
          ? ""
          : `Weights of ${which}: up to ${MOST} numbers, none below 0, one above it, such as 1, 4, 3.`;
        if (fine) put(which, { name: "as typed", weights: list });
        else settings.refresh();
      };
      const show = () => {
        name.textContent = state[which].name;
        weights.value = state[which].weights.map((weight) => words.format(weight, 6)).join(", ");
      };
      return h(
        "fieldset",
        {},
        h("legend", {}, h("b", { class: which === "f" ? "first" : "second" }, which), " ", name),
        settings.row(
          "distribution",
          settings.follow(
            settings.select({
              label: `distribution of ${which}`,
              options: [["", "weights below"], ...USUAL.map(({ name }) => [name, name])],
              get: () => USUAL.find(({ name }) => name === state[which].name)?.name ?? "",
              set: (name) =>
                name &&
                put(
                  which,
                  USUAL.find((one) => one.name === name),
                ),
            }),
            show,
          ),
        ),
        settings.row(
          "first outcome",
          settings.numberBox({
            label: `first outcome of ${which}`,
            get: () => state[which].start,
            set: (start) => put(which, { start }),
          }),
        ),
        h(
          "div",
          { class: "row tall" },
          h("span", { class: "label" }, "weights, outcome by outcome"),
          weights,
        ),
      );
    }

    const element = h(
      "div",
      { class: "columns" },
      h(
        "div",
        { class: "card" },
        about,
        pictures.elements,
        player.element,
        formula,
        h(
          "div",
          { class: "scroller", tabindex: "0", role: "region", "aria-label": "the ways to the total" },
          table,
        ),
      ),
      h(
        "aside",
        { class: "panel", "aria-label": "settings" },
        group("f"),
        group("g"),
        problem,
      ),
    );

    function put(which, change) {
      const fresh = { ...state, [which]: { ...state[which], ...change } };
      const fits = lattices.size(fresh.f, fresh.g) <= MOST_TOTALS;
      problem.textContent = fits ? "" : "The outcomes of these two have no step in common that can be shown.";
      if (fits) {
        nearest = total().c;
        state = fresh;
        changed();
      }
      settle();
    }

    function settle() {
      sum = lattices.summed(state.f, state.g);
      about.textContent = dropped() ? BALL : PARTS;
      const { totals } = sum;
      const closest = (c) =>
        Math.min(Math.max(Math.round((c - totals[0].c) / sum.step), 0), totals.length - 1);
      const likeliest = totals.reduce((best, { p }, n) => (p > totals[best].p * (1 + 1e-12) ? n : best), 0);
      state.at = nearest === null ? likeliest : closest(nearest);
      settings.refresh();
      draw();
    }

    function move(at) {
      state.at = Math.min(Math.max(at, 0), sum.totals.length - 1);
      draw();
      changed();
    }

    function draw() {
      if (!element.clientWidth) return; // not on show: there is no width to draw for
      const { c, p } = total();
      const possible = sum.at(state.at).filter(({ product }) => product > 0);
      pictures.draw(possible);
      const named = greatest(possible, TERMS);
      const rest = ({ length }) =>
        length < possible.length ? ` + … (${possible.length - length} smaller)` : "";
      const parts = named.map(({ product }) => short(product)).join(" + ");
      formula.setAttribute("aria-live", player.playing() ? "off" : "polite");
      formula.replaceChildren(
        h("span", { class: "y" }, `P(${short(c)})`),
        ` = Σ f(a)·g(${short(c)} − a) = ${parts || "0"}${rest(named)} = `,
        h("b", { class: "y" }, words.format(p, 6)),
      );
      list(possible, c);
      player.refresh();
    }

    const known = () =>
      dropped()
        ? "Where the ball was after the first drop, given that it ended at"
        : "What a was, given a total of";

    /** The table of the ways to c, with the posterior of the first outcome. */
    function list(possible, c) {
      const cells = (tag, texts) =>
        h(
          "tr",
          {},
          texts.map((text) => h(tag, tag === "th" ? { scope: "col" } : {}, text)),
        );
      const rows = greatest(possible, ROWS).map(({ a, b, f, g, product, posterior }) =>
        cells("td", [a, f, b, g, product, posterior].map(short)),
      );
      const more = possible.length - rows.length;
      table.replaceChildren(
        h(
          "caption",
          {},
          possible.length
            ? `${known()} ${short(c)}`
            : `No way leads to ${short(c)}`,
        ),
        h("thead", {}, cells("th", ["a", "f(a)", "c − a", "g(c − a)", "product", "P(a | c)"])),
        h("tbody", {}, rows),
        more > 0 ? h("tfoot", {}, h("tr", {}, h("td", { colspan: 6 }, `and ${more} less probable`))) : "",
      );
    }

    const coded = ({ name, start, step, weights }) =>
      [
        name.replaceAll("~", " "),
        ...[start, step].map(words.exact),
        weights.map((weight) => words.exact(Number(weight.toPrecision(12)))).join(","),
      ].join("~");

    /** What the page came with need not be in its address, which long distributions would fill. */
    const whenChanged = (which) => (state[which] === base[which] ? {} : { [which]: coded(state[which]) });

    function decoded(text, old) {
      const [name, ...parts] = (text ?? "").split("~");
      const [start, step] = parts.slice(0, 2).map(words.parse);
      const weights = (parts[2] ?? "").split(",").map(words.parse);
      const fine =
        Number.isFinite(start) &&
        step > 0 &&
        weights.length <= 5000 &&
        weights.every((weight) => weight >= 0) &&
        weights.some((weight) => weight > 0);
      return fine ? { name, start, step, weights } : old;
    }

    settle();
    return {
      element,
      title: () =>
        scene.title && state.f === base.f && state.g === base.g
          ? scene.title
          : `${state.f.name} + ${state.g.name}`,
      stop: player.stop,
      refresh: draw,
      reset() {
        player.stop();
        nearest = scene.given ?? null;
        state = { ...base };
        settle();
      },
      params: () => ({ ...whenChanged("f"), ...whenChanged("g"), c: words.exact(total().c) }),
      restore(params) {
        const c = words.parse(params.get("c") ?? "");
        nearest = Number.isNaN(c) ? (scene.given ?? null) : c;
        const [f, g] = ["f", "g"].map((which) => decoded(params.get(which), base[which]));
        state = lattices.size(f, g) <= MOST_TOTALS ? { f, g, at: null } : { ...base };
        settle();
      },
    };
  }

  return { make };
})();
