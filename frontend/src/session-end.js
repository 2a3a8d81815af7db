// Warns before the session ends and lets the person stay with one press (WCAG 2.2.1). Who types or points is not idle:
// the session goes on by itself. Before it warns, the page asks the server, since another window may have extended it.

// A guest has no password to come back with: a mail link opens the case in another window, and this one goes on.
const WORDS = {
  account: {
    since: 'ログインしてから',
    ends: 'ログアウトします',
    over: 'ログアウトしました',
    form: 'ログインし直すと、続けられます。',
    page: '',
    stay: 'ログインを続ける',
    back: 'ログインし直す',
  },
  guest: {
    since: '案件を開いてから',
    ends: '利用を終えます',
    over: '利用を終えました',
    form: 'この画面を閉じずに、案件をもう一度開くと（別の画面が開きます）、ここから続けられます。',
    page: '受付番号とメールアドレスで、もう一度開けます。',
    stay: '利用を続ける',
    back: '案件をもう一度開く',
  },
};

const dialog = document.querySelector('#session-end');
const [heading, text, button] = ['heading', 'text', 'go'].map(name => dialog.querySelector(`[data-${name}]`));
const isGuest = dialog.dataset.kind === 'guest';
const words = WORDS[dialog.dataset.kind];
const warning = dialog.dataset.warning * 1000;
let end = Date.now() + dialog.dataset.endsIn * 1000;
let isCapped = false;
let isOver = false;
let active = false;
let quiet = false; // closed by another window that extended the session
let timer;

for (const name of ['keydown', 'pointerdown', 'input']) {
  document.addEventListener(name, event => { if (!dialog.contains(event.target)) active = true; }, { passive: true });
}
document.addEventListener('visibilitychange', () => { if (!document.hidden) look(); });
dialog.addEventListener('close', () => {
  if (!isOver && !isCapped && !quiet) ask('POST');
  quiet = false;
});
button.addEventListener('click', go);
plan();

function plan() {
  clearTimeout(timer);
  const left = end - Date.now();
  // A minute at a time inside the warning; long waits are cut, since a sleeping machine's timers stand still.
  const wait = left > warning ? Math.min(left - warning, 300_000) : left % 60_000 || 60_000;
  timer = setTimeout(look, Math.max(1000, wait + 200));
}

async function look() {
  if (isOver) return isGuest && ask('GET');
  if (active && !isCapped) await ask('POST');
  else if (end - Date.now() > warning) plan();
  else await ask('GET');
}

async function ask(method) {
  const { address, token } = dialog.dataset;
  active = false;
  try {
    const reply = method === 'POST'
      ? await fetch(address, { method, headers: { 'X-CSRFToken': token } })
      : await fetch(`${address}?poll=1`);
    if (reply.ok) {
      const { ends_in_s: left, cap_in_s: cap } = await reply.json();
      end = Date.now() + left * 1000;
      isCapped = cap * 1000 <= warning;
    }
  } catch { /* no line: what is known counts */ }
  show();
}

function show() {
  const left = end - Date.now();
  if (left <= 0) {
    isOver = true;
    heading.textContent = words.over;
    text.textContent = `${isCapped ? `${words.since}時間がたった` : 'しばらく操作がなかった'}ため、安全のため${words.over}。${form() ? `入力した内容は、この画面に残っています。${words.form}` : words.page}`;
    button.textContent = words.back;
  } else if (left > warning) {
    isOver = false; // opened again in another window
    if (dialog.open) {
      quiet = true;
      dialog.close();
    }
    return plan();
  } else {
    heading.textContent = `まもなく自動で${words.ends}`;
    const minutes = `あと約${Math.max(1, Math.round(left / 60_000))}分`;
    text.textContent = isCapped
      ? `${words.since}時間がたったため、${minutes}で${words.ends}。入力中のときは、保存してください。`
      : `操作がないため、${minutes}で${words.ends}。`;
    button.textContent = isCapped ? '閉じる' : words.stay;
    plan();
  }
  if (!dialog.open && (isOver || !(isCapped && dialog.returnValue))) dialog.showModal();
}

// The form whose text would be lost: that of a draft or of a task.
function form() {
  return document.querySelector('#form-page')?.closest('form');
}

function go() {
  if (!isOver) return dialog.close('stay');
  if (!form()) return location.assign(dialog.dataset.back);
  if (isGuest) return open(dialog.dataset.back, '_blank', 'noopener');
  // Posted as it stands: the sign-in page carries it along, and it comes back afterwards.
  const post = document.createElement('button');
  Object.assign(post, { name: 'action', value: 'refresh', hidden: true });
  form().append(post);
  form().requestSubmit(post);
}
