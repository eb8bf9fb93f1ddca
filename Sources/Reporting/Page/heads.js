// A number for each head: layers by heads, as a table whose cells are coloured.

function headGrid(title, unit, column, rows, layers, heads, scale, text = (value) => shown(value, heads.length > 8 ? 2 : 3)) {
  const byPlace = new Map(rows.map((row) => [`${row.layer} ${row.head}`, row[column]]));
  const head = element("tr", {}, [
    element("th", { scope: "col", text: "layer" }), ...heads.map((number) => element("th", { scope: "col", text: String(number) })),
  ]);
  const cells = [];
  const body = layers.map((layer) => element("tr", {}, [
    element("th", { scope: "row", text: String(layer) }),
    ...heads.map((number) => {
      const value = byPlace.get(`${layer} ${number}`) ?? null;
      const cell = element("td", {
        class: value > 0 ? `h${scale.step(value)}` : "none", text: value === null ? "" : text(value),
        "data-told": `Layer ${layer}, head ${number}: ${unit} ${shown(value, 4)}`,
      });
      cells.push(cell);
      return cell;
    }),
  ]));
  const line = element("p", { class: "hint", text: "Point at a cell, tap it, or use the arrow keys." });
  pointableCells(cells, heads.length, line);
  return element("div", {}, [
    element("div", { class: "wide" }, [
      element("table", { class: `grid${heads.length > 8 ? " many" : ""}${layers.length > 16 ? " deep" : ""}` }, [element("caption", { text: title }), element("thead", {}, [head]), element("tbody", {}, body)]),
    ]),
    legend(scale, unit, "h"), line,
  ]);
}

function placesOf(rows) {
  const sorted = (name) => [...new Set(rows.map((row) => row[name]))].sort((a, b) => a - b);
  return [sorted("layer"), sorted("head")];
}

function drawHeads(box) {
  const rows = rowsOf("head_writes");
  const grid = (title, column) => headGrid(title, "length", column, rows, ...placesOf(rows), logScale(rows.map((row) => row[column])));
  box.replaceChildren(element("div", { class: "panels" }, [
    grid("Tokens after position 0, by head", "mean_l2_norm"), grid("Position 0, by head", "l2_norm_position_0"),
  ]));
}

function drawAttention(box) {
  const rows = rowsOf("attention_sink");
  const scale = plainScale(rows.map((row) => row.to_first));
  box.replaceChildren(headGrid("Weight on position 0, by head", "weight", "to_first", rows, ...placesOf(rows), scale,
    (weight) => `${Math.round(weight * 100)}%`));
}
