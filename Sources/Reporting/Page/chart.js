// Building blocks of the pictures: elements, axes and labels.

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

/** The sentence under the heading of a picture's section, for the picture's text alternative. */
function findingOf(box) { return box.closest("section")?.querySelector(".finding")?.textContent ?? ""; }

/** What the marks of a picture stand for. */
function key(marks) {
  return element("p", { class: "key" }, marks.map((mark) =>
    element("span", {}, [element("span", { class: `mark ${mark.style}` }), mark.name])));
}

/** Choices of which one is taken; `change` is called with its value. */
function choices(name, label, options, current, change) {
  return element("span", { class: "modes", role: "radiogroup", "aria-label": label }, options.map(([text, value]) => {
    const radio = element("input", { type: "radio", name, checked: value === current });
    radio.addEventListener("change", () => change(value));
    return element("label", {}, [radio, ` ${text}`]);
  }));
}

/** An empty picture of this size, which shrinks with its column. */
function picture(width, height, description) {
  return drawn("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": description });
}

/** Ticks of an axis from `low` to `high`: round numbers; on a logarithmic one powers of ten, and their 2 and 5 times where few. */
function ticks(low, high, isLog, count = 6) {
  if (isLog) {
    const all = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
      for (const digit of [1, 2, 5]) all.push({ value: Number(`${digit}e${power}`), digit });
    }
    const inside = all.filter(({ value }) => value >= low * 0.999 && value <= high * 1.001);
    const powers = inside.filter(({ digit }) => digit === 1);
    if (powers.length >= 3) return powers.map(({ value }) => value);
    if (inside.length >= 3) return inside.map(({ value }) => value);
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
  if (isLog) {
    const room = Math.max(1.02, (high / low) ** 0.06);
    return [low / room, high * room];
  }
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

/** A text, cut where it is longer. */
function clipped(text, length) { return [...text].length > length ? `${[...text].slice(0, length - 1).join("")}…` : text; }

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
