// Variance by depth: of the chosen tokens, of position 0, and the mean; and before and after each norm.

/** Columns of a table of the whole run, in the order of the sites shown. */
function bySite(id, column) {
  const rows = new Map(rowsOf(id).map((row) => [row.site, row[column]]));
  return sites.map((site) => rows.get(site.name) ?? null);
}

function drawCurves(box) {
  const names = sites.map((site) => site.name);
  const chips = element("p", { class: "chips", "aria-label": "Followed tokens" });
  const area = element("div", {});
  box.replaceChildren(chips, area);
  function draw() {
    chips.replaceChildren(...choice.tokens.map((index, i) => {
      const token = tokens[index];
      const button = element("button", { type: "button", class: `chip c${i}`, "aria-label": `Stop following ${nameOf(token)}` }, [
        element("span", { class: "mark" }), `${quoted(token.text)} `, element("small", { text: `${token.sequence}:${token.position}` }), " ×",
      ]);
      button.addEventListener("click", () => toggleToken(index));
      return button;
    }), element("span", { class: "hint", text: choice.tokens.length ? "Choose others in the text above." : "Choose tokens in the text above." }));
    const series = [
      { name: "position 0", values: bySite("variance_by_depth", "variance_position_0"), style: "zero", plain: true },
      { name: "mean", values: bySite("variance_by_depth", "mean_variance"), style: "mean", plain: true },
      ...choice.tokens.map((index, i) => ({
        name: quoted(tokens[index].text), values: sites.map((_, site) => varianceOf(tokens[index], site)), style: `c${i}`,
      })),
    ];
    linesByDepth(area, names, series, `Curves of variance by depth. ${findingOf("curves")}`, "variance before the norm");
  }
  choice.watchers.push(draw);
  draw();
  return draw;
}

function drawBeforeAndAfter(box) {
  const rows = rowsOf("before_and_after");
  const column = (name) => rows.map((row) => row[name]);
  const series = [["before", "c1"], ["normalized", "c2"], ["after", "c0"]].map(([name, style]) => ({
    name, values: column(`${name}_mean`), low: column(`${name}_min`), high: column(`${name}_max`), style,
  }));
  linesByDepth(box, column("site"), series, `Variance before and after the norm by depth. ${findingOf("before_and_after")}`, "variance");
}
