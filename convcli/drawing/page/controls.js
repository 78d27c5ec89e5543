/** The widgets of a panel of settings. They show what their getters say whenever the panel is refreshed. */
const controls = (() => {
  const { h } = dom;
  const never = () => false;

  function make() {
    const refreshers = [];
    /** Call `refresh` whenever the panel is refreshed. */
    const follow = (element, refresh) => {
      refreshers.push(refresh);
      return element;
    };

    /** A whole number between two buttons; `max` is a function. */
    function stepper({ label, get, set, min = 1, max, disabled = never }) {
      const put = (number) =>
        Number.isFinite(number) && set(Math.min(Math.max(Math.round(number), min), max()));
      const button = (sign, way) =>
        h(
          "button",
          {
            type: "button",
            "aria-label": `${label}: ${way}`,
            onclick: () => put(get() + sign),
          },
          sign < 0 ? "−" : "+",
        );
      const [less, more] = [button(-1, "less"), button(1, "more")];
      const field = h("input", {
        type: "number",
        inputmode: "numeric",
        "aria-label": label,
        min,
        onchange: () => {
          put(field.valueAsNumber);
          field.value = get();
        },
      });
      return follow(h("span", { class: "stepper" }, less, field, more), () => {
        field.max = max();
        field.value = get();
        field.disabled = disabled();
        less.disabled = disabled() || get() <= min;
        more.disabled = disabled() || get() >= max();
      });
    }

    /** Buttons in a row, of which the current one is pressed. */
    function choice({ label, options, get, set, disabled = never }) {
      const buttons = options.map(([name, text]) =>
        h("button", { type: "button", onclick: () => set(name) }, text),
      );
      return follow(h("span", { class: "choice", role: "group", "aria-label": label }, buttons), () => {
        options.forEach(([name], n) => {
          buttons[n].setAttribute("aria-pressed", String(name === get()));
          buttons[n].disabled = disabled();
        });
      });
    }

    function select({ label, options, get, set, disabled = never }) {
      const list = h(
        "select",
        { "aria-label": label, onchange: () => set(list.value) },
        options.map(([name, text]) => h("option", { value: name }, text)),
      );
      return follow(list, () => {
        list.value = get();
        list.disabled = disabled();
      });
    }

    /** A number that is typed; what is none is refused, and the old one stays. */
    function numberBox({ label, get, set }) {
      const field = h("input", {
        class: "number",
        inputmode: "text",
        autocomplete: "off",
        "aria-label": label,
        onchange: () => {
          const number = words.parse(field.value);
          if (!Number.isNaN(number)) set(number);
          field.value = words.format(get(), 15);
        },
      });
      return follow(field, () => (field.value = words.format(get(), 15)));
    }

    /** A number on a slider, with its value beside it. */
    function slider({ label, get, set, min, max, step }) {
      const field = h("input", {
        type: "range",
        "aria-label": label,
        min,
        max,
        step,
        oninput: () => set(field.valueAsNumber),
      });
      const shown = h("output");
      return follow(h("span", { class: "slider" }, field, shown), () => {
        field.value = get();
        shown.value = words.format(get(), 3);
      });
    }

    /** A setting with its name; hidden while `when` says so. */
    function row(label, widgets, when = () => true) {
      const element = h(
        "div",
        { class: "row" },
        h("span", { class: "label" }, label),
        h("span", { class: "widgets" }, widgets),
      );
      return follow(element, () => (element.hidden = !when()));
    }

    return {
      follow,
      stepper,
      choice,
      select,
      numberBox,
      slider,
      row,
      refresh: () => refreshers.forEach((refresh) => refresh()),
    };
  }

  return { make };
})();
