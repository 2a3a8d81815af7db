// When the page may be changed under the person's hands: not while a Japanese text is being composed, not while a
// button is held down (its click would be lost with the button).

// A press whose end the browser never tells (a list that opens over the page) does not count for ever.
const LONGEST_PRESS_MS = 1500;
let composing = false;
let pressed = 0;
let waiting = [];

document.addEventListener('compositionstart', () => { composing = true; });
document.addEventListener('compositionend', () => { composing = false; soon(); });
document.addEventListener('pointerdown', event => {
  if (event.target.closest?.('select')) return;
  pressed = performance.now();
  setTimeout(soon, LONGEST_PRESS_MS + 50);
});
for (const name of ['pointerup', 'pointercancel']) {
  document.addEventListener(name, () => { pressed = 0; soon(); });
}

function isBusy() {
  return composing || (pressed && performance.now() - pressed < LONGEST_PRESS_MS);
}

// After the events that belong to the end of a composition or a press: the last input, the click.
function soon() {
  setTimeout(() => {
    if (isBusy()) return;
    const ready = waiting;
    waiting = [];
    ready.forEach(go => go());
  }, 0);
}

// Resolves when nothing is being composed or pressed.
export async function calm() {
  while (isBusy()) await new Promise(go => { waiting.push(go); });
}
