// All shown tokens by depth, on a canvas: thousands of cells.

const heat = { isRelative: true, redraw: () => {} };

/** Middle value of those that are there. */
function medianOf(values) {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  if (!sorted.length) return null;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

function drawHeatmap(box) {
  const cellHeight = sites.length > 16 ? 13 : 17;
  const isLater = tokens.map((token) => token.position > 0);
  const grid = sites.map((_, site) => tokens.map((token) => varianceOf(token, site)));
  const medians = grid.map((row) => medianOf(row.filter((_, i) => isLater[i])));
  const valueAt = (site, i) => (grid[site][i] === null ? null : heat.isRelative ? grid[site][i] / medians[site] : grid[site][i]);

  const canvas = element("canvas", {
    tabindex: 0, role: "img", "aria-label": `Heat map of ${tokens.length} tokens by ${sites.length} sites. ${findingOf(box)}`,
  });
  const cursor = element("span", { class: "cursor", hidden: true });
  const plane = element("div", { class: "plane" }, [canvas, cursor]);
  const scroller = element("div", { class: "scroller" }, [plane]);
  const names = element("div", { class: "site-names", "aria-hidden": "true" }, sites.map((site) => {
    const name = element("span", { text: shortSite(site.name) });
    name.style.height = `${cellHeight}px`;
    return name;
  }));
  const numbers = element("p", { class: "hint", text: "Point at a cell, tap it, or use the arrow keys for its numbers." });
  const scaleBox = element("span", {});
  const modes = choices("heat", "Colour", [["over the site’s median", true], ["variance", false]], heat.isRelative, (value) => {
    heat.isRelative = value;
    heat.redraw();
  });

  // More columns than a canvas can have, or an eye can see: neighbours share one, which shows their highest.
  const perColumn = Math.ceil(tokens.length / 4000);
  const columns = Math.ceil(tokens.length / perColumn);
  let cellWidth = 2;

  function paintCells() {
    const colours = paint();
    const room = Math.max(120, box.clientWidth - names.offsetWidth - 12);
    cellWidth = Math.max(2, Math.min(30, room / columns));
    const hasLabels = cellWidth >= 10.5;
    const width = Math.ceil(columns * cellWidth), height = sites.length * cellHeight + (hasLabels ? 84 : 16);
    const density = Math.min(window.devicePixelRatio || 1, 16000 / width);
    canvas.width = Math.round(width * density);
    canvas.height = Math.round(height * density);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const context = canvas.getContext("2d");
    context.scale(density, density);
    const scale = cutScale(sites.flatMap((_, site) => tokens.map((_, i) => (isLater[i] ? valueAt(site, i) : null))));
    for (let column = 0; column < columns; column++) {
      const members = tokens.slice(column * perColumn, (column + 1) * perColumn);
      const left = column * cellWidth, gap = cellWidth > 5 ? 1 : 0;
      for (let site = 0; site < sites.length; site++) {
        const values = members.filter((token) => token.position > 0).map((token) => valueAt(site, token.index)).filter((v) => v !== null);
        if (values.length) {
          context.fillStyle = colours.steps[scale.step(Math.max(...values))];
          context.fillRect(left, site * cellHeight, cellWidth - gap, cellHeight - (gap ? 1 : 0));
        } else if (members.some((token) => token.position === 0)) {
          context.fillStyle = colours.line;
          for (let y = 2; y < cellHeight - 1; y += 4) context.fillRect(left, site * cellHeight + y, cellWidth - gap, 1);
        }
      }
      if (members.some((token) => token.position === 0)) {
        context.fillStyle = colours.soft;
        context.fillRect(left, sites.length * cellHeight + 2, 1, 8);
      }
      if (hasLabels) {
        context.save();
        context.translate(left + cellWidth / 2 + 3, sites.length * cellHeight + 8);
        context.rotate(-Math.PI / 2);
        context.fillStyle = colours.ink;
        context.font = "11px system-ui, sans-serif";
        context.textAlign = "right";
        const text = visible(members[0].text).trim() || "␣";
        context.fillText(text.length > 12 ? `${text.slice(0, 11)}…` : text, 0, 0);
        context.restore();
      }
    }
    scaleBox.replaceChildren(legend(scale, heat.isRelative ? "times the median" : "variance"));
  }

  let at = { column: 0, site: 0 };
  function point(column, site) {
    at = { column: Math.min(columns - 1, Math.max(0, column)), site: Math.min(sites.length - 1, Math.max(0, site)) };
    const token = tokens[at.column * perColumn];
    const value = varianceOf(token, at.site), median = medians[at.site];
    numbers.textContent = `${nameOf(token)}, at ${sites[at.site].name}: variance ${shown(value)}`
      + (value !== null && median ? `, ${shown(value / median)} times the median of the site` : "")
      + (token.position === 0 ? " (position 0, not in the colour scale)" : "");
    const ratio = canvas.clientWidth / (columns * cellWidth) || 1;
    Object.assign(cursor.style, {
      left: `${at.column * cellWidth * ratio}px`, top: `${at.site * cellHeight * ratio}px`,
      width: `${Math.max(3, cellWidth * ratio)}px`, height: `${cellHeight * ratio}px`,
    });
    cursor.hidden = false;
  }
  for (const kind of ["pointermove", "pointerdown"]) {
    canvas.addEventListener(kind, (event) => {
      const frame = canvas.getBoundingClientRect();
      point(Math.floor(((event.clientX - frame.left) / frame.width) * columns), Math.floor((event.clientY - frame.top) / cellHeight));
    });
  }
  canvas.addEventListener("keydown", (event) => {
    const move = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
    if (!move) return;
    event.preventDefault();
    point(at.column + move[0], at.site + move[1]);
    cursor.scrollIntoView({ block: "nearest", inline: "nearest" });
    announce(numbers.textContent);
  });
  canvas.addEventListener("focus", () => point(at.column, at.site));

  heat.redraw = paintCells;
  box.replaceChildren(
    element("div", { class: "controls plain" }, [modes, scaleBox]),
    element("div", { class: "heatmap" }, [names, scroller]), numbers,
    ...(perColumn > 1 ? [element("p", { class: "notice", text: `Each column stands for ${perColumn} tokens and shows their highest.` })] : []));
  paintCells();
}
