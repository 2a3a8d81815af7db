// Marks what the check found on the parts of a table or form that carry their id in an attribute.

export function markProblems(root, problems, placed) {
  for (const marked of root.querySelectorAll('.has-problem')) {
    marked.classList.remove('has-problem');
    marked.removeAttribute('title');
  }
  for (const { element, problem, remedy } of problems) {
    if (!element) continue;
    for (const part of root.querySelectorAll(placed(element))) {
      part.classList.add('has-problem');
      part.title = `${problem}${remedy}`;
    }
  }
}
