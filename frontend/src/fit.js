// Shows the whole diagram with a margin, never larger than drawn. smallest: below this scale nothing can be read, so
// only the upper left part is shown.
export function fitWithMargin(canvas, { margin = 24, left = margin, bottom = margin, largest = 1, smallest = 0 } = {}) {
  const { inner, outer } = canvas.viewbox();
  if (!outer.width || !outer.height || !inner.width || !inner.height) return;
  const scale = Math.max(smallest, Math.min(
    (outer.width - left - margin) / inner.width,
    (outer.height - bottom - margin) / inner.height,
    largest));
  if (!(scale > 0)) return;
  canvas.viewbox({
    x: inner.x - left / scale,
    y: inner.y - margin / scale,
    width: outer.width / scale,
    height: outer.height / scale,
  });
}
