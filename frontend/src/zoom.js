// Buttons that make a diagram larger and smaller: for people who have no wheel, and for touch screens.

import './zoom.css';

import { fitWithMargin } from './fit.js';

function button(label, text, act) {
  const element = document.createElement('button');
  element.type = 'button';
  element.textContent = text;
  element.setAttribute('aria-label', label);
  element.title = label;
  element.addEventListener('click', act);
  return element;
}

// more: further buttons as [label, text, act].
export function addControls(host, canvas, { fit = { margin: 16 }, more = [] } = {}) {
  const bar = document.createElement('div');
  bar.className = 'diagram-controls';
  bar.append(
    button('図を拡大する', '＋', () => canvas.zoom(Math.min(canvas.zoom() * 1.25, 4), 'auto')),
    button('図を縮小する', '－', () => canvas.zoom(Math.max(canvas.zoom() / 1.25, 0.2), 'auto')),
    button('図の全体を表示する', '全体', () => fitWithMargin(canvas, fit)),
    ...more.map(one => button(...one)));
  host.append(bar);
  return bar;
}
