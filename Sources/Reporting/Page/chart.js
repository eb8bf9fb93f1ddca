// Building blocks of the pictures: elements, axes, and lines by depth.

const drawingNamespace = document.getElementById("drawing").namespaceURI;

/** An HTML element. `text` is set as text: no markup is ever read from the data. */
function element(name, attributes = {}, children = []) { return filled(document.createElement(name), attributes, children); }

/** An SVG element. */
function drawn(name, attributes = {}, children = []) {
  return filled(document.createElementNS(drawingNamespace, name), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") node.textContent = value;
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

function label(x, y, text, attributes = {}) { return drawn("text", { x, y, text, ...attributes }); }

/** The sentence under a heading, for the text alternative of its picture. */
function findingOf(id) { return document.querySelector(`#${id} .finding`)?.textContent ?? ""; }

/** An empty picture of this size, which shrinks with its column. */
function picture(width, height, description) {
  return drawn("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": description });
}

/** Ticks of an axis from `low` to `high`: round numbers, or powers of ten and their 2 and 5 times where few. */
function ticks(low, high, isLog, count = 6) {
  if (isLog) {
    const all = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
      for (const digit of [1, 2, 5]) all.push({ value: Number(`${digit}e${power}`), digit });
    }
    const inside = all.filter(({ value }) => value >= low * 0.999 && value <= high * 1.001);
    const powers = inside.filter(({ digit }) => digit === 1);
    return (powers.length >= 3 ? powers : inside).map(({ value }) => value);
  }
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((digit) => digit * power).find((size) => size >= raw) ?? raw;
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** A function from values to pixels. */
function axis(low, high, from, to, isLog) {
  const f = isLog ? Math.log : (value) => value;
  const span = f(high) - f(low) || 1;
  return (value) => from + ((f(value) - f(low)) / span) * (to - from);
}

/** Extent of the numbers that can be drawn, with a little room. */
function extent(values, isLog) {
  const usable = values.filter((value) => value !== null && value !== undefined && (!isLog || value > 0));
  if (!usable.length) return null;
  let low = usable.reduce((a, b) => Math.min(a, b)), high = usable.reduce((a, b) => Math.max(a, b));
  if (isLog) return [low / 1.25, high * 1.25];
  const room = (high - low) * 0.06 || Math.abs(high) * 0.06 || 1;
  return [low - room, high + room];
}

/** Names of the sites under a picture, slanted; where they would lie on each other, every second or third. */
function siteLabels(names, x, y) {
  const every = Math.ceil(14 / Math.max(1, x(1) - x(0)));
  return names.map((name, i) => ((names.length - 1 - i) % every ? null : label(x(i) + 4, y, shortSite(name), {
    class: "tick", "text-anchor": "end", transform: `rotate(-45 ${x(i) + 4} ${y})`,
  }))).filter(Boolean);
}

/** Those of the ticks that are this far apart, in pixels. */
function apart(values, x, distance) {
  let last = -Infinity;
  return values.filter((value) => (x(value) - last >= distance ? ((last = x(value)), true) : false));
}

/** Moves labels apart that would lie on each other; keeps their order. */
function spread(labels, gap, low, high) {
  labels.sort((a, b) => a.y - b.y);
  for (let i = 1; i < labels.length; i++) labels[i].y = Math.max(labels[i].y, labels[i - 1].y + gap);
  let limit = high;
  for (let i = labels.length - 1; i >= 0; i--) {
    labels[i].y = Math.max(low, Math.min(labels[i].y, limit));
    limit = labels[i].y - gap;
  }
}

/**
 * Lines over the sites on a logarithmic axis.
 * series: { name, values, style: class, low, high: values of a band, marker }
 */
function linesByDepth(box, names, series, description, axisName) {
  const width = Math.max(300, box.clientWidth), isNarrow = width < 560;
  const margin = { left: 46, right: isNarrow ? 84 : 150, top: 26, bottom: 62 };
  const height = isNarrow ? 330 : 400;
  const root = picture(width, height, description);
  const range = extent(series.flatMap((one) => [...one.values, ...(one.low ?? []), ...(one.high ?? [])]), true);
  if (!range) { box.replaceChildren(element("p", { class: "notice", text: "There are no numbers to draw." })); return; }
  const x = axis(0, Math.max(1, names.length - 1), margin.left + 8, width - margin.right - 8, false);
  const y = axis(range[0], range[1], height - margin.bottom, margin.top, true);
  for (const value of ticks(range[0], range[1], true)) {
    root.append(
      drawn("line", { x1: margin.left, x2: width - margin.right, y1: y(value), y2: y(value), class: "grid" }),
      label(margin.left - 7, y(value) + 4, shown(value), { class: "tick", "text-anchor": "end" }));
  }
  root.append(...siteLabels(names, x, height - margin.bottom + 16));
  root.append(label(0, 12, axisName, { class: "axis-name" }));
  const ends = [];
  for (const one of series) {
    if (one.low) {
      const there = names.map((_, i) => i).filter((i) => one.low[i] > 0 && one.high[i] > 0);
      const points = [...there.map((i) => [x(i), y(one.high[i])]), ...there.reverse().map((i) => [x(i), y(one.low[i])])];
      root.append(drawn("polygon", { points: points.map((p) => p.map((n) => n.toFixed(1)).join(",")).join(" "), class: `band ${one.style}` }));
    }
    const points = one.values.map((value, i) => (value > 0 ? [x(i), y(value), i] : null)).filter(Boolean);
    root.append(drawn("polyline", { points: points.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(" "), class: `line ${one.style}` }));
    for (const [px, py, i] of points) {
      if (one.plain) continue;
      root.append(drawn("circle", { cx: px.toFixed(1), cy: py.toFixed(1), r: 3.2, class: `dot ${one.style}` },
        [drawn("title", { text: `${one.name} at ${names[i]}: ${shown(one.values[i], 4)}` })]));
    }
    if (points.length) ends.push({ y: points.at(-1)[1], one });
  }
  spread(ends, 15, margin.top, height - margin.bottom);
  const room = isNarrow ? 11 : 22;
  for (const { y: at, one } of ends) {
    const text = one.name.length > room ? `${one.name.slice(0, room - 1)}…` : one.name;
    root.append(label(width - margin.right + 6, at + 4, text, { class: `end ${one.style}` }));
  }
  box.replaceChildren(root);
}
