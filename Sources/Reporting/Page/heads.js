// What each head writes: layers by heads, as a table whose cells are coloured.

function headGrid(title, column, rows, layers, heads) {
  const byPlace = new Map(rows.map((row) => [`${row.layer} ${row.head}`, row[column]]));
  const scale = logScale(rows.map((row) => row[column]));
  const head = element("tr", {}, [
    element("th", { scope: "col", text: "layer" }), ...heads.map((number) => element("th", { scope: "col", text: String(number) })),
  ]);
  const body = layers.map((layer) => element("tr", {}, [
    element("th", { scope: "row", text: String(layer) }),
    ...heads.map((number) => {
      const value = byPlace.get(`${layer} ${number}`) ?? null;
      return element("td", {
        class: value > 0 ? `v${scale.step(value)}` : "none", text: value === null ? "" : shown(value, heads.length > 8 ? 2 : 3),
        title: `layer ${layer}, head ${number}: ${shown(value, 4)}`,
      });
    }),
  ]));
  return element("div", {}, [
    element("table", { class: heads.length > 8 ? "grid many" : "grid" }, [element("caption", { text: title }), element("thead", {}, [head]), element("tbody", {}, body)]),
    legend(scale, "length"),
  ]);
}

function drawHeads(box) {
  const rows = rowsOf("head_writes");
  const sorted = (name) => [...new Set(rows.map((row) => row[name]))].sort((a, b) => a - b);
  const layers = sorted("layer"), heads = sorted("head");
  box.replaceChildren(element("div", { class: "panels" }, [
    headGrid("Tokens after position 0, by head", "mean_l2_norm", rows, layers, heads),
    headGrid("Position 0, by head", "l2_norm_position_0", rows, layers, heads),
  ]));
}
