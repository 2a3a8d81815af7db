// The list of what the check found, below the editor.

export function showProblems(section, problems, open) {
  const list = section.querySelector('[data-problem-list]');
  const count = section.querySelector('[data-problem-count]');
  const errors = problems.filter(problem => problem.severity === 'error').length;
  count.textContent = problems.length
    ? `誤り ${figure(errors)}件・注意 ${figure(problems.length - errors)}件`
    : '検査の指摘はありません。公開できます。';
  section.dataset.state = errors ? 'error' : problems.length ? 'warning' : 'fine';
  const own = section.dataset.file;
  const most = Number(section.dataset.most);
  list.replaceChildren(...[...problems]
    .sort((a, b) => (b.file === own) - (a.file === own) || (a.severity !== 'error') - (b.severity !== 'error'))
    .slice(0, most)
    .map(problem => line(problem, own, open)));
  const more = section.querySelector('[data-problem-more]');
  more.hidden = problems.length <= most;
  more.textContent = `ほかに${figure(problems.length - most)}件あります。上のものを直してから、もう一度検査してください。`;
}

const figure = count => count.toLocaleString('ja');

// The place named in the address, by a link of the pages 検査 and 公開.
export function openFromAddress(open) {
  const place = new URLSearchParams(location.hash.slice(1));
  if (place.size) open({ element: place.get('element'), line: Number(place.get('line')) || null });
}

function line(problem, own, open) {
  const item = document.createElement('li');
  item.dataset.severity = problem.severity;
  const isHere = problem.file === own && open && (problem.element || problem.line);
  const where = document.createElement(isHere ? 'button' : problem.href && problem.file !== own ? 'a' : 'span');
  where.className = 'problem-where';
  where.textContent = [problem.file, problem.name || problem.element, problem.line ? `${problem.line}行目` : '']
    .filter(Boolean).join('　');
  if (where.tagName === 'BUTTON') {
    where.type = 'button';
    where.addEventListener('click', () => open(problem));
  } else if (where.tagName === 'A') {
    where.href = problem.href;
  }
  const what = document.createElement('span');
  what.className = 'problem-what';
  what.textContent = `${problem.severity === 'error' ? '誤り' : '注意'}：${problem.problem}`;
  const remedy = document.createElement('span');
  remedy.className = 'problem-remedy';
  remedy.textContent = `直し方：${problem.remedy}`;
  item.append(what, remedy, where);
  return item;
}
