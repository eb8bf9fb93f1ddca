// A number for each head: layers by heads, as a table whose cells are coloured.

/**
 * A table of coloured numbers. `at(row, column)` is what stands there, `value` its number, `told` what pointing at it says. Numbers that
 * are not above 0 have no colour.
 */
function valueGrid({ title, unit, scale, text, corner, rows, columns, at, value, told, rowName = String, isNamed = false }) {
  const head = element("tr", {}, [corner, ...columns].map((name) => element("th", { scope: "col", text: String(name) })));
  const cells = [];
  const body = rows.map((row) => element("tr", {}, [
    element("th", { scope: "row", text: rowName(row) }),
    ...columns.map((column) => {
      const there = at(row, column), number = there ? value(there) : null;
      const cell = element("td", {
        class: number > 0 ? `h${scale.step(number)}` : "none", text: number === null ? "" : text(number),
        "data-told": there ? told(there) : "nothing here",
      });
      cells.push(cell);
      return cell;
    }),
  ]));
  const line = element("p", { class: "hint", text: "Point at a cell, tap it, or use the arrow keys." });
  pointableCells(cells, columns.length, line);
  const classes = ["grid", columns.length > 8 ? "many" : "", rows.length > 16 ? "deep" : "", isNamed ? "named" : ""];
  return element("div", {}, [
    element("div", { class: "wide" }, [
      element("table", { class: classes.filter(Boolean).join(" ") }, [element("caption", { text: title }), element("thead", {}, [head]), element("tbody", {}, body)]),
    ]),
    legend(scale, unit, "h"), line,
  ]);
}

function headGrid(title, unit, column, rows, layers, heads, scale, text = (value) => shown(value, heads.length > 8 ? 2 : 3)) {
  const byPlace = new Map(rows.map((row) => [`${row.layer} ${row.head}`, row]));
  return valueGrid({
    title, unit, scale, text, corner: "layer", rows: layers, columns: heads, at: (layer, head) => byPlace.get(`${layer} ${head}`),
    value: (row) => row[column], told: (row) => `Layer ${row.layer}, head ${row.head}: ${unit} ${shown(row[column], 4)}`,
  });
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
