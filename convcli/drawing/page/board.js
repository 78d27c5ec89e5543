/** The figure of a small convolution: input, kernel and output as cells, and the window that slides. */
const board = (() => {
  const { h, draggable } = dom;
  const { ravel, unravel } = arithmetic;
  const { rowsOf } = settings;

  const bracket = (index) => `[${index.join(", ")}]`;
  const range = (low, high) => Array.from({ length: Math.max(high - low + 1, 0) }, (_, n) => low + n);
  const clamp = (number, low, high) => Math.min(Math.max(number, low), high);

  /** Heights of the rows of a list, in cells. */
  const KERNEL = 1.15;
  const PRODUCTS = 2.3;
  const OUTPUT = 3.8;

  const EDGE = 24; // pixels from the ends of a frame where a drag scrolls it
  const PULL = 12; // pixels that it scrolls by with each move

  /** What must stay the same for a figure to be kept while numbers change. */
  function signature(state, layout) {
    const axes = layout.axes.map(({ low, high, effective, dilation, size }) => [low, high, effective, dilation, size]);
    const titles = [layout.reversed, state.transposed, state.bias !== 0, layout.problem !== null];
    return JSON.stringify([axes, layout.shape, state.kernel.shape, titles]);
  }

  /** The cells that stand along the axes: the input, stretched and padded. */
  function tape(layout, edit) {
    const { axes } = layout;
    const flat = axes.length === 1;
    const columns = range(axes.at(-1).low, axes.at(-1).high);
    const rows = flat ? [0] : range(axes[0].low, axes[0].high);
    const read = axes.map((one) => new Set(range(0, one.output - 1).flatMap((u) =>
      range(0, one.kernel - 1).map((j) => one.first + u * one.step + j * one.dilation))));
    const unread = (positions) => !layout.problem && positions.some((at, a) => !read[a].has(at));
    return rows.map((row) => columns.map((column) => {
      const positions = flat ? [column] : [row, column];
      const { kind, from, value } = layout.at(positions);
      const place = from === null ? "" : bracket(unravel(from, axes.map(({ size }) => size)));
      const name = kind === "input" ? `input${place} = ` : kind === "zero" ? "inserted zero"
        : `padding ${words.format(value)}${place ? ` from input${place}` : ""}`;
      return {
        positions, from, x: column - columns[0], y: row - rows[0], text: words.format(value, 4), value,
        kind: kind + (unread(positions) ? " unread" : ""),
        label: (kind === "input" ? name + words.format(value) : name) + (unread(positions) ? ", not read" : ""),
        title: unread(positions) ? "no window reads this" : "",
        edit: kind === "input" ? (number) => edit(from, number) : undefined,
      };
    }));
  }

  function kernelCells(kernel, edit) {
    return rowsOf(kernel).map((row, r) => row.map((value, c) => {
      const number = r * row.length + c;
      return {
        x: c, y: r, value, text: words.format(value, 4), kind: "kernel", edit: (fresh) => edit(number, fresh),
        label: `kernel${bracket(unravel(number, kernel.shape))} = ${words.format(value)}`,
      };
    }));
  }

  function outputCells(layout) {
    const { axes, shape } = layout;
    const values = layout.output();
    const [one] = axes;
    return rowsOf({ shape, values }).map((row, r) => row.map((value, c) => {
      const index = unravel(r * row.length + c, shape);
      // Under a list, each output stands below the middle of its window.
      const x = axes.length > 1 ? c : one.first + c * one.step - one.low + (one.effective - 1) / 2;
      return {
        number: r * row.length + c, x, y: axes.length > 1 ? r : 0, kind: "output", text: words.format(value, 4),
        label: `output${bracket(index)} = ${words.format(value)}`, title: words.format(value, 12),
      };
    }));
  }

  /** A table in a frame that scrolls on its own where it is wider than the page. */
  function frame(caption, table, width, height, ...rest) {
    const surface = h("div", { class: "surface", style: `--w:${width};--h:${height}` }, table, rest);
    const scroller = h("div", { class: "scroller" }, surface);
    return { figure: h("figure", {}, caption, scroller), scroller, surface };
  }

  const titled = (title, shape) => h("figcaption", {}, h("b", {}, title), ` ${shape.join("×")}`);

  /**
   * @param state, layout the settings, and what `arithmetic.layout` made of them
   * @param select called with the number of the output whose window is to be shown
   * @param editInput, editKernel called with the number of a cell and its new value
   * @returns {element, signature, show(number, hidden), update(state, layout)}
   */
  function make(state, layout, { select, editInput, editKernel }) {
    const { axes, shape } = layout;
    const flat = axes.length === 1;
    const [low, across] = [axes[0], axes.at(-1)];
    const width = across.high - across.low + 1;
    const height = flat ? 1 : low.high - low.low + 1;
    const works = layout.problem === null;

    const inputs = grid.make({
      label: state.transposed ? "input, stretched and padded" : "input and padding",
      rows: tape(layout, editInput), visit: (cell) => readers(cell.from), leave: () => readers(null),
    });
    const kernel = grid.make({ label: "kernel, as given", rows: kernelCells(state.kernel, editKernel) });
    const outputs = works && grid.make({ label: "output", rows: outputCells(layout), visit: (cell) => select(cell.number) });

    const slides = layout.reversed ? (flat ? "it slides reversed" : "it slides turned by 180°") : "it slides as it is";
    const kernelFrame = frame(titled("kernel", state.kernel.shape), kernel.table, state.kernel.shape.at(-1), flat ? 1 : state.kernel.shape[0]);
    kernelFrame.figure.append(h("p", { class: "note" }, slides));

    // The window: a slider of its own that carries the kernel along.
    const weights = layout.taps.map((_, order) => h("span", { class: "cell kernel" }, ""));
    const products = flat ? layout.taps.map(() => h("span", { class: "cell product" })) : [];
    const overlay = h("div", {
      class: flat ? "window flat" : "window", role: "slider", tabindex: "0", "aria-label": "window on the input",
      "aria-valuemin": 0, "aria-valuemax": layout.shape.reduce((n, size) => n * size, 1) - 1,
      style: `--w:${across.effective};--h:${flat ? 3.45 : low.effective}`,
    }, weights, products);
    layout.taps.forEach((_, order) => {
      const index = unravel(order, state.kernel.shape);
      const x = index.at(-1) * across.dilation;
      weights[order].style.cssText = `--x:${x};--y:${flat ? KERNEL : index[0] * low.dilation}`;
      if (flat) products[order].style.cssText = `--x:${x};--y:${PRODUCTS}`;
    });

    const gutter = h("div", { class: "gutter", "aria-hidden": "true" }, [
      ["input", 0], [`× kernel${layout.reversed ? ", reversed" : ""}`, KERNEL], ["= products", PRODUCTS],
      [state.bias ? "sum + bias" : "sum", OUTPUT],
    ].slice(0, works ? 4 : 1).map(([text, y]) => h("span", { style: `--y:${y}` }, text)));

    const main = flat
      ? frame(null, inputs.table, width, works ? OUTPUT + 1 : 1, works ? overlay : null,
        works ? h("div", { class: "below", style: `--y:${OUTPUT}` }, outputs.table) : null)
      : frame(titled("input", state.input.shape), inputs.table, width, height, works ? overlay : null);
    const side = !flat && works ? frame(titled("output", shape), outputs.table, shape[1], shape[0]) : null;
    if (flat) main.scroller.classList.add("wide");
    const element = h("div", { class: flat ? "board flat" : "board" }, kernelFrame.figure,
      flat ? h("div", { class: "guttered" }, gutter, main.figure) : main.figure, side?.figure);

    let current = 0;
    let concealed = false;

    /** Mark the outputs that read a sample of the input. */
    function readers(from) {
      outputs && outputs.elements.forEach((output, number) => {
        output.classList.toggle("reader", from !== null && layout.step(number).terms.some((term) => term.from === from));
      });
    }

    function show(number, hidden) {
      if (!works) return;
      [current, concealed] = [number, hidden];
      const { start, index, terms, value } = layout.step(number);
      overlay.style.setProperty("--x", start.at(-1) - across.low);
      overlay.style.setProperty("--y", flat ? 0 : start[0] - low.low);
      overlay.setAttribute("aria-valuenow", number);
      overlay.setAttribute("aria-valuetext", `output${bracket(index)} = ${words.format(value)}`);
      inputs.elements.forEach((cell) => cell.classList.remove("lit"));
      terms.forEach(({ positions, weight, value: x }, order) => {
        inputs.elements[(flat ? 0 : positions[0] - low.low) * width + positions.at(-1) - across.low].classList.add("lit");
        weights[order].textContent = words.format(weight, 4);
        if (flat) products[order].textContent = words.format(x * weight, 4);
      });
      outputs.elements.forEach((cell, n) => {
        cell.classList.toggle("current", n === number);
        cell.setAttribute("aria-selected", String(n === number));
        cell.classList.toggle("hidden", hidden && n > number);
      });
      if (!overlay.classList.contains("dragged")) reveal(start.at(-1) - across.low);
    }

    /** Scroll the frame, not the page, so that the window stays in sight. */
    function reveal(x) {
      const size = main.surface.clientWidth / width;
      const { scrollLeft, clientWidth } = main.scroller;
      const [left, right] = [x * size, (x + across.effective) * size + 16];
      if (left < scrollLeft) main.scroller.scrollLeft = left - size;
      else if (right > scrollLeft + clientWidth) main.scroller.scrollLeft = right - clientWidth + size;
    }

    /** Where a pointer is, in cells from the corner of the input. */
    function cellsAt({ clientX, clientY }) {
      const { left, top, width: pixels } = main.surface.getBoundingClientRect();
      const size = pixels / width;
      return [(clientY - top) / size, (clientX - left) / size];
    }

    let grabbed = [0, 0];
    draggable(overlay, {
      grab(event) {
        const { start } = layout.step(current);
        const [y, x] = cellsAt(event);
        grabbed = [y - (flat ? 0 : start[0] - low.low), x - (start.at(-1) - across.low)];
        overlay.classList.add("dragged");
      },
      move(event) {
        const to = cellsAt(event).map((at, a) => at - grabbed[a]).slice(-axes.length);
        const index = axes.map((one, a) =>
          clamp(Math.round((to[a] + one.low - one.first) / one.step), 0, one.output - 1));
        select(ravel(index, shape));
        // Held near an end of the frame, the window pulls what is beyond into sight.
        const { left, right } = main.scroller.getBoundingClientRect();
        main.scroller.scrollLeft += event.clientX > right - EDGE ? PULL : event.clientX < left + EDGE ? -PULL : 0;
      },
      end: () => {
        overlay.classList.remove("dragged");
        show(current, concealed);
      },
      tap(event) {
        const [y, x] = cellsAt(event);
        if (!flat) inputs.begin(Math.floor(y) * width + Math.floor(x));
        else if (y < 1.05) inputs.begin(Math.floor(x));
        else {
          const { start } = layout.step(current);
          const order = (Math.floor(x) - (start[0] - across.low)) / across.dilation;
          if (y < PRODUCTS && Number.isInteger(order)) kernel.begin(layout.taps[order]);
        }
      },
    });
    overlay.addEventListener("keydown", (event) => {
      const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
      const index = unravel(current, shape);
      if (move) move.slice(-axes.length).forEach((by, a) => (index[a] = clamp(index[a] + by, 0, shape[a] - 1)));
      else if (event.key === "Home") index.fill(0);
      else if (event.key === "End") shape.forEach((size, a) => (index[a] = size - 1));
      else return;
      event.preventDefault();
      select(ravel(index, shape));
    });

    function update(freshState, freshLayout) {
      [state, layout] = [freshState, freshLayout];
      inputs.update(tape(layout, editInput));
      kernel.update(kernelCells(state.kernel, editKernel));
      if (works) outputs.update(outputCells(layout));
    }

    return { element, signature: signature(state, layout), show, update };
  }

  return { make, signature };
})();
