// The page of a form follows what is chosen on it: a choice on which others depend is posted at once (data-refresh), the
// draft is saved, and the page as the server makes it takes the place of the old one. What a person types, chooses or
// attaches while that request runs stays: it is carried into the fresh page, with the focus, the caret and the place on
// the screen. One request runs at a time; another choice and a pressed button wait for it, since it changes the revision.

import { calm } from './page/calm.js';
import { carry, changedSince, controlsOf, elementAt, goTo, isChanged, isFilled, keyOf, placeIn, placeOf, snapshot } from './page/controls.js';

const PAGE = '#form-page';
// Answers with a page of their own, to be seen: another window was faster, signed out, refused.
const TO_BE_SEEN = [401, 403, 409];
const FAILED = '選んだ内容に合わせて、項目を表示し直せませんでした。';
const SAVING = '保存しています…';
const SAID_AFTER_MS = 1_000; // sooner it would only flicker
const KEPT = '入力した内容は、この画面に残っています。';

let running = null; // the form whose request is under way
let again = null; // a choice made meanwhile
let pressed = null; // the button pressed meanwhile: the first one, a second press is part of the same impatience
let failed = null;
let stopWaiting = null; // takes away what says that a press waits
let leaving = false; // the form was posted as a whole
let departing = false; // a link was followed, or something downloaded

document.addEventListener('change', event => {
  const control = event.target.closest?.('[data-refresh]');
  if (control?.form) ask(control);
});

// What was chosen before this script was there, on a slow line: nobody heard of that change.
const missed = [...document.querySelectorAll('[data-refresh]')].find(one => one.form && isChanged(one));
if (missed) ask(missed);

document.addEventListener('submit', event => {
  if (leaving || !running || event.target !== running) return;
  event.preventDefault();
  const { name, value, formAction } = event.submitter || {};
  pressed ||= { name, value, address: event.submitter?.hasAttribute('formaction') ? formAction : null };
  waitFor(running);
});

addEventListener('online', () => { if (failed) ask(failed); });
addEventListener('beforeunload', () => { departing = true; });
// Who acts here is still here.
for (const name of ['pointerdown', 'keydown']) document.addEventListener(name, () => { departing = false; });

// A page shown again by the browser (back) starts from nothing, and so does one that stays because the next was stopped.
addEventListener('pageshow', stay);
globalThis.navigation?.addEventListener('navigateerror', stay);

function stay() {
  leaving = departing = false;
  stopWaiting?.();
}

function ask(control) {
  const form = control.form;
  if (leaving) return; // it went along, or is too late
  if (running) {
    again = { name: control.name, value: control.value };
    return;
  }
  running = form;
  refresh(form, control).finally(() => {
    running = null;
    const [button, next] = [pressed, again && sameControl(form, again)];
    pressed = again = null;
    // The server judges the page as a whole for a button: nothing else is asked.
    if (button && !leaving) send(form, button);
    else if (next) ask(next);
  });
}

function sameControl(form, { name, value }) {
  const all = [...form.elements].filter(one => one.name === name);
  return all.find(one => one.value === value) || all[0];
}

async function refresh(form, control) {
  await calm();
  if (pressed) return; // it posts the choice too
  const before = snapshot(form);
  const body = new FormData(form);
  body.set('action', 'refresh');
  let reply, text;
  try {
    reply = await fetch(control.dataset.refresh, { method: 'POST', body, redirect: 'manual' });
    text = await reply.text();
  } catch {
    return departing || tell(form, control, `${FAILED}通信できるか、確かめてください。${KEPT}`);
  }
  if (reply.type === 'opaqueredirect' || TO_BE_SEEN.includes(reply.status)) {
    return departing || send(form, pressed || { name: 'action', value: 'refresh' });
  }
  const fresh = new DOMParser().parseFromString(text, 'text/html');
  if ((!reply.ok && reply.status !== 422) || !fresh.querySelector(PAGE)) {
    const why = reply.status === 413 ? '添付したファイルの合計が、1回に送れる大きさを超えています。' : '少し待ってから、もう一度お試しください。';
    return tell(form, control, `${FAILED}${why}${KEPT}`);
  }
  await calm();
  swap(form, control, fresh, before);
}

// The fresh page takes the place of the old one, with everything that happened since `before`.
function swap(form, control, fresh, before) {
  failed = null;
  const old = form.querySelector(PAGE);
  const page = document.adoptNode(fresh.querySelector(PAGE));
  page.querySelectorAll('noscript').forEach(one => one.remove());
  const changed = changedSince(old, before);
  const place = placeIn(old);
  const trigger = placeOf(old, control);
  const top = (elementAt(old, place) || elementAt(old, trigger))?.getBoundingClientRect().top;

  old.replaceWith(page);
  for (const one of document.querySelectorAll('[data-fresh]')) {
    const twin = fresh.getElementById(one.id);
    if (twin) one.replaceWith(document.adoptNode(twin));
  }
  const twins = new Map(controlsOf(page).map(one => [keyOf(one), one]));
  const names = new Set(controlsOf(page).map(one => one.name));
  for (const one of [...parked(form).children, ...changed]) {
    const twin = twins.get(keyOf(one));
    if (twin) carry(one, twin);
    if (twin) one.remove();
    // A ticked box would untick those of its name that are still on the page.
    else if (isFilled(one) && !names.has(one.name)) parked(form).append(one);
  }
  const here = elementAt(page, place) || (place && elementAt(page, trigger));
  if (here) goTo(here, place);
  const now = (here || elementAt(page, trigger))?.getBoundingClientRect().top;
  if (top !== undefined && now !== undefined && Math.abs(now - top) > 1) scrollBy({ top: now - top, behavior: 'instant' });
}

// Where controls wait that were filled in while the refresh took them off the page: they go along with the form, and
// come back with their field.
function parked(form) {
  let place = form.querySelector(':scope > [data-parked]');
  if (!place) {
    place = document.createElement('div');
    place.hidden = true;
    place.dataset.parked = '';
    form.append(place);
  }
  return place;
}

// Posts the form as if this button had been pressed.
function send(form, { name, value, address }) {
  const button = document.createElement('button');
  button.hidden = true;
  if (name) Object.assign(button, { name, value });
  if (address) button.formAction = address;
  form.append(button);
  leaving = true;
  form.requestSubmit(button);
  button.remove();
}

// A press that waits is seen to: at once by the pointer, then in words, over the page so that nothing moves. They stay
// until the next page comes.
function waitFor(form) {
  if (stopWaiting) return;
  const words = document.createElement('p');
  words.className = 'saving';
  words.setAttribute('role', 'status');
  // Beside the form: what is inside something busy is not read out.
  form.after(words);
  form.setAttribute('aria-busy', 'true');
  const timer = setTimeout(() => { words.textContent = SAVING; }, SAID_AFTER_MS);
  stopWaiting = () => {
    clearTimeout(timer);
    words.remove();
    form.removeAttribute('aria-busy');
    stopWaiting = null;
  };
}

function tell(form, control, words) {
  form.querySelector('[data-problem]')?.remove();
  failed = control;
  const notice = document.createElement('div');
  notice.className = 'notice notice--error';
  notice.setAttribute('role', 'alert');
  notice.dataset.problem = '';
  const text = document.createElement('p');
  text.textContent = words;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'button button--secondary button--small';
  button.textContent = 'もう一度試す';
  button.addEventListener('click', () => ask(control));
  const line = document.createElement('p');
  line.append(button);
  notice.append(text, line);
  (control.closest('.field') || form.querySelector(PAGE)).after(notice);
}
