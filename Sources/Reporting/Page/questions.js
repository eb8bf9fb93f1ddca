// The pictures of the questions about the norm.

function drawCount(box) {
  const rows = rowsOf("how_many_statistics").filter((row) => row.pairs > 0);
  const names = { token: "one per token", "token and head": "per token and head", feature: "one per feature", all: "one for all" };
  framed(box, (frame) => barsByRow(frame, rows.map((row) => ({
    name: names[row.axis] ?? row.axis, value: row.pairs, text: row.pairs.toLocaleString("en-US"), style: row.computed === "yes" ? "norm" : "other",
  })), {
    isLog: true, description: findingOf(box), places: rows.map((row) => [
      [recorded.norm.isRMS ? "mean squares" : "pairs", row.pairs.toLocaleString("en-US"), row.computed === "yes" ? "norm" : "other"],
      ["sites", String(row.sites)], ["at one site", shown(row.statistics_per_site)], ["computed by this run’s norms", row.computed],
    ]),
  }));
  box.prepend(key([{ style: "norm", name: "computed by this run’s norms" }, { style: "other", name: "other axes, counted on the same vectors" }]));
}

function drawAxis(box) {
  const { names, column } = columnsOf("normalization_axis");
  const description = findingOf(box), farthest = column("token_mean_abs_max");
  const within = { style: "norm", name: "within a token, across features", form: "range" };
  const across = { style: "other", name: "within a feature, across tokens", form: "range" };
  drawPanels(box, [
    (frame) => byDepth(frame, names, [
      { ...across, low: column("feature_mean_min"), high: column("feature_mean_max") },
      { ...within, low: farthest.map((value) => (value === null ? null : -value)), high: farthest },
    ], { references: [0], title: "Mean", axisName: "after the norm", description, hasKey: true }),
    (frame) => byDepth(frame, names, [
      { ...across, low: column("feature_variance_min"), high: column("feature_variance_max") },
      { ...within, low: column("token_variance_min"), high: column("token_variance_max") },
    ], { references: [1], title: "Variance", axisName: "after the norm", description, hasKey: true }),
  ], [within, across]);
}

function drawContexts(box) {
  const { names, column, rows } = columnsOf("context_independence");
  const isThere = (name) => rows.some((row) => row[name] !== null);
  const percent = (value) => (value === null ? "none" : `${shown(value)}%`);
  const series = [
    { style: "other", name: "other tokens before", form: "line", values: column("spread_different").map((v) => (v === null ? null : v * 100)), source: "spread_different" },
    { style: "norm", name: "same tokens before", form: "line", values: column("spread_same").map((v) => (v === null ? null : v * 100)), source: "spread_same" },
  ].filter((one) => isThere(one.source));
  framed(box, (frame) => byDepth(frame, names, series, {
    axisName: "largest difference of variance, % of the group’s mean", references: [0], description: findingOf(box), format: percent,
  }));
}

/** The words of a comparison, each with its rows by depth; the first is what the others are compared with. */
function comparedWords() {
  const words = new Map();
  for (const row of rowsOf("compare")) words.set(row.word, [...(words.get(row.word) ?? []), row]);
  return [...words].map(([word, rows], i) => ({ word, rows, style: `c${i % 6}` }));
}

function drawComparison(box) {
  const [first, ...others] = comparedWords();
  const names = first.rows.map((row) => row.site);
  framed(box, (frame) => byDepth(frame, names, others.map(({ word, rows, style }) => ({
    name: `${first.word} / ${word}`, style: others.length > 1 ? style : "ratio", form: "whisker", values: rows.map((row) => row.ratio_of_first),
    low: rows.map((row) => row.ci_low), high: rows.map((row) => row.ci_high),
  })), { isLog: true, references: [1], axisName: `ratio of variances, ${clipped(first.word, 16)} over ${others.length > 1 ? "the other" : clipped(others[0].word, 16)}`, description: findingOf(box) }));
}

function drawKurtosis(box) {
  const words = comparedWords();
  framed(box, (frame) => byDepth(frame, words[0].rows.map((row) => row.site), words.map(({ word, rows, style }) => ({
    name: word, style, form: "line", values: rows.map((row) => row.mean_kurtosis),
  })), { isLog: true, references: [3], axisName: "kurtosis; the line is at 3, a Gaussian’s", description: findingOf(box) }));
}

function drawBeforeAndAfter(box) {
  const { names, column } = columnsOf("before_and_after");
  const series = [["before", "before", "before"], ["normalized", "normalized", "norm"], ["after", recorded.norm.isRMS ? "after gain" : "after gain and bias", "gain"]]
    .map(([from, name, style]) => ({
      name, values: column(`${from}_mean`), low: column(`${from}_min`), high: column(`${from}_max`), style, form: "line", plain: names.length > 30,
    }));
  framed(box, (frame) => byDepth(frame, names, series, { isLog: true, axisName: "variance", references: [1], description: findingOf(box) }));
}

function drawKept(box) {
  const { names, column } = columnsOf("information_kept");
  framed(box, (frame) => byDepth(frame, names, [
    { name: "with the site before", style: "before", form: "line", values: column("correlation_with_before") },
    { name: `with ${shortSite(names[Math.min(2, names.length - 1)])}`, style: "other", form: "line", values: column("correlation_with_from") },
  ], { axisName: "correlation of log scale over tokens", references: [0, 1], description: findingOf(box) }));
}

function drawSchemes(box) {
  const rows = rowsOf("normalization_schemes");
  const names = { token: "token: the model’s", feature: "feature", sequence: "sequence", frozen: "frozen", none: "none" };
  const description = findingOf(box);
  const panels = [
    ["Statistics computed", "statistics", (row) => row.statistics.toLocaleString("en-US")],
    ["Loss, nats a token", "loss", (row) => shown(row.loss)],
    ["Variance still told, normalized", "normalized_r", (row) => (row.normalized_r === null ? "nothing" : shown(row.normalized_r))],
    ["Variance still told, after gain and bias", "out_r", (row) => shown(row.out_r)],
    ["Leak: earlier positions that changed", "changed", (row) => `${row.changed ?? "none"} of ${row.earlier ?? "none"}`],
  ].filter(([, column]) => rows.some((row) => row[column] !== null));
  drawPanels(box, panels.map(([title, column, text]) => (frame) => {
    const values = rows.map((row) => row[column]).filter((value) => value !== null);
    const isLog = column === "loss" && Math.max(...values) > 20 * Math.min(...values) && Math.min(...values) > 0;
    barsByRow(frame, rows.map((row) => ({
      name: names[row.scheme] ?? row.scheme, value: row[column], text: text(row), style: row.scheme === "token" ? "norm" : "other",
    })), { title: isLog ? `${title} (logarithmic)` : title, isLog, description, told: title });
  }), [{ style: "norm", name: "the model’s own norm" }, { style: "other", name: "other schemes" }]);
}

function drawGain(box) {
  const { names, column } = columnsOf("gain_and_bias");
  const description = findingOf(box);
  const bias = recorded.norm.isRMS ? [] : [{ style: "bias", name: "biases from 0", form: "dot", values: column("bias_rms_from_0") }];
  drawPanels(box, [
    (frame) => byDepth(frame, names, [
      { style: "gain", name: "lowest to highest", form: "range", low: column("min_gain"), high: column("max_gain") },
      { style: "before", name: "mean", form: "dot", values: column("mean_gain") },
    ], { references: [1], title: "Gain", axisName: "learned gain of a feature", description }),
    (frame) => byDepth(frame, names, [{ style: "gain", name: "gains from 1", form: "dot", values: column("gain_rms_from_1") }, ...bias],
      { references: [0], title: "Distance", axisName: "root mean square over the features", description }),
  ]);
}

const effectsShown = 24;

function drawEffects(box) {
  const all = rowsOf("effects");
  const most = [...all].sort((a, b) => Math.abs(b.change) - Math.abs(a.change)).slice(0, effectsShown);
  const rows = all.length > effectsShown ? most : all;
  framed(box, (frame) => barsByRow(frame, rows.map((row) => ({
    name: `${quoted(row.token)} ${row.sequence_id}:${row.position}`, value: row.change, style: row.change > 0 ? "worse" : "better",
    text: `${row.change > 0 ? "+" : ""}${shown(row.change)}`,
  })), {
    description: findingOf(box), places: rows.map((row) => [
      ["loss without edits", shown(row.base_loss, 4)], ["with edits", shown(row.loss, 4)], ["change", shown(row.change, 4)],
      ["KL of the prediction", shown(row.kl)],
    ]),
  }));
  box.prepend(key([{ style: "worse", name: "less likely with the edits" }, { style: "better", name: "more likely" }]));
}

function drawEdits(box) {
  const rows = rowsOf("edits");
  const head = element("tr", {}, ["edit", "hook point", "tokens", "values", "largest change"].map((text) => element("th", { scope: "col", text })));
  const body = rows.slice(0, 60).map((row) => element("tr", {}, [
    element("td", {}, [element("code", { text: visible(row.text) })]), element("td", { text: row.hook }),
    ...[row.fired, row.changed, row.largest_change].map((value) => element("td", { class: "number", text: shown(value) })),
  ]));
  box.replaceChildren(element("div", { class: "rows", tabindex: 0, role: "region", "aria-label": "The edits" },
    [element("table", {}, [element("thead", {}, [head]), element("tbody", {}, body)])]));
}
