// Sweeps: one place after another changed, and what came of it.

/** What a cell of a sweep stands under: its hook point, without what all of them share. */
function sweepColumn(row) {
  const parts = row.hook.split(".");
  const word = parts[parts.length - 1].replace("hook_", "");
  return word === "scale" && parts.length > 1 ? parts[parts.length - 2] : word.replace("_out", "");
}

const each = (values) => [...new Set(values)];

/** A row for each layer; a column for each head, then for each hook point without heads. */
function layerGrid(rows, { title, unit, scale, text, told }) {
  const column = (row) => (row.head === null ? sweepColumn(row) : String(row.head));
  const heads = each(rows.filter((row) => row.head !== null).map((row) => row.head)).sort((a, b) => a - b).map(String);
  const line = (row) => (row.layer === null ? sweepColumn(row) : String(row.layer));
  const at = new Map(rows.map((row) => [`${line(row)} ${column(row)}`, row]));
  return valueGrid({
    title, unit, scale, text, corner: "layer", rows: each(rows.map(line)), columns: each([...heads, ...rows.map(column)]),
    at: (layer, name) => at.get(`${layer} ${name}`), value: (row) => row.effect, told,
  });
}

function drawPatch(box) {
  const rows = rowsOf("patch");
  const { answer, against } = rows[0];
  const scale = plainScale([1], 1);
  const unit = "part restored";
  const percent = (value) => `${Math.round(value * 100)}%`;
  const told = (row) => `${row.hook}${row.head === null ? "" : `, head ${row.head}`}${row.position === null ? "" : `, position ${row.position}`}: ${percent(row.effect)} of the difference between ${quoted(answer)} and ${quoted(against)}`;
  if (rows[0].position === null) {
    box.replaceChildren(layerGrid(rows, { title: "Layers by head", unit, scale, text: percent, told }));
    return;
  }
  const named = (row) => {
    const token = visible(row.token ?? ""), clean = visible(row.clean_token ?? "");
    return `${row.position} ${token}${token === clean ? "" : ` < ${clean}`}`;
  };
  const column = (row) => (row.layer === null ? sweepColumn(row) : sweepColumn(row).startsWith("ln") ? `${row.layer}.${sweepColumn(row)}` : String(row.layer));
  const at = new Map(rows.map((row) => [`${row.position} ${column(row)}`, row]));
  const names = new Map(rows.map((row) => [row.position, named(row)]));
  box.replaceChildren(valueGrid({
    title: "Tokens of the corrupt text < of the clean one, by layer", unit, scale, text: percent, corner: "token", isNamed: true,
    rows: [...names.keys()].sort((a, b) => a - b), columns: each(rows.map(column)), rowName: (position) => names.get(position),
    at: (position, layer) => at.get(`${position} ${layer}`), value: (row) => row.effect, told,
  }));
}

function drawAblation(box) {
  const rows = rowsOf("ablation");
  box.replaceChildren(layerGrid(rows, {
    title: "Layers by head and MLP", unit: "rise of the loss, nats", scale: plainScale(rows.map((row) => row.effect)),
    text: (value) => shown(value, 2),
    told: (row) => `${row.hook}${row.head === null ? "" : `, head ${row.head}`}: the loss changes by ${shown(row.effect, 4)} nats`,
  }));
}
