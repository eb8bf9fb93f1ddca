// The text, each token coloured: by its variance before the norm of the site that the slider is at, by how surprising it was, or
// by its attention to position 0; and which tokens are followed by depth.

const mostChosen = 6;

const choice = {
  tokens: recorded.chosen.slice(),
  site: Math.max(0, sites.length - 1),
  /** Called after every change. */
  watchers: [],
};

/** Follows a token, or no longer does. The one chosen first goes when there are too many. */
function toggleToken(index) {
  const place = choice.tokens.indexOf(index);
  if (place >= 0) choice.tokens.splice(place, 1);
  else choice.tokens.push(index);
  if (choice.tokens.length > mostChosen) choice.tokens.shift();
  announce(`${nameOf(tokens[index])} ${place >= 0 ? "is no longer followed" : "is followed in the curves"}`);
  for (const watcher of choice.watchers) watcher();
}

/** What the text can be coloured by: for each, the value of a token at a site, and its scale. */
const colourings = [
  {
    id: "variance", name: "variance", unit: "variance", ramp: "v", bySite: true, isThere: () => sites.length > 0,
    value: (token, site) => varianceOf(token, site), hidesFirst: true, scale: logScale,
  },
  {
    id: "surprise", name: "surprise", unit: "nats", ramp: "s", bySite: false, isThere: () => tokens.some((token) => token.surprise !== null),
    value: (token) => token.surprise, scale: (values) => plainScale(values, 1),
  },
  {
    id: "attention", name: "attention to position 0", unit: "weight", ramp: "h", bySite: true,
    isThere: () => sites.length > 0 && tokens.some((token) => token.attention.size > 0),
    value: (token, site) => token.attention.get(layerOf(site)) ?? null, hidesFirst: true, scale: (values) => plainScale(values),
  },
];

/** A token's numbers at a site, in words. */
function numbersOf(token, site) {
  const value = (column) => shown(valueOf(token, column, site));
  const surprise = token.surprise === null ? [] : [["surprise", `${shown(token.surprise)} nats, rank ${shown(token.rank)}`]];
  const attention = token.attention.get(layerOf(site));
  if (!sites.length) return surprise;
  return [
    ["variance", value("variance")], ["mean", value("mean")], ["scale", shown(scaleOf(token, site))], ["kurtosis", value("kurtosis")],
    ["largest", `${value("abs_max")} in feature ${valueOf(token, "abs_max_feature", site) ?? "none"}`],
    [recorded.norm.isRMS ? "variance after gain" : "variance after gain and bias", value("out_variance")],
    ...(valueOf(token, "nonfinite", site) ? [["values that are not finite", value("nonfinite")]] : []),
    ...surprise,
    ...(attention === undefined ? [] : [["attention to position 0", shown(attention)]]),
  ];
}

function readout(token, site) {
  if (!token) return [element("p", { class: "hint", text: "Point at a token, tap it, or move with the arrow keys, for its numbers." })];
  return [
    element("p", { class: "who" }, [
      element("strong", { text: quoted(token.text) }),
      ` sequence ${token.sequence}, position ${token.position}, id ${token.id}${sites.length ? `, at ${sites[site].name}` : ""}`,
    ]),
    element("dl", {}, numbersOf(token, site).map(([name, value]) =>
      element("div", {}, [element("dt", { text: name }), element("dd", { text: value })]))),
  ];
}

function drawText(box) {
  const output = element("output", { for: "site" });
  const slider = element("input", { type: "range", id: "site", min: 0, max: Math.max(0, sites.length - 1), step: 1 });
  slider.value = choice.site;
  const known = colourings.filter((one) => one.isThere());
  let colouring = known[0] ?? colourings[1];
  const siteBox = element("span", { class: "site" }, [element("label", { for: "site", text: "Site" }), slider, output]);
  const first = element("span", { class: "legend" }, [element("span", { class: "token sink", text: "position 0" })]);
  const modes = known.length < 2 ? [] : [choices("colouring", "Colour", known.map((one) => [one.name, one]), colouring, (one) => {
    colouring = one;
    colour();
  })];
  const scaleBox = element("span", {});
  const numbers = element("div", { class: "readout" });
  const list = element("div", {
    class: "tokens", role: "listbox", "aria-multiselectable": "true",
    "aria-label": "Tokens; Enter follows a token in the curves",
  });
  const nodes = tokens.map((token) => element("span", { class: "token", role: "option", tabindex: -1, text: visible(token.text) }));
  let group = null, sequence = null;
  tokens.forEach((token, i) => {
    if (token.sequence !== sequence) {
      sequence = token.sequence;
      group = element("div", { class: "sequence", role: "group", "aria-label": `Sequence ${sequence}`, "data-number": sequence });
      list.append(group);
    }
    group.append(nodes[i]);
    if (/\n$/.test(token.text)) group.append(element("br"));
  });

  let pointed = choice.tokens[0] ?? null, entry = 0;
  const tell = () => numbers.replaceChildren(...readout(pointed === null ? null : tokens[pointed], choice.site));
  function colour() {
    const isLeftOut = (token) => colouring.hidesFirst && token.position === 0;
    const scale = colouring.scale(tokens.filter((token) => !isLeftOut(token)).map((token) => colouring.value(token, choice.site)));
    tokens.forEach((token, i) => {
      const value = colouring.value(token, choice.site);
      const step = isLeftOut(token) ? "sink" : value === null ? "none" : `${colouring.ramp}${scale.step(value)}`;
      nodes[i].className = `token ${step}`;
    });
    output.textContent = sites[choice.site]?.name ?? "";
    slider.setAttribute("aria-valuetext", output.textContent);
    scaleBox.replaceChildren(legend(scale, colouring.unit, colouring.ramp));
    siteBox.hidden = !sites.length;
    siteBox.classList.toggle("idle", !colouring.bySite);
    first.hidden = !colouring.hidesFirst;
    tell();
    mark();
  }
  function mark() { nodes.forEach((node, i) => node.setAttribute("aria-selected", choice.tokens.includes(i))); }
  function enter(i) {
    nodes[entry].tabIndex = -1;
    entry = i;
    nodes[i].tabIndex = 0;
  }
  /** The token in the line above or below that is nearest. */
  function across(i, direction) {
    const from = nodes[i].getBoundingClientRect();
    let best = i, least = Infinity;
    for (let j = i + direction; j >= 0 && j < nodes.length; j += direction) {
      const to = nodes[j].getBoundingClientRect();
      const rows = Math.abs(to.top - from.top);
      if (rows < from.height / 2) continue;
      if (best !== i && rows > Math.abs(nodes[best].getBoundingClientRect().top - from.top) + from.height / 2) break;
      if (Math.abs(to.left - from.left) < least) [best, least] = [j, Math.abs(to.left - from.left)];
    }
    return best;
  }

  slider.addEventListener("input", () => { choice.site = Number(slider.value); colour(); });
  list.addEventListener("pointerover", (event) => {
    const i = nodes.indexOf(event.target);
    if (i >= 0) { pointed = i; tell(); }
  });
  list.addEventListener("focusin", (event) => {
    const i = nodes.indexOf(event.target);
    if (i < 0) return;
    pointed = i;
    enter(i);
    const about = numbersOf(tokens[i], choice.site).slice(0, 1).map((pair) => pair.join(" ")).join();
    nodes[i].setAttribute("aria-label", `${nameOf(tokens[i])}, ${about}`);
    tell();
  });
  list.addEventListener("click", (event) => {
    const i = nodes.indexOf(event.target);
    if (i < 0) return;
    pointed = i;
    tell();
    enter(i);
    if (sites.length) toggleToken(i);
  });
  list.addEventListener("keydown", (event) => {
    const i = nodes.indexOf(event.target);
    if (i < 0) return;
    const to = {
      ArrowRight: () => i + 1, ArrowLeft: () => i - 1, ArrowDown: () => across(i, 1), ArrowUp: () => across(i, -1),
      Home: () => 0, End: () => nodes.length - 1,
    }[event.key];
    if (to) nodes[Math.min(nodes.length - 1, Math.max(0, to()))].focus();
    else if ((event.key === "Enter" || event.key === " ") && sites.length) toggleToken(i);
    else return;
    event.preventDefault();
  });

  choice.watchers.push(mark);
  box.replaceChildren(
    element("div", { class: "controls" }, [
      ...modes, siteBox, scaleBox, first, numbers,
    ]), list);
  if (nodes.length) enter(Math.min(nodes.length - 1, choice.tokens[0] ?? 0));
  colour();
}
