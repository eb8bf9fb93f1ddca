// Draws every picture that the page has a place for, and again when its width or its colours change.

const drawings = {
  text: (box) => { drawText(box); },
  heatmap: (box) => { drawHeatmap(box); return () => heat.redraw(); },
  curves: drawCurves,
  before_and_after: (box) => { drawBeforeAndAfter(box); return () => drawBeforeAndAfter(box); },
  count: (box) => { drawCount(box); return () => drawCount(box); },
  axis: (box) => { drawAxis(box); return () => drawAxis(box); },
  gain: (box) => { drawGain(box); return () => drawGain(box); },
  heads: (box) => { drawHeads(box); },
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
