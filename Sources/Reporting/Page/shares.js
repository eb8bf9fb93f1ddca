// Which components make the variance: stacked bars by depth, a picture for each chosen token.

/** A colour for each part, in the order of writing: a hue for each kind, a lightness for each layer. */
function partColours() {
  const { part: names, depth } = tables.get("shares").columns;
  const deepest = depth.reduce((a, b) => Math.max(a, b), 0); // where all have been written
  // Pre-LN: all of them stand there. Post-LN: only the last; the others follow.
  const parts = [...new Set([...names.filter((_, row) => depth[row] === deepest), ...names])];
  const layers = Math.max(1, ...parts.map((part) => Number(part.match(/\d+$/)?.[0] ?? 0)));
  return new Map(parts.map((part) => {
    const layer = Number(part.match(/\d+$/)?.[0] ?? 0) / layers;
    if (part.startsWith("token")) return [part, "hsl(210 6% 36%)"];
    if (part.startsWith("posit")) return [part, "hsl(210 6% 62%)"];
    if (part.startsWith("norm")) return [part, "var(--norm)"];
    if (part.startsWith("atten")) return [part, "hsl(280 6% 70%)"];
    return [part, part.startsWith("heads") ? `hsl(266 44% ${36 + 36 * layer}%)` : `hsl(43 78% ${36 + 34 * layer}%)`];
  }));
}

function shareBars(box, frame, token, rows, colours) {
  const names = [...new Map(rows.map((row) => [row.depth, row.site])).values()];
  const width = Math.max(280, Math.min(620, frame.clientWidth)), height = 290;
  const margin = { left: 44, right: 8, top: 28, bottom: 56 };
  const stacks = names.map((site) => {
    let up = 0, down = 0;
    return rows.filter((row) => row.site === site && row.share !== null).map((row) => {
      const from = row.share >= 0 ? up : down;
      if (row.share >= 0) up += row.share; else down += row.share;
      return { ...row, from, to: from + row.share };
    });
  });
  const ends = stacks.flat().map((one) => one.to);
  const y = axis(Math.min(0, ...ends), Math.max(1, ...ends), height - margin.bottom, margin.top, false);
  const band = (width - margin.left - margin.right) / names.length;
  const root = picture(width, height, `Shares of the variance of ${nameOf(token)} by depth. ${findingOf(box)}`);
  root.append(label(0, 12, `${quoted(token.text)}  ${token.sequence}:${token.position}`, { class: "panel-title" }));
  for (const value of ticks(Math.min(0, ...ends), Math.max(1, ...ends), false, 4)) {
    root.append(
      drawn("line", { x1: margin.left, x2: width - margin.right, y1: y(value), y2: y(value), class: value === 0 ? "reference" : "grid" }),
      label(margin.left - 6, y(value) + 4, `${Math.round(value * 100)}%`, { class: "tick", "text-anchor": "end" }));
  }
  stacks.forEach((stack, i) => {
    const left = margin.left + i * band;
    for (const one of stack) {
      const rect = drawn("rect", {
        x: (left + (band > 6 ? 1 : 0)).toFixed(1), width: Math.max(1, band - (band > 6 ? 2 : 0)).toFixed(1), class: band > 8 ? "part parted" : "part",
        y: Math.min(y(one.from), y(one.to)).toFixed(1), height: Math.abs(y(one.from) - y(one.to)).toFixed(1),
      });
      rect.style.fill = colours.get(one.part);
      root.append(rect);
    }
  });
  root.append(...siteLabels(names, (i) => margin.left + (i + 0.5) * band, height - margin.bottom + 14));
  frame.replaceChildren(root);
  const percent = (share) => `${(share * 100).toFixed(1)}%`;
  pointable(frame, root, stacks.map((stack, i) => ({
    x: margin.left + (i + 0.5) * band, y: height / 2, mark: [margin.left + i * band, margin.top, band, height - margin.top - margin.bottom], title: names[i],
    rows: [...stack].sort((a, b) => Math.abs(b.share) - Math.abs(a.share)).slice(0, 7).map((one) => [one.part, percent(one.share)]),
  })), (px) => Math.max(0, Math.min(names.length - 1, Math.floor((px - margin.left) / band))), { ArrowRight: 1, ArrowLeft: -1 });
}

function drawShares(box) {
  const colours = partColours();
  const byToken = new Map();
  for (const row of rowsOf("shares")) {
    const place = `${row.sequence_id} ${row.position}`;
    if (!byToken.has(place)) byToken.set(place, []);
    byToken.get(place).push(row);
  }
  // A swatch for each kind: of heads and MLPs the first layer's colour and the last's.
  const kinds = new Map();
  for (const [part, colour] of colours) {
    const kind = part.replace(/ \d+$/, "");
    kinds.set(kind, [...(kinds.get(kind) ?? []), { part, colour }]);
  }
  const swatches = [...kinds].map(([kind, parts]) => {
    const ends = parts.length > 1 ? [parts[0], parts[Math.floor(parts.length / 2)], parts.at(-1)] : parts;
    const layers = parts.length > 1 ? `, layers ${parts[0].part.match(/\d+$/)} to ${parts.at(-1).part.match(/\d+$/)}` : "";
    return element("span", {}, [...ends.map(({ colour }) => {
      const mark = element("span", { class: "mark" });
      mark.style.background = colour;
      return mark;
    }), `${kind}${layers}`]);
  });
  const grid = element("div", { class: "panels" });
  box.replaceChildren(element("p", { class: "key" }, swatches), grid);
  function draw() {
    const wanted = choice.tokens.map((index) => tokens[index]);
    // A recording of shares alone has no tokens to choose from: the last one with shares stands for all.
    if (!tokens.length) {
      const row = [...byToken.values()].at(-1)[0];
      wanted.push({ text: row.token, sequence: row.sequence_id, position: row.position });
    }
    grid.replaceChildren(...(wanted.length ? wanted.map(() => element("div", { class: "frame" })) : [element("p", { class: "hint", text: "Choose tokens in the text above." })]));
    wanted.forEach((token, i) => {
      const rows = byToken.get(`${token.sequence} ${token.position}`);
      if (rows) shareBars(box, grid.children[i], token, rows, colours);
      else grid.children[i].append(element("p", { class: "hint", text: `The shares of ${nameOf(token)} are not in the page.` }));
    });
  }
  choice.watchers.push(draw);
  draw();
  return draw;
}
