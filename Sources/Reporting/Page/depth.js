// Pictures by depth: sites from left to right, one column each.

/**
 * series: { name, style, values, low, high, form }: `form` is "line" (with a band from low to high), "range" (a bar from low to
 * high), "whisker" (a dot with an interval) or "dot".
 * options: { isLog, axisName, references: values with a line across, title, description, format, hasKey: whether there is one }
 */
function byDepth(frame, names, series, { isLog = false, axisName, references = [], title, description, format = shown, hasKey = false }) {
  const width = Math.max(260, frame.clientWidth), isNarrow = width < 560, isSmall = width < 640;
  const labels = !isSmall && series.some((one) => one.form === "line");
  const longest = Math.max(...names.map((name) => shortSite(name).length));
  const margin = {
    left: 52, right: labels ? 150 : 12, top: title ? 46 : 26, bottom: 20 + Math.min(60, longest * 4.6),
  };
  const height = isNarrow || isSmall ? 310 : 380;
  const numbers = series.flatMap((one) => [...(one.values ?? []), ...(one.low ?? []), ...(one.high ?? [])]);
  const range = extent([...numbers, ...references], isLog);
  if (!range || !numbers.some((value) => value !== null && value !== undefined)) {
    frame.replaceChildren(element("p", { class: "notice", text: "There are no numbers to draw." }));
    return;
  }
  const root = picture(width, height, `${title ? `${title}. ` : ""}${description}`);
  const slot = (width - margin.left - margin.right - 8) / Math.max(1, names.length);
  const x = (i) => margin.left + 4 + (i + 0.5) * slot;
  const y = axis(range[0], range[1], height - margin.bottom, margin.top, isLog);
  const usable = (value) => value !== null && value !== undefined && (!isLog || value > 0);
  if (title) root.append(label(0, 14, title, { class: "panel-title" }));
  root.append(label(0, title ? 34 : 14, axisName, { class: "axis-name" }));
  // A line of reference has its number; ticks that would lie on it, or on each other, have none.
  const taken = [];
  const isFree = (value) => taken.every((other) => Math.abs(y(other) - y(value)) >= 14);
  for (const value of references) {
    taken.push(value);
    root.append(label(margin.left - 7, y(value) + 4, format(value), { class: "tick", "text-anchor": "end" }));
  }
  for (const value of ticks(range[0], range[1], isLog)) {
    if (!isFree(value)) continue;
    taken.push(value);
    root.append(
      drawn("line", { x1: margin.left, x2: width - margin.right, y1: y(value), y2: y(value), class: "grid" }),
      label(margin.left - 7, y(value) + 4, format(value), { class: "tick", "text-anchor": "end" }));
  }
  for (const value of references) {
    root.append(drawn("line", { x1: margin.left, x2: width - margin.right, y1: y(value), y2: y(value), class: "reference" }));
  }
  root.append(...siteLabels(names, x, height - margin.bottom + 14));
  const ends = [];
  const forms = { line: drawLine, range: drawRange, whisker: drawWhisker, dot: drawDots };
  series.forEach((one, place) => forms[one.form](one, place));

  function drawLine(one) {
    if (one.low) {
      const there = names.map((_, i) => i).filter((i) => usable(one.low[i]) && usable(one.high[i]));
      const points = [...there.map((i) => [x(i), y(one.high[i])]), ...there.reverse().map((i) => [x(i), y(one.low[i])])];
      root.append(drawn("polygon", { points: joined(points), class: `band ${one.style}` }));
    }
    const points = one.values.map((value, i) => (usable(value) ? [x(i), y(value)] : null)).filter(Boolean);
    root.append(drawn("polyline", { points: joined(points), class: `line ${one.style}` }));
    if (!one.plain) drawDots(one);
    if (points.length) ends.push({ y: points.at(-1)[1], one });
  }
  function drawDots(one) {
    const radius = slot < 8 ? 1.8 : 3.2;
    one.values.forEach((value, i) => {
      if (usable(value)) root.append(drawn("circle", { cx: x(i).toFixed(1), cy: y(value).toFixed(1), r: radius, class: `dot ${one.style}` }));
    });
  }
  function drawRange(one, place) {
    const count = series.filter((other) => other.form === "range").length;
    const wide = Math.max(2, Math.min(9, (slot * 0.8) / count));
    const shift = (place - (count - 1) / 2) * (wide + (slot > 8 ? 1 : 0));
    one.low.forEach((low, i) => {
      if (!usable(low) || !usable(one.high[i])) return;
      root.append(drawn("rect", {
        x: (x(i) + shift - wide / 2).toFixed(1), width: wide.toFixed(1), y: y(one.high[i]).toFixed(1),
        height: Math.max(2.5, y(low) - y(one.high[i])).toFixed(1), rx: Math.min(2, wide / 3).toFixed(1), class: `bar ${one.style}`,
      }));
    });
  }
  function drawWhisker(one, place) {
    const count = series.filter((other) => other.form === "whisker").length;
    const shift = (place - (count - 1) / 2) * Math.min(9, slot / (count + 1));
    one.values.forEach((value, i) => {
      if (!usable(value)) return;
      if (usable(one.low[i]) && usable(one.high[i])) {
        root.append(drawn("line", { x1: x(i) + shift, x2: x(i) + shift, y1: y(one.low[i]), y2: y(one.high[i]), class: `whisker ${one.style}` }));
      }
      root.append(drawn("circle", { cx: (x(i) + shift).toFixed(1), cy: y(value).toFixed(1), r: slot < 8 ? 2.2 : 4, class: `dot ${one.style}` }));
    });
  }
  if (labels) {
    spread(ends, 15, margin.top, height - margin.bottom);
    for (const { y: at, one } of ends) {
      root.append(label(width - margin.right + 6, at + 4, clipped(one.name, 20), { class: `end ${one.style}` }));
    }
  }
  const told = series.filter((one) => one.name);
  const places = names.map((name, i) => ({
    x: x(i), y: height / 2, mark: [x(i) - Math.max(1, slot / 2), margin.top, Math.max(2, slot), height - margin.top - margin.bottom], title: name,
    rows: told.map((one) => [one.name, numbersAt(one, i, format), one.style]),
  }));
  frame.replaceChildren(...(labels || hasKey || told.length < 2 ? [] : [key(told)]), root);
  pointable(frame, root, places, (px) => Math.max(0, Math.min(names.length - 1, Math.floor((px - margin.left - 4) / slot))),
    { ArrowRight: 1, ArrowLeft: -1 });
}

function joined(points) { return points.map((point) => point.map((value) => value.toFixed(1)).join(",")).join(" "); }

function numbersAt(one, i, format) {
  const value = one.values?.[i], low = one.low?.[i], high = one.high?.[i];
  const between = low !== null && low !== undefined ? `${format(low, 4)} to ${format(high, 4)}` : null;
  if (!one.values) return between ?? "none";
  return format(value ?? null, 4) + (between && value !== null ? ` [${between}]` : "");
}

/** Columns of a table, and the sites of its rows. */
function columnsOf(id) {
  const rows = rowsOf(id);
  return { rows, names: rows.map((row) => row.site), column: (name) => rows.map((row) => row[name]) };
}

/** A place for each of several pictures by depth, side by side where there is room. */
function drawPanels(box, makers, marks) {
  const frames = makers.map(() => element("div", { class: "frame" }));
  box.replaceChildren(...(marks ? [key(marks)] : []), element("div", { class: "panels" }, frames));
  makers.forEach((make, i) => make(frames[i]));
}

/** One picture by depth. */
function framed(box, make) {
  const frame = element("div", { class: "frame" });
  box.replaceChildren(frame);
  make(frame);
}
