// Draws every picture that the page has a place for, and again when its width or its colours change.

/** Draws, and draws anew in the same way. */
function again(draw) { return (box) => { draw(box); return () => draw(box); }; }

const drawings = {
  text: (box) => { drawText(box); },
  heatmap: (box) => { drawHeatmap(box); return () => heat.redraw(); },
  curves: drawCurves,
  count: again(drawCount),
  axis: again(drawAxis),
  contexts: again(drawContexts),
  compare: again(drawComparison),
  kurtosis: again(drawKurtosis),
  before_and_after: again(drawBeforeAndAfter),
  kept: again(drawKept),
  schemes: again(drawSchemes),
  gain: again(drawGain),
  effects: again(drawEffects),
  edits: (box) => { drawEdits(box); },
  patch: (box) => { drawPatch(box); },
  ablation: (box) => { drawAblation(box); },
  heads: (box) => { drawHeads(box); },
  attention: (box) => { drawAttention(box); },
  shares: drawShares,
};

const redraws = [];
for (const box of document.querySelectorAll("[data-picture]")) {
  const redraw = drawings[box.dataset.picture](box);
  if (redraw) redraws.push(redraw);
}
watchSources();

function redrawAll() { for (const redraw of redraws) redraw(); }

let width = document.documentElement.clientWidth, waiting = 0;
window.addEventListener("resize", () => {
  if (document.documentElement.clientWidth === width) return; // a phone's address bar
  width = document.documentElement.clientWidth;
  cancelAnimationFrame(waiting);
  waiting = requestAnimationFrame(redrawAll);
});
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redrawAll);
// Paper is white: what is painted must be painted anew for it.
window.addEventListener("beforeprint", () => { document.documentElement.classList.add("printing"); heat.redraw(); });
window.addEventListener("afterprint", () => { document.documentElement.classList.remove("printing"); heat.redraw(); });
