// Saving of a draft's file by any of the editors: button, Ctrl+S, the words beside the button, the
// warning before leaving, the dialog when somebody else saved the same file in between, and the
// check that follows each save.
//
// The page gives: <form data-save> with csrf_token, revision, base (digest of the text as it was
// loaded), [data-save-status], <dialog data-conflict>, <section data-problems data-check-url data-file>.

import { openFromAddress, showProblems } from './problems.js';

export function setUpSaving({ read, onProblems = () => {}, onProofs = () => {} }) {
  const form = document.querySelector('form[data-save]');
  const status = document.querySelector('[data-save-status]');
  const dialog = document.querySelector('dialog[data-conflict]');
  const problems = document.querySelector('[data-problems]');
  let changes = 0; // counts edits, so that an edit made while a save is under way stays unsaved
  let saved = 0;
  let busy = false;
  let checks = 0; // counts checks: what an older one finds was found in an older text

  const say = (text, kind = '') => {
    status.textContent = text;
    status.dataset.kind = kind;
  };

  function changed() {
    changes += 1;
    if (!busy) say('保存していない変更があります', 'changed');
  }

  async function save({ overwrite = false } = {}) {
    if (busy) return false;
    busy = true;
    const before = changes;
    say('保存しています…');
    try {
      const text = await read();
      const body = new FormData(form);
      body.set('text', text);
      if (overwrite) body.set('overwrite', '1');
      const send = async () => {
        const response = await fetch(form.action, {
          method: 'POST', body, credentials: 'same-origin', headers: { Accept: 'application/json' },
        });
        return [response, await response.json().catch(() => ({}))];
      };
      let [response, reply] = await send();
      // What was deleted on purpose goes only when somebody says so.
      if (response.status === 422 && reply.lost && confirm(`${reply.message}\n消して保存しますか。`)) {
        body.set('lose', '1');
        [response, reply] = await send();
      }
      if (response.status === 409) {
        showConflict(reply, text);
        say('保存していません：ほかの人が先に保存しました', 'error');
        return false;
      }
      if (!response.ok) {
        say(reply.message ?? `保存できませんでした（${response.status}）。画面を閉じずに、もう一度お試しください。`, 'error');
        return false;
      }
      form.elements.revision.value = reply.revision;
      form.elements.base.value = reply.base;
      saved = before;
      if (changes === saved) say(`${reply.saved_at} に保存しました`, 'saved');
      else say('保存していない変更があります', 'changed');
      check();
      return true;
    } catch (problem) {
      console.error(problem);
      say('保存できませんでした。通信を確かめて、もう一度お試しください。', 'error');
      return false;
    } finally {
      busy = false;
    }
  }

  function showConflict(reply, mine) {
    if (!dialog) return;
    dialog.querySelector('[data-conflict-message]').textContent = reply.message;
    dialog.querySelector('[data-conflict-theirs]').value = reply.theirs ?? '';
    dialog.querySelector('[data-conflict-mine]').value = mine;
    // revision and base stay as they are: a further plain save must meet the same conflict.
    dialog.showModal();
  }
  dialog?.querySelector('[data-conflict-overwrite]')?.addEventListener('click', () => {
    dialog.close();
    save({ overwrite: true });
  });
  dialog?.querySelector('[data-conflict-reload]')?.addEventListener('click', () => {
    saved = changes;
    location.reload();
  });
  dialog?.querySelector('[data-conflict-close]')?.addEventListener('click', () => dialog.close());

  async function check() {
    if (!problems) return;
    const number = ++checks;
    problems.setAttribute('aria-busy', 'true');
    const count = problems.querySelector('[data-problem-count]');
    if (!problems.dataset.state) count.textContent = '調べています…';
    try {
      const response = await fetch(problems.dataset.checkUrl, {
        credentials: 'same-origin', headers: { Accept: 'application/json' },
      });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      const { problems: found, proofs } = await response.json();
      if (number !== checks) return;
      showProblems(problems, found, onProblems.open);
      onProblems(found.filter(problem => problem.file === problems.dataset.file));
      onProofs(proofs.filter(proof => proof.file === problems.dataset.file));
    } catch (problem) {
      console.error(problem);
      if (number !== checks) return;
      delete problems.dataset.state;
      count.textContent = '検査できませんでした。通信を確かめて、もう一度保存してください。';
    } finally {
      if (number === checks) problems.removeAttribute('aria-busy');
    }
  }

  form.addEventListener('submit', event => {
    event.preventDefault();
    save();
  });
  document.addEventListener('keydown', event => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 's') {
      event.preventDefault();
      save();
    }
  });
  window.addEventListener('beforeunload', event => {
    if (changes !== saved) event.preventDefault();
  });
  // Publish, check and the like start from what is stored, so they save first.
  for (const link of document.querySelectorAll('[data-save-first]')) {
    link.addEventListener('click', async event => {
      if (changes === saved) return;
      event.preventDefault();
      if (await save()) location.href = link.href;
    });
  }
  check();
  if (onProblems.open) openFromAddress(onProblems.open);
  return { changed, save, check, isChanged: () => changes !== saved };
}
