/** Elements, icons, and what is dragged. */
const dom = (() => {
  const SVG = "http://www.w3.org/2000/svg";

  function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === undefined || value === null || value === false) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (name === "value") element.value = value;
      else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return element;
  }

  const h = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
  const svg = (tag, attributes = {}, ...children) =>
    fill(document.createElementNS(SVG, tag), attributes, children);

  const icons = {
    play: "M7 4l13 8-13 8z",
    pause: "M6 4h4v16H6zM14 4h4v16h-4z",
    back: "M15.5 4L17 5.5 10.5 12l6.5 6.5L15.5 20l-8-8z",
    forward: "M8.5 4L7 5.5 13.5 12 7 18.5 8.5 20l8-8z",
  };
  const icon = (name) =>
    svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: icons[name] }));

  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `100px ${getComputedStyle(document.body).fontFamily}`;
  const known = new Map();

  /** How wide a text is, in font sizes; digits are of one width. */
  function ems(text) {
    const shape = text.replace(/\d/g, "0");
    if (!known.has(shape)) known.set(shape, pen.measureText(shape).width / 100);
    return known.get(shape);
  }

  /** Put a text into a cell; the style sheet makes it as small as its width asks for. */
  function fit(element, text) {
    element.style.setProperty("--ems", Math.max(ems(text), 1));
    element.replaceChildren(text);
  }

  /** Follow a pointer from a handle: grab at its first move, move, end; or tap, if it never moved. */
  function draggable(handle, { grab, move, tap, end = () => {} }) {
    const SLACK = 4; // pixels that a finger may stray and still tap
    let origin = null;
    let moved = false;
    handle.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      origin = event;
      moved = false;
      handle.setPointerCapture(event.pointerId);
    });
    handle.addEventListener("pointermove", (event) => {
      if (origin?.pointerId !== event.pointerId) return;
      const strayed = Math.hypot(event.clientX - origin.clientX, event.clientY - origin.clientY);
      if (!moved && strayed > SLACK) {
        moved = true;
        grab?.(origin);
      }
      if (moved) move(event);
    });
    const stop = (event) => {
      if (origin?.pointerId !== event.pointerId) return;
      origin = null;
      if (moved) end();
      else if (event.type === "pointerup") tap?.(event);
    };
    handle.addEventListener("pointerup", stop);
    handle.addEventListener("pointercancel", stop);
  }

  return { h, svg, icon, fit, draggable };
})();
