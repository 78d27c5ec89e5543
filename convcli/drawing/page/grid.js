/** Tables of cells with one tab stop each: arrow keys move, Enter or typing edits, Escape lets be. */
const grid = (() => {
  const { h } = dom;
  const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

  /**
   * @param label what the table is
   * @param rows rows of cells {text, label, kind, x, y, value?, edit?(number)}: x, y in cells
   * @param visit called with a cell when it is focused or pointed at
   * @param leave called when the pointer or the focus leaves
   * @returns {table, elements, begin(number), update(rows)}: `update` keeps the elements and the focus
   */
  function make({ label, rows, visit = () => {}, leave = () => {} }) {
    const width = rows[0].length;
    let cells = [];
    const elements = rows.flat().map((_, n) => h("div", { role: "gridcell", tabindex: n ? "-1" : "0" }));
    const body = rows.map((row, r) => h("div", { role: "row" }, elements.slice(r * width, (r + 1) * width)));
    const table = h("div", { role: "grid", class: "grid", "aria-label": label }, body);
    const number = (event) => elements.indexOf(event.target.closest?.("[role=gridcell]"));

    function update(fresh) {
      cells = fresh.flat();
      cells.forEach((cell, n) => {
        const element = elements[n];
        element.className = `cell ${cell.kind}`;
        element.style.cssText = `--x:${cell.x};--y:${cell.y}`;
        element.setAttribute("aria-label", cell.label);
        element.setAttribute("aria-readonly", String(!cell.edit));
        element.title = cell.title ?? "";
        dom.fit(element, cell.text);
      });
    }

    function go(to) {
      elements.forEach((element, n) => (element.tabIndex = n === to ? 0 : -1));
      elements[to].focus();
    }

    table.addEventListener("focusin", (event) => {
      const at = number(event);
      if (at < 0) return;
      elements.forEach((element, n) => (element.tabIndex = n === at ? 0 : -1));
      visit(cells[at]);
    });
    table.addEventListener("focusout", leave);
    table.addEventListener("pointerover", (event) => {
      if (number(event) >= 0) visit(cells[number(event)]);
    });
    table.addEventListener("pointerleave", leave);
    table.addEventListener("click", (event) => number(event) >= 0 && begin(number(event)));
    table.addEventListener("keydown", (event) => {
      const at = number(event);
      if (at < 0 || event.target !== elements[at] || event.ctrlKey || event.metaKey || event.altKey) return;
      if (MOVES[event.key]) {
        const [down, right] = MOVES[event.key];
        const [r, c] = [Math.floor(at / width) + down, (at % width) + right];
        if (r >= 0 && r < rows.length && c >= 0 && c < width) go(r * width + c);
      } else if (event.key === "Home") go(at - (at % width));
      else if (event.key === "End") go(at - (at % width) + width - 1);
      else if (event.key === "Enter" || event.key === "F2") begin(at);
      else if (/^[-−0-9.]$/.test(event.key)) begin(at, event.key);
      else return;
      event.preventDefault();
    });

    /** Put a text field in the place of a cell. */
    function begin(at, typed) {
      const [cell, element] = [cells[at], elements[at]];
      if (!cell.edit || element.firstElementChild) {
        element.focus();
        return;
      }
      let done = false;
      const field = h("input", {
        class: "editor",
        inputmode: "text",
        "aria-label": `${cell.label}, new number`,
        autocomplete: "off",
        value: typed ?? words.format(cell.value, 15),
      });
      const finish = (keep) => {
        if (done) return true;
        const value = words.parse(field.value);
        if (keep && Number.isNaN(value)) {
          field.setAttribute("aria-invalid", "true");
          field.title = "write a number: 2, −0.5 or 1/3";
          return false;
        }
        done = true;
        element.replaceChildren(cell.text);
        if (keep && value !== cell.value) cell.edit(value);
        return true;
      };
      field.addEventListener("keydown", (event) => {
        event.stopPropagation();
        if (event.key === "Escape") {
          finish(false);
          go(at);
        } else if (event.key === "Enter" || event.key === "Tab") {
          const to = event.key === "Enter" ? at : at + (event.shiftKey ? -1 : 1);
          if (!cells[to]) return;
          event.preventDefault();
          if (!finish(true)) return;
          go(to);
          if (event.key === "Tab") begin(to);
        }
      });
      field.addEventListener("blur", () => finish(true) || finish(false));
      element.replaceChildren(field);
      field.focus();
      if (typed === undefined) field.select();
    }

    update(rows);
    return { table, elements, begin, update };
  }

  return { make };
})();
