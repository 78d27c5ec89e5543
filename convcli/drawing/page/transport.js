/** Play, one step back and forward, a slider, and the speed. */
const transport = (() => {
  const { h, icon } = dom;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  /**
   * @param label what moves
   * @param range () => {min, max, step}
   * @param pace () => {tick, by}: milliseconds between two moves at speed 1, and how far each goes
   * @param get, set the place, a number
   * @param describe the place in words
   * @returns {element, refresh(), stop(), playing()}
   */
  function make({ label, range, pace, get, set, describe }) {
    let timer = null;
    const button = (name, text, onclick) =>
      h("button", { type: "button", class: "round", "aria-label": text, onclick }, icon(name));
    const clamp = (at) => Math.min(Math.max(at, range().min), range().max);
    const by = (count) => {
      stop();
      set(clamp(get() + count * range().step));
    };
    const play = button("play", "Play", () => (timer === null ? start() : stop()));
    const slider = h("input", {
      type: "range",
      "aria-label": label,
      oninput: () => {
        stop();
        set(Number(slider.value));
      },
    });
    const speed = h(
      "select",
      { "aria-label": "Speed", onchange: () => timer !== null && start() },
      ["½×", "1×", "2×", "4×"].map((text, n) =>
        h("option", { value: 2 ** (n - 1), selected: n === 1 }, text),
      ),
    );
    const element = h(
      "div",
      { class: "transport" },
      button("back", "One step back", () => by(-1)),
      play,
      button("forward", "One step forward", () => by(1)),
      slider,
      speed,
    );

    function start() {
      clearInterval(timer);
      if (get() >= range().max) set(range().min);
      // Who prefers little motion gets a few clear steps instead of a glide.
      const { tick, by: distance } = calm.matches ? { tick: 1000, by: range().step } : pace();
      timer = setInterval(
        () => {
          set(clamp(get() + distance));
          if (get() >= range().max) stop();
        },
        tick / Number(speed.value),
      );
      show();
    }

    function stop() {
      clearInterval(timer);
      timer = null;
      show();
    }

    function show() {
      play.replaceChildren(icon(timer === null ? "play" : "pause"));
      play.setAttribute("aria-label", timer === null ? "Play" : "Pause");
    }

    function refresh() {
      const { min, max, fine, step } = range();
      Object.assign(slider, { min, max, step: fine ?? step });
      slider.value = get();
      slider.setAttribute("aria-valuetext", describe());
      for (const control of element.querySelectorAll("button, input")) control.disabled = max <= min;
    }

    return { element, refresh, stop, playing: () => timer !== null };
  }

  return { make };
})();
