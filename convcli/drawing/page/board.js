/** The figure of a small convolution: input, kernel and output as cells, and the window that slides. */
const board = (() => {
  const { h } = dom;
  const { unravel } = arithmetic;
  const { rowsOf } = settings;
  const { ROWS } = slidingWindow;
  const FRAME = 9; // pixels around the cells in a frame, for outlines: see .scroller
  const EDGE = 24; // pixels from the ends of a frame where a drag scrolls it
  const PULL = 12; // pixels that it scrolls by with each move

  const bracket = (index) => `[${index.join(", ")}]`;
  const range = (low, high) => Array.from({ length: Math.max(high - low + 1, 0) }, (_, n) => low + n);

  /** What must stay the same for a figure to be kept while numbers change. */
  function signature(state, layout) {
    const axes = layout.axes.map(({ low, high, effective, dilation, size }) => [
      low,
      high,
      effective,
      dilation,
      size,
    ]);
    const titles = [layout.reversed, state.transposed, state.bias !== 0, layout.problem !== null];
    return JSON.stringify([axes, layout.shape, state.kernel.shape, titles]);
  }

  /** The cells that stand along the axes: the input, stretched and padded. */
  function inputCells(layout, edit) {
    const { axes } = layout;
    const flat = axes.length === 1;
    const columns = range(axes.at(-1).low, axes.at(-1).high);
    const rows = flat ? [0] : range(axes[0].low, axes[0].high);
    const read = axes.map(
      (one) =>
        new Set(
          range(0, one.output - 1).flatMap((u) =>
            range(0, one.kernel - 1).map((j) => one.first + u * one.step + j * one.dilation),
          ),
        ),
    );
    const sizes = axes.map(({ size }) => size);
    return rows.map((row) =>
      columns.map((column) => {
        const positions = flat ? [column] : [row, column];
        const { kind, from, value } = layout.at(positions);
        const shown = words.format(value);
        const sample = from === null ? "" : `input${bracket(unravel(from, sizes))}`;
        const name = {
          input: `${sample} = ${shown}`,
          zero: "inserted zero",
          padding: `padding ${shown}${sample && ` from ${sample}`}`,
        }[kind];
        const unread = layout.problem === null && positions.some((at, a) => !read[a].has(at));
        return {
          from,
          value,
          x: column - columns[0],
          y: row - rows[0],
          text: words.short(value),
          kind: unread ? `${kind} unread` : kind,
          label: unread ? `${name}, not read` : name,
          title: unread ? "no window reads this" : "",
          edit: kind === "input" ? (number) => edit(from, number) : undefined,
        };
      }),
    );
  }

  function kernelCells(kernel, edit) {
    return rowsOf(kernel).map((row, r) =>
      row.map((value, c) => {
        const number = r * row.length + c;
        return {
          value,
          x: c,
          y: r,
          text: words.short(value),
          kind: "kernel",
          edit: (fresh) => edit(number, fresh),
          label: `kernel${bracket(unravel(number, kernel.shape))} = ${words.format(value)}`,
        };
      }),
    );
  }

  function outputCells({ axes, shape, output }) {
    const [one] = axes;
    return rowsOf({ shape, values: output() }).map((row, r) =>
      row.map((value, c) => {
        const number = r * row.length + c;
        // Under a list, each output stands below the middle of its window.
        const middle = one.first + c * one.step - one.low + (one.effective - 1) / 2;
        return {
          number,
          x: axes.length > 1 ? c : middle,
          y: r,
          kind: "output",
          text: words.short(value),
          label: `output${bracket(unravel(number, shape))} = ${words.format(value)}`,
          title: words.format(value, 12),
        };
      }),
    );
  }

  /** A table under its title, in a frame that scrolls on its own where it is larger than the page. */
  function frame(title, shape, table, [height, width]) {
    const surface = h("div", { class: "surface", style: `--w:${width};--h:${height}` }, table);
    const scroller = h("div", { class: "scroller" }, surface);
    const caption = title && h("figcaption", {}, h("b", {}, title), ` ${shape.join("×")}`);
    return { figure: h("figure", {}, caption, scroller), scroller, surface };
  }

  /** The names of the rows of a list, beside them. */
  function gutter(reversed, bias, works) {
    const names = [
      ["input", ROWS.input],
      [`× kernel${reversed ? ", reversed" : ""}`, ROWS.kernel],
      ["= products", ROWS.products],
      [bias ? "sum + bias" : "sum", ROWS.output],
    ];
    return h(
      "div",
      { class: "gutter", "aria-hidden": "true" },
      names.slice(0, works ? names.length : 1).map(([text, y]) => h("span", { style: `--y:${y}` }, text)),
    );
  }

  /**
   * @param state, layout the settings, and what `arithmetic.layout` made of them
   * @param select called with the number of the output whose window is to be shown
   * @param editInput, editKernel called with the number of a cell and its new value
   * @returns {element, signature, show(number, hidden), update(state, layout)}
   */
  function make(state, layout, { select, editInput, editKernel }) {
    const { axes, shape } = layout;
    const flat = axes.length === 1;
    const works = layout.problem === null;
    const [down, across] = [axes[0], axes.at(-1)];
    const width = across.high - across.low + 1;
    const height = flat ? 1 : down.high - down.low + 1;

    const inputs = grid.make({
      label: state.transposed ? "input, stretched and padded" : "input and padding",
      rows: inputCells(layout, editInput),
      visit: (cell) => markReaders(cell.from),
      leave: () => markReaders(null),
    });
    const kernel = grid.make({ label: "kernel, as given", rows: kernelCells(state.kernel, editKernel) });
    const outputs = works
      ? grid.make({ label: "output", rows: outputCells(layout), visit: (cell) => select(cell.number) })
      : null;

    const turned = flat ? "it slides reversed" : "it slides turned by 180°";
    const kernelFrame = frame(
      "kernel",
      state.kernel.shape,
      kernel.table,
      [1, ...state.kernel.shape].slice(-2),
    );
    kernelFrame.figure.append(h("p", { class: "note" }, layout.reversed ? turned : "it slides as it is"));
    const main = flat
      ? frame(null, null, inputs.table, [works ? ROWS.output + 1 : 1, width])
      : frame("input", state.input.shape, inputs.table, [height, width]);
    const element = h(
      "div",
      { class: flat ? "board flat" : "board" },
      kernelFrame.figure,
      flat
        ? h("div", { class: "guttered" }, gutter(layout.reversed, state.bias, works), main.figure)
        : main.figure,
    );

    const view = works
      ? slidingWindow.make({
          layout,
          select,
          cellsAt,
          kernelShape: state.kernel.shape,
          pulled({ clientX }) {
            // Held near an end of the frame, the window pulls what is beyond into sight.
            const { left, right } = main.scroller.getBoundingClientRect();
            main.scroller.scrollLeft += clientX > right - EDGE ? PULL : clientX < left + EDGE ? -PULL : 0;
          },
          dropped: reveal,
          tapped: (tap, [y, x]) =>
            tap === null ? inputs.begin(Math.floor(y) * width + Math.floor(x)) : kernel.begin(tap),
        })
      : null;
    if (works) {
      main.surface.append(view.element);
      if (flat) main.surface.append(h("div", { class: "below", style: `--y:${ROWS.output}` }, outputs.table));
      else element.append(frame("output", shape, outputs.table, shape).figure);
    }

    /** Mark the outputs that read a sample of the input; none for null. */
    function markReaders(from) {
      outputs?.elements.forEach((output, number) => {
        const reads = from !== null && layout.step(number).terms.some((term) => term.from === from);
        output.classList.toggle("reader", reads);
      });
    }

    function show(number, hidden) {
      if (!works) return;
      const step = layout.step(number);
      view.show(number, step);
      inputs.elements.forEach((cell) => cell.classList.remove("lit"));
      for (const { positions } of step.terms) {
        const row = flat ? 0 : positions[0] - down.low;
        inputs.elements[row * width + positions.at(-1) - across.low].classList.add("lit");
      }
      outputs.elements.forEach((cell, n) => {
        cell.classList.toggle("current", n === number);
        cell.setAttribute("aria-selected", String(n === number));
        cell.classList.toggle("hidden", hidden && n > number);
      });
      if (!view.dragged()) reveal();
    }

    /** Scroll the frame, not the page, so that the window is in sight. */
    function reveal() {
      const cell = main.surface.clientWidth / width;
      const [y, x] = view.corner().map((at) => at * cell);
      const { scrollLeft, scrollTop, clientWidth, clientHeight } = main.scroller;
      main.scroller.scrollLeft = nearest(scrollLeft, clientWidth, x, across.effective * cell);
      if (!flat) main.scroller.scrollTop = nearest(scrollTop, clientHeight, y, down.effective * cell);
    }

    /** The least change of a scroll offset that shows an extent, or else its beginning. */
    function nearest(offset, room, start, extent) {
      const end = start + extent + 2 * FRAME;
      return start < offset || end - start > room ? start : Math.max(offset, end - room);
    }

    function cellsAt({ clientX, clientY }) {
      const { left, top, width: pixels } = main.surface.getBoundingClientRect();
      return [clientY - top, clientX - left].map((pixel) => pixel / (pixels / width));
    }

    function update(freshState, freshLayout) {
      [state, layout] = [freshState, freshLayout];
      inputs.update(inputCells(layout, editInput));
      kernel.update(kernelCells(state.kernel, editKernel));
      outputs?.update(outputCells(layout));
    }

    return { element, signature: signature(state, layout), show, update };
  }

  return { make, signature };
})();
