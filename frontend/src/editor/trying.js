// Trying the open table with example values: the server computes, the rules that matched are marked in the table.
//
//   <details data-try data-try-url> <div data-try-body>   read: gives the text of the table as it stands
//   saved: resolves to true when the table is saved
//   chosen: gives the id of the decision in view           mark: is told the ids of the rules that matched

export function setUpTrying({ read, saved, chosen, mark }) {
  const box = document.querySelector('[data-try]');
  const body = box.querySelector('[data-try-body]');
  let asks = 0; // counts them: an answer that a later one has overtaken says nothing

  async function ask(fields = new FormData()) {
    const number = ++asks;
    fields.set('csrf_token', document.querySelector('form[data-save]').elements.csrf_token.value);
    fields.set('_text', await read());
    const focused = body.contains(document.activeElement) ? document.activeElement.id || document.activeElement.name : '';
    body.setAttribute('aria-busy', 'true');
    try {
      const response = await fetch(box.dataset.tryUrl, { method: 'POST', body: fields, credentials: 'same-origin' });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      const answer = await response.text();
      if (number !== asks) return;
      body.innerHTML = answer;
      const outcome = body.querySelector('[data-matched]');
      mark(outcome ? JSON.parse(outcome.dataset.matched) : []);
      body.querySelector(`[id="${CSS.escape(focused)}"], button[name="${CSS.escape(focused)}"]`)?.focus();
    } catch (problem) {
      console.error(problem);
      if (number !== asks) return;
      body.textContent = '試せませんでした。通信を確かめて、もう一度開いてください。';
    } finally {
      if (number === asks) body.removeAttribute('aria-busy');
    }
  }
  const entered = (submitter = null) => {
    const form = body.querySelector('[data-try-form]');
    return form ? new FormData(form, submitter) : new FormData();
  };
  function askFor(decision) {
    const fields = entered();
    if (decision) fields.set('decision', decision);
    return ask(fields);
  }

  box.addEventListener('toggle', () => { if (box.open) askFor(chosen()); });
  body.addEventListener('submit', async event => {
    event.preventDefault();
    // An example is of the saved table, and leads to the page of all examples.
    if (event.target.matches('[data-keep]')) {
      if (await saved()) event.target.submit();
      return;
    }
    ask(entered(event.submitter));
  });
  body.addEventListener('change', event => { if (event.target.name === 'decision') ask(entered()); });
  return {
    // The table is another one now: what matched before says nothing any more.
    changed() {
      mark([]);
      body.querySelector('[data-try-outcome]')?.replaceChildren(
        Object.assign(document.createElement('p'), { textContent: '表が変わりました。もう一度「試す」を押してください。' }));
    },
    shown(decision) { if (box.open) askFor(decision); },
  };
}
