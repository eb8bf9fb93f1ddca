// Variance by depth of the chosen tokens: over the mean of the site, or as it is.

/** Columns of a table of the whole run, in the order of the sites shown. */
function bySite(id, column) {
  const rows = new Map(rowsOf(id).map((row) => [row.site, row[column]]));
  return sites.map((site) => rows.get(site.name) ?? null);
}

const curves = { isRelative: true };

function drawCurves(box) {
  const names = sites.map((site) => site.name);
  const chips = element("p", { class: "chips", "aria-label": "Followed tokens" });
  const frame = element("div", { class: "frame" });
  const modes = choices("curves", "Axis", [["over the site’s mean", true], ["variance", false]], curves.isRelative, (value) => {
    curves.isRelative = value;
    draw();
  });
  box.replaceChildren(element("p", { class: "controls plain" }, [modes]), chips, frame);
  function draw() {
    chips.replaceChildren(...choice.tokens.map((index, i) => {
      const token = tokens[index];
      const button = element("button", { type: "button", class: `chip c${i}`, "aria-label": `Stop following ${nameOf(token)}` }, [
        element("span", { class: "mark" }), `${quoted(token.text)} `, element("small", { text: `${token.sequence}:${token.position}` }), " ×",
      ]);
      button.addEventListener("click", () => toggleToken(index));
      return button;
    }), element("span", { class: "hint", text: choice.tokens.length ? "Choose others in the text above." : "Choose tokens in the text above." }));
    const mean = bySite("variance_by_depth", "mean_variance");
    const over = (values) => (curves.isRelative ? values.map((value, i) => (value !== null && mean[i] > 0 ? value / mean[i] : null)) : values);
    const chosen = choice.tokens.map((index, i) => ({
      name: quoted(tokens[index].text), values: over(sites.map((_, site) => varianceOf(tokens[index], site))), style: `c${i}`, form: "line",
    }));
    // Position 0 is many times the mean, and would take the axis.
    const others = curves.isRelative ? [] : [
      { name: "position 0", values: bySite("variance_by_depth", "variance_position_0"), style: "zero", plain: true, form: "line" },
      { name: "mean", values: mean, style: "mean", plain: true, form: "line" },
    ];
    byDepth(frame, names, [...others, ...chosen], {
      isLog: true, hasKey: curves.isRelative, references: curves.isRelative ? [1] : [], description: `Curves of variance by depth. ${findingOf(box)}`,
      axisName: curves.isRelative ? "variance before the norm, times the site’s mean" : "variance before the norm",
    });
  }
  choice.watchers.push(draw);
  draw();
  return draw;
}
