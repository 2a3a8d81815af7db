// A press beside the text of a cell or of an expression is meant for that text. The editor of tables hears presses on
// the line of text alone: beside it they took the focus away, and what was then typed went nowhere.

const BOXES = 'td.cell, .literal-expression';

export function setUpPresses(host) {
  // Before the editor, which keeps presses in an expression to itself.
  host.addEventListener('mousedown', event => {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.target.closest('.cm-tooltip')) return;
    const text = event.target.closest(BOXES)?.querySelector('[contenteditable="true"]');
    if (!text || text.contains(event.target)) return;
    event.preventDefault();
    // Somebody who is already writing there goes on where the caret stands.
    if (document.activeElement === text) return;
    text.focus();
    // A cell puts another element, with the caret at its end, in the place of one that is entered.
    if (document.activeElement !== text) return;
    getSelection().selectAllChildren(text);
    getSelection().collapseToEnd();
  }, true);
}
