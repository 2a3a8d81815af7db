// Shows the whole diagram with a margin, never larger than drawn.
export function fitWithMargin(canvas, { margin = 24, left = margin, bottom = margin, largest = 1 } = {}) {
  const { inner, outer } = canvas.viewbox();
  if (!outer.width || !outer.height || !inner.width || !inner.height) return;
  const scale = Math.min(
    (outer.width - left - margin) / inner.width,
    (outer.height - bottom - margin) / inner.height,
    largest);
  if (!(scale > 0)) return;
  canvas.viewbox({
    x: inner.x - left / scale,
    y: inner.y - margin / scale,
    width: outer.width / scale,
    height: outer.height / scale,
  });
}
