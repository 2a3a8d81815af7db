// When the page may be changed under the person's hands: not in the middle of something that the change would undo. A
// Japanese text being composed, a button or key held down (its click would be lost with the button), an open list, the
// window in which a file is picked (the file would go to a field that is no longer there).

// The longest each may count, for ends that the browser never tells.
const PRESS_MS = 5_000;
const CLICK_AFTER_TOUCH_MS = 400; // from the finger's leaving to the click, where a double tap zooms
const LIST_MS = 60_000;
const PICKER_MS = 600_000;

const busyUntil = new Map(); // what -> time on the clock of performance.now()
let openList = null;
let waiting = [];

const on = (name, act) => document.addEventListener(name, act, true);

on('compositionstart', () => begin('composition', Infinity));
on('compositionend', () => end('composition'));

on('pointerdown', event => {
  end('list', 'picker');
  if (!event.isPrimary || event.button) return;
  if (!opened(event.target)) begin('press', PRESS_MS);
});
on('pointerup', () => { if (busyUntil.has('press')) begin('press', CLICK_AFTER_TOUCH_MS); });
on('pointercancel', () => end('press', 'list'));

on('keydown', event => {
  if (event.isComposing) return;
  end('picker');
  const opens = [' ', 'F4'].includes(event.key) || (event.altKey && event.key.startsWith('Arrow'));
  if (opens) opened(event.target);
  if (['Enter', 'Escape', 'Tab'].includes(event.key)) end('list');
  if (event.key === ' ') begin('key', PRESS_MS);
});
on('keyup', event => { if (event.key === ' ') end('key'); });

on('click', event => {
  end('press');
  if (event.target.type === 'file') begin('picker', PICKER_MS);
});
// Leaving the field before also tells of a change, and of the focus that goes.
for (const name of ['change', 'cancel']) on(name, event => { if (event.target.type === 'file') end('picker'); });
for (const name of ['change', 'focusout']) on(name, event => { if (event.target === openList) end('list'); });

// Whether the element is a list, which opens over the page now.
function opened(element) {
  const list = element.closest?.('select');
  if (list) {
    openList = list;
    begin('list', LIST_MS);
  }
  return Boolean(list);
}

function begin(what, ms) {
  busyUntil.set(what, performance.now() + ms);
  if (ms !== Infinity) setTimeout(soon, ms + 50);
}

function end(...all) {
  for (const what of all) busyUntil.delete(what);
  soon();
}

function isBusy() {
  return [...busyUntil.values()].some(until => performance.now() < until);
}

// After the events that belong to the end: the last input, the click.
function soon() {
  setTimeout(() => {
    if (isBusy()) return;
    const ready = waiting;
    waiting = [];
    ready.forEach(go => go());
  }, 0);
}

// Resolves when the person is in the middle of nothing.
export async function calm() {
  while (isBusy()) await new Promise(go => { waiting.push(go); });
}
