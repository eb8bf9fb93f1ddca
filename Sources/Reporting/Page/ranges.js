// Ranges by row: for each site a bar from lowest to highest, and marks.

/**
 * One panel. marks: { low, high, middle, style, name }, each with a value for every row; references: values that get a line.
 */
function panel(box, title, rows, marks, { isLog = false, references = [], hasNumbers = false, description }) {
  const width = Math.max(280, Math.min(560, box.clientWidth));
  const left = 12 + Math.min(110, 7.2 * Math.max(...rows.map((row) => row.length)));
  const right = hasNumbers ? 76 : 16, top = 34, rowHeight = 20, bottom = 26;
  const height = top + rows.length * rowHeight + bottom;
  const values = marks.flatMap((mark) => [...(mark.low ?? []), ...(mark.high ?? []), ...(mark.middle ?? [])]);
  const range = extent([...values, ...references], isLog);
  if (!range) return null;
  const x = axis(range[0], range[1], left, width - right, isLog);
  const root = picture(width, height, `${title}. ${description}`);
  root.append(label(0, 13, title, { class: "panel-title" }));
  for (const value of apart(ticks(range[0], range[1], isLog, width < 400 ? 5 : 7), x, 48)) {
    root.append(
      drawn("line", { x1: x(value), x2: x(value), y1: top - 6, y2: height - bottom + 4, class: "grid" }),
      label(x(value), height - 6, shown(value), { class: "tick", "text-anchor": "middle" }));
  }
  for (const value of references) {
    root.append(drawn("line", { x1: x(value), x2: x(value), y1: top - 6, y2: height - bottom + 4, class: "reference" }));
  }
  rows.forEach((row, i) => {
    const y = top + i * rowHeight + rowHeight / 2;
    root.append(label(left - 10, y + 4, row, { class: "tick", "text-anchor": "end" }));
    for (const mark of marks) {
      const told = [drawn("title", { text: `${row}, ${mark.name}: ${[mark.low?.[i], mark.middle?.[i], mark.high?.[i]]
        .filter((value) => value !== undefined).map((value) => shown(value, 4)).join(" … ")}` })];
      if (mark.low && mark.low[i] !== null && mark.high[i] !== null) {
        const isThin = mark.style === "within";
        root.append(drawn("rect", {
          x: x(mark.low[i]).toFixed(1), width: Math.max(3, x(mark.high[i]) - x(mark.low[i])).toFixed(1),
          y: y - (isThin ? 6 : 4), height: isThin ? 12 : 8, rx: isThin ? 1 : 4, class: `bar ${mark.style}`,
        }, told));
      } else if (mark.middle && mark.middle[i] !== null && mark.middle[i] !== undefined && (!isLog || mark.middle[i] > 0)) {
        root.append(drawn("circle", { cx: x(mark.middle[i]).toFixed(1), cy: y, r: 4, class: `dot ${mark.style}` }, told));
        if (hasNumbers) root.append(label(width - right + 12, y + 4, shown(mark.middle[i]), { class: "tick" }));
      }
    }
  });
  return root;
}

/** What the marks stand for. */
function key(marks) {
  return element("p", { class: "key" }, marks.map((mark) =>
    element("span", {}, [element("span", { class: `mark ${mark.style}` }), mark.name])));
}

function drawPanels(box, panels, marks) {
  const grid = element("div", { class: "panels" }, panels.map(() => element("div", {})));
  box.replaceChildren(...(marks ? [key(marks)] : []), grid);
  panels.forEach((make, i) => { const root = make(grid.children[i]); if (root) grid.children[i].append(root); });
}

function drawAxis(box) {
  const rows = rowsOf("normalization_axis");
  const column = (name) => rows.map((row) => row[name]);
  const names = column("site").map(shortSite);
  const description = findingOf("axis");
  const across = { style: "across", name: "a feature, across tokens" };
  const within = { style: "within", name: "a token, across features" };
  const farthest = column("token_mean_abs_max");
  drawPanels(box, [
    (cell) => panel(cell, "Mean", names, [
      { ...across, low: column("feature_mean_min"), high: column("feature_mean_max") },
      { ...within, low: farthest.map((value) => (value === null ? null : -value)), high: farthest },
    ], { references: [0], description }),
    (cell) => panel(cell, "Variance", names, [
      { ...across, low: column("feature_variance_min"), high: column("feature_variance_max") },
      { ...within, low: column("token_variance_min"), high: column("token_variance_max") },
    ], { references: [1], description }),
  ], [across, within]);
}

function drawGain(box) {
  const rows = rowsOf("gain_and_bias");
  const column = (name) => rows.map((row) => row[name]);
  const names = column("site").map(shortSite);
  const description = findingOf("gain");
  const gains = { style: "across", name: "gains, lowest to highest" }, mean = { style: "point", name: "mean gain" };
  const gain = { style: "c0", name: "gains from 1" }, bias = { style: "c1", name: "biases from 0" };
  drawPanels(box, [
    (cell) => panel(cell, "Gain", names, [
      { ...gains, low: column("min_gain"), high: column("max_gain") }, { ...mean, middle: column("mean_gain") },
    ], { references: [1], description }),
    (cell) => panel(cell, "Distance, root mean square", names, [
      { ...gain, middle: column("gain_rms_from_1") }, { ...bias, middle: column("bias_rms_from_0") },
    ], { references: [0], description }),
  ], [gains, mean, gain, bias]);
}

function drawCount(box) {
  const rows = rowsOf("how_many_statistics").filter((row) => row.pairs > 0);
  const of = (wanted) => rows.map((row) => ((row.computed === "yes") === wanted ? row.pairs : null));
  const marks = [{ style: "c1", name: "computed", middle: of(true) }, { style: "other", name: "on other axes", middle: of(false) }];
  drawPanels(box, [(cell) => panel(cell, "Statistics computed", rows.map((row) => row.axis), marks,
    { isLog: true, hasNumbers: true, description: findingOf("count") })], marks);
}
