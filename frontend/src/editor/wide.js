// The button that gives an editor the whole window: heading and path of the page step aside.

export function setUpWide(changed = () => window.dispatchEvent(new Event('resize'))) {
  const button = document.querySelector('[data-wide]');
  if (!button) return;
  button.hidden = false;
  button.addEventListener('click', () => {
    const isWide = document.body.classList.toggle('studio-is-wide');
    button.setAttribute('aria-pressed', String(isWide));
    changed();
  });
}
