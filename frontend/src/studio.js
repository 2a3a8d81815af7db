// The pages of the studio without an editor of their own: line numbers and saving of the text editor.

import './studio.css';

import { setUpSaving } from './editor/saving.js';
import { setUpWide } from './editor/wide.js';

const host = document.querySelector('[data-text-editor]');
if (host) {
  const area = host.querySelector('textarea');
  const numbers = host.querySelector('[data-numbers]');

  function number() {
    const count = area.value.split('\n').length;
    if (numbers.childElementCount === count) return;
    numbers.replaceChildren(...Array.from({ length: count }, (_, index) => {
      const line = document.createElement('div');
      line.textContent = index + 1;
      return line;
    }));
  }
  function goTo({ line }) {
    if (!line) return;
    const start = area.value.split('\n').slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0);
    const end = area.value.indexOf('\n', start);
    area.focus();
    area.setSelectionRange(start, end < 0 ? area.value.length : end);
    area.scrollTop = (line - 5) * parseFloat(getComputedStyle(area).lineHeight);
  }
  area.addEventListener('scroll', () => { numbers.scrollTop = area.scrollTop; });
  const mark = () => {};
  mark.open = goTo;
  const saving = setUpSaving({ read: async () => area.value, onProblems: mark });
  area.addEventListener('input', () => {
    number();
    saving.changed();
  });
  number();
  setUpWide();
}
