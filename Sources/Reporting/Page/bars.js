// Bars by row, with their numbers.

/**
 * rows: { name, value, style, text }; a value may lie below 0. `isLog` draws dots in place of bars, which have no 0 there.
 * options: { title, isLog, description, told: what the number is called }
 */
function barsByRow(frame, rows, { title, isLog = false, description, told, places: pointed }) {
  const width = Math.max(260, Math.min(640, frame.clientWidth));
  const longest = Math.max(...rows.map((row) => [...row.name].length));
  const left = 10 + Math.min(width * 0.38, 7 * longest);
  const numbers = Math.max(...rows.map((row) => row.text.length)) * 7.2 + 12;
  const top = title ? 28 : 6, rowHeight = 24, height = top + rows.length * rowHeight + 6;
  const values = rows.map((row) => row.value).filter((value) => value !== null && (!isLog || value > 0));
  const root = picture(width, height, `${title ? `${title}. ` : ""}${description}`);
  const low = isLog ? Math.min(...values) / 1.6 : Math.min(0, ...values), high = isLog ? Math.max(...values) * 1.1 : Math.max(0, ...values);
  // The numbers of bars below 0 stand to their left.
  const from = left + (low < 0 && !isLog ? numbers : 0);
  const x = axis(low, high === low ? low + 1 : high, from, width - numbers, isLog);
  const zero = isLog ? from : x(0);
  if (title) root.append(label(0, 14, title, { class: "panel-title" }));
  root.append(drawn("line", { x1: zero, x2: zero, y1: top, y2: height - 4, class: "reference" }));
  rows.forEach((row, i) => {
    const y = top + i * rowHeight + rowHeight / 2;
    root.append(label(left - 10, y + 4, clipped(row.name, Math.floor((left - 10) / 6.6)), { class: "row", "text-anchor": "end" }));
    const isThere = row.value !== null && (!isLog || row.value > 0);
    if (isThere && isLog) {
      root.append(
        drawn("line", { x1: zero, x2: x(row.value), y1: y, y2: y, class: `stem ${row.style}` }),
        drawn("circle", { cx: x(row.value).toFixed(1), cy: y, r: 5, class: `dot ${row.style}` }));
    } else if (isThere) {
      root.append(drawn("rect", {
        x: Math.min(zero, x(row.value)).toFixed(1), width: Math.max(1, Math.abs(x(row.value) - zero)).toFixed(1), y: y - 7, height: 14, rx: 2,
        class: `bar ${row.style}`,
      }));
    }
    const isLeft = isThere && !isLog && row.value < 0;
    const end = isThere ? x(row.value) : zero;
    root.append(label(isLeft ? end - 6 : end + (isLog && isThere ? 10 : 6), y + 4, row.text, { class: "tick", "text-anchor": isLeft ? "end" : "start" }));
  });
  frame.replaceChildren(root);
  pointable(frame, root, rows.map((row, i) => ({
    x: zero, y: top + (i + 0.5) * rowHeight, mark: [0, top + i * rowHeight, width, rowHeight], title: row.name,
    rows: pointed?.[i] ?? [[told, row.text, row.style]],
  })), (_, py) => Math.max(0, Math.min(rows.length - 1, Math.floor((py - top) / rowHeight))), { ArrowDown: 1, ArrowUp: -1 });
}
