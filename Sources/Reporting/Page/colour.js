// Colour scales of twelve steps; the colours themselves are in page.css. One scale has one meaning on the whole page:
// v, warm: variance; s, green: surprise; h, violet: what heads write and where they look.

const stepCount = 12;

/** A logarithmic scale over the values that are above 0. */
function logScale(values) {
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    if (value === null || !(value > 0)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const span = Math.log(high) - Math.log(low);
  /** 0 to 1; values outside the scale are at its ends. */
  const part = (value) => (span > 0 ? Math.min(1, Math.max(0, (Math.log(value) - Math.log(low)) / span)) : 0.5);
  return { low, high, part, step: (value) => Math.min(stepCount - 1, Math.floor(part(value) * stepCount)) };
}

/** The same without the outermost hundredth at each end, which would take the colours of all others; `isCut` where there is one. */
function cutScale(values) {
  const sorted = values.filter((value) => value !== null && value > 0).sort((a, b) => a - b);
  const out = sorted.length < 100 ? 0 : Math.floor(sorted.length / 100);
  const scale = logScale(sorted.slice(out, sorted.length - out));
  return { ...scale, isCut: out > 0 };
}

/** A scale from 0 to the highest of the values. */
function plainScale(values, least = 0) {
  const high = values.reduce((most, value) => (value !== null && value > most ? value : most), least);
  const part = (value) => (high > 0 ? Math.min(1, Math.max(0, value / high)) : 0);
  return { low: 0, high, isPlain: true, part, step: (value) => Math.min(stepCount - 1, Math.floor(part(value) * stepCount)) };
}

/** The page's colours as numbers, for what is painted and not styled. */
function paint() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(name).trim();
  const steps = Array.from({ length: stepCount }, (_, i) => read(`--v${i}`));
  return { steps, ink: read("--ink"), soft: read("--soft"), paper: read("--paper"), line: read("--line") };
}

/** The scale as a row of its colours with its ends in numbers. */
function legend(scale, unit, ramp = "v") {
  const empty = !(scale.high >= scale.low);
  const row = element("span", { class: "swatches", "aria-hidden": "true" },
    Array.from({ length: stepCount }, (_, i) => element("span", { class: `swatch ${ramp}${i}` })));
  const text = empty ? "no values" : `${unit} from ${shown(scale.low)} to ${shown(scale.high)}${scale.isPlain ? "" : ", logarithmic"}`;
  return element("span", { class: "legend", role: "img", "aria-label": `Colour scale: ${text}` }, [
    element("span", { text: unit }), element("span", { class: "number", text: empty ? "" : (scale.isCut ? "≤ " : "") + shown(scale.low) }), row,
    element("span", { class: "number", text: empty ? "" : (scale.isCut ? "≥ " : "") + shown(scale.high) }),
  ]);
}
