// What stands in the controls of a form, and how it gets into those of a fresh page.

const CONTROLS = 'input[name], select[name], textarea[name]';

export function controlsOf(root) {
  return [...root.querySelectorAll(CONTROLS)].filter(one => one.type !== 'hidden');
}

// Names a control across two versions of a page: each box of a group is one of its own.
export function keyOf(control) {
  return isTick(control) ? `${control.name}=${control.value}` : control.name;
}

function isTick(control) {
  return control.type === 'radio' || control.type === 'checkbox';
}

// Something that compares with ===, whatever the control holds.
function stateOf(control) {
  if (isTick(control)) return control.checked;
  if (control.type === 'file') return [...control.files].map(fileKey).join('\n');
  if (control.multiple) return [...control.selectedOptions].map(one => one.value).join('\n');
  return control.value;
}

const fileKeys = new WeakMap();
function fileKey(file) {
  if (!fileKeys.has(file)) fileKeys.set(file, `${file.name}:${file.size}:${file.lastModified}:${Math.random()}`);
  return fileKeys.get(file);
}

// Key -> state of every control.
export function snapshot(root) {
  return new Map(controlsOf(root).map(control => [keyOf(control), stateOf(control)]));
}

// The controls in which something was typed or chosen since the snapshot.
export function changedSince(root, before) {
  return controlsOf(root).filter(control => before.get(keyOf(control)) !== stateOf(control));
}

// Whether the control holds something else than the server sent.
export function isChanged(control) {
  if (isTick(control)) return control.checked !== control.defaultChecked;
  if (!control.options) return control.value !== control.defaultValue;
  const sent = [...control.options].filter(one => one.defaultSelected);
  if (!sent.length && !control.multiple) sent.push(control.options[0]);
  return [...control.options].some(one => one.selected !== sent.includes(one));
}

export function isFilled(control) {
  return isTick(control) ? control.checked : Boolean(stateOf(control));
}

// `to` holds what `from` holds.
export function carry(from, to) {
  if (isTick(from)) to.checked = from.checked;
  else if (from.type === 'file') to.files = from.files;
  else if (from.multiple) for (const one of to.options) one.selected = [...from.selectedOptions].some(o => o.value === one.value);
  else to.value = from.value;
}

// Where the person is: the focused element, its selection, what is scrolled inside it. Null outside the root.
export function placeIn(root) {
  const active = document.activeElement;
  if (!active || active === document.body || !root.contains(active)) return null;
  const place = placeOf(root, active);
  place.scroll = active.scrollTop;
  place.height = active.style.height; // of a text area somebody drew larger
  try {
    place.selection = [active.selectionStart, active.selectionEnd, active.selectionDirection];
  } catch { /* some types of input have none */ }
  return place;
}

// What an element is found by in another version of the page. number: among those that look the same.
export function placeOf(root, element) {
  const { id, tagName: tag } = element;
  return { id, tag, like: likeness(element), number: alike(root, tag, likeness(element)).indexOf(element) };
}

// The element in the fresh page that stands for the one of the place; null when it is gone.
export function elementAt(root, place) {
  if (!place) return null;
  const found = place.id && root.querySelector(`#${CSS.escape(place.id)}`);
  if (found) return found;
  const all = alike(root, place.tag, place.like);
  return all[place.number] || all[all.length - 1] || null;
}

function alike(root, tag, like) {
  return [...root.querySelectorAll(tag)].filter(one => likeness(one) === like);
}

// A control or button by what it posts, a link by where it leads.
function likeness(element) {
  return JSON.stringify(element.name === undefined || element.href ? [element.href] : [element.name, VALUED.has(element.type) ? element.value : '']);
}
const VALUED = new Set(['radio', 'checkbox', 'submit', 'button']);

export function goTo(element, place) {
  element.focus({ preventScroll: true });
  if (place.height) element.style.height = place.height;
  element.scrollTop = place.scroll;
  if (place.selection && place.selection[0] !== null && element.setSelectionRange) {
    try {
      element.setSelectionRange(...place.selection);
    } catch { /* an input of another type by now */ }
  }
}
