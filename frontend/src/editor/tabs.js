// Tabs by the usual pattern: arrow keys move, the chosen tab's panel is shown.
export function setUpTabs(list, onChange) {
  const tabs = () => [...list.querySelectorAll('[role="tab"]')];
  function choose(tab) {
    for (const other of tabs()) {
      const isChosen = other === tab;
      other.setAttribute('aria-selected', String(isChosen));
      other.tabIndex = isChosen ? 0 : -1;
      const panel = document.getElementById(other.getAttribute('aria-controls'));
      if (panel) panel.hidden = !isChosen;
    }
    onChange(tab.id);
  }
  list.addEventListener('click', event => {
    const tab = event.target.closest('[role="tab"]');
    if (tab) choose(tab);
  });
  list.addEventListener('keydown', event => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const all = tabs();
    const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
    next.focus();
    choose(next);
  });
}
