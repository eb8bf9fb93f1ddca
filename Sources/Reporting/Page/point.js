// Numbers where one points: by mouse, by a tap, or by the arrow keys.

const openTips = new Set();

/**
 * Makes a picture answer.
 * places: { x, y: where the numbers stand; mark: [x, y, width, height] of what is marked; title; rows: [name, value, style] }
 * nearest: from a point in the picture to a place's index; moves: from a key to a step.
 */
function pointable(frame, root, places, nearest, moves) {
  if (!places.length) return;
  const [width, height] = root.getAttribute("viewBox").split(" ").slice(2).map(Number);
  const tip = element("div", { class: "tip", hidden: true });
  const mark = drawn("rect", { class: "marked", width: 0, height: 0 });
  root.insertBefore(mark, root.firstChild);
  root.setAttribute("tabindex", 0);
  frame.append(tip);
  let at = -1;

  function show(index) {
    if (index === null || index < 0) return;
    at = Math.min(places.length - 1, index);
    const place = places[at];
    const [x, y, w, h] = place.mark;
    for (const [name, value] of Object.entries({ x, y, width: Math.max(1, w), height: Math.max(1, h) })) mark.setAttribute(name, value);
    tip.replaceChildren(
      element("p", { class: "who", text: place.title }),
      element("dl", {}, place.rows.map(([name, value, style]) => element("div", {}, [
        element("dt", {}, [...(style ? [element("span", { class: `mark ${style}` })] : []), name]), element("dd", { text: value }),
      ]))));
    tip.hidden = false;
    openTips.add(hide);
    // Beside what is marked, and inside the picture's column.
    const drawing = root.getBoundingClientRect(), scale = drawing.width / width || 1;
    const left = place.x * scale, room = frame.clientWidth - tip.offsetWidth;
    const beside = left + 14 <= room ? left + 14 : left - 14 - tip.offsetWidth;
    tip.style.left = `${Math.max(0, Math.min(room, beside))}px`;
    tip.style.top = `${drawing.top - frame.getBoundingClientRect().top + Math.max(0, Math.min(drawing.height - tip.offsetHeight, place.y * scale - tip.offsetHeight / 2))}px`;
  }
  function hide() {
    tip.hidden = true;
    mark.setAttribute("width", 0);
    openTips.delete(hide);
  }
  function point(event) {
    const box = root.getBoundingClientRect();
    for (const other of [...openTips]) if (other !== hide) other();
    show(nearest(((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height));
  }
  root.addEventListener("pointermove", point);
  root.addEventListener("pointerdown", point);
  root.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") hide(); });
  root.addEventListener("blur", hide);
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return hide();
    const step = { Home: -places.length, End: places.length, ...moves }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    show(at < 0 ? 0 : Math.max(0, Math.min(places.length - 1, at + step)));
    announce([places[at].title, ...places[at].rows.map(([name, value]) => `${name} ${value}`)].join(", "));
  });
}

document.addEventListener("pointerdown", (event) => {
  if (!event.target.closest("svg")) for (const hide of [...openTips]) hide();
});

/** The cells of a table: pointing, a tap or the arrow keys tell a cell's numbers in the line below. */
function pointableCells(cells, columns, line) {
  const tell = (cell) => { line.textContent = cell.dataset.told; };
  cells.forEach((cell, i) => {
    cell.tabIndex = i ? -1 : 0;
    cell.addEventListener("pointerover", () => tell(cell));
    cell.addEventListener("pointerdown", () => tell(cell));
    cell.addEventListener("focus", () => tell(cell));
    cell.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = cells[i + step];
      if (!next) return;
      cell.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
      announce(next.dataset.told);
    });
  });
}
