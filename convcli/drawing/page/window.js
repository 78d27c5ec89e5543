/** The window on the input: it carries the kernel along, is dragged, and follows the arrow keys. */
const slidingWindow = (() => {
  const { h, fit, draggable } = dom;
  const { ravel, unravel, count } = arithmetic;
  const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

  /** Heights of the rows of a list, in cells. */
  const ROWS = { input: 0, kernel: 1.15, products: 2.3, output: 3.8 };
  const DEPTH = 3.45; // of the window on a list

  const clamp = (number, low, high) => Math.min(Math.max(number, low), high);

  /**
   * @param layout what `arithmetic.layout` made; it must have outputs
   * @param kernelShape taps along each axis
   * @param cellsAt where a pointer is, [down, right] in cells from the corner of the input
   * @param select called with the number of the output whose window is asked for
   * @param pulled called with the pointer while the window is dragged
   * @param dropped called when the window is let go
   * @param tapped called with the tap of the kernel, or null, and the place in cells that was tapped
   * @returns {element, show(number, step), corner(), dragged()}: `corner` is where it is, in cells
   */
  function make({ layout, kernelShape, cellsAt, select, pulled, dropped, tapped }) {
    const { axes, shape, taps } = layout;
    const flat = axes.length === 1;
    const [down, across] = [axes[0], axes.at(-1)];
    const weights = taps.map(() => h("span", { class: "cell kernel" }));
    const products = flat ? taps.map(() => h("span", { class: "cell product" })) : [];
    taps.forEach((_, order) => {
      const index = unravel(order, kernelShape);
      const x = index.at(-1) * across.dilation;
      weights[order].style.cssText = `--x:${x};--y:${flat ? ROWS.kernel : index[0] * down.dilation}`;
      if (flat) products[order].style.cssText = `--x:${x};--y:${ROWS.products}`;
    });
    const element = h(
      "div",
      {
        class: flat ? "window flat" : "window",
        role: "slider",
        tabindex: "0",
        "aria-label": "window on the input",
        "aria-valuemin": 0,
        "aria-valuemax": count(shape) - 1,
        style: `--w:${across.effective};--h:${flat ? DEPTH : down.effective}`,
      },
      weights,
      products,
    );
    let current = 0;
    let corner = [0, 0]; // of the window, in cells from that of the input
    let grabbed;

    function show(number, { start, index, terms, value }) {
      current = number;
      corner = [flat ? 0 : start[0] - down.low, start.at(-1) - across.low];
      element.style.setProperty("--y", corner[0]);
      element.style.setProperty("--x", corner[1]);
      element.setAttribute("aria-valuenow", number);
      element.setAttribute("aria-valuetext", `output[${index.join(", ")}] = ${words.format(value)}`);
      terms.forEach((term, order) => {
        fit(weights[order], words.short(term.weight));
        if (flat) fit(products[order], words.short(term.value * term.weight));
      });
    }

    draggable(element, {
      grab(event) {
        grabbed = cellsAt(event).map((at, a) => at - corner[a]);
        element.classList.add("dragged");
      },
      move(event) {
        const to = cellsAt(event)
          .map((at, a) => at - grabbed[a])
          .slice(-axes.length);
        const place = (one, a) => Math.round((to[a] + one.low - one.first) / one.step);
        select(
          ravel(
            axes.map((one, a) => clamp(place(one, a), 0, one.output - 1)),
            shape,
          ),
        );
        pulled(event);
      },
      end() {
        element.classList.remove("dragged");
        dropped();
      },
      tap(event) {
        const [y, x] = cellsAt(event);
        if (!flat || y < ROWS.kernel) {
          tapped(null, [y, x]);
          return;
        }
        const order = (Math.floor(x) - corner[1]) / across.dilation;
        if (y < ROWS.products && Number.isInteger(order)) tapped(taps[order], [y, x]);
      },
    });

    element.addEventListener("keydown", (event) => {
      const index = unravel(current, shape);
      const move = MOVES[event.key]?.slice(-axes.length);
      if (move) move.forEach((by, a) => (index[a] = clamp(index[a] + by, 0, shape[a] - 1)));
      else if (event.key === "Home") index.fill(0);
      else if (event.key === "End") shape.forEach((size, a) => (index[a] = size - 1));
      else return;
      event.preventDefault();
      select(ravel(index, shape));
    });

    return { element, show, corner: () => corner, dragged: () => element.classList.contains("dragged") };
  }

  return { make, ROWS };
})();
