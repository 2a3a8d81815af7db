// Every visible text, title, placeholder and label inside the editors that has Latin words and no Japanese.
// Left out: what the file itself says (formulas, ids (also those the simulation gives), values of inputs) and the name of the file.
() => {
  const found = new Set(window.tetsuzukiUntranslated ?? []);
  const isEnglish = text => /[A-Za-z]{3,}/.test(text) && !/[\u3040-\u30ff\u4e00-\u9fff]/.test(text);
  const own = '.bts-scope, .cm-editor, [class*="ͼ"], .content-editable, textarea, code, .djs-visual, .dmn-definitions-id, .breadcrumbs, script, style';
  for (const host of document.querySelectorAll('main, .djs-popup, .dmn-context-menu')) {
    const walker = document.createTreeWalker(host, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const { parentElement, textContent } = walker.currentNode;
      if (parentElement.closest(own) || !parentElement.getClientRects().length) continue;
      if (isEnglish(textContent)) found.add(textContent.trim());
    }
    for (const element of host.querySelectorAll('[title], [placeholder], [aria-label], [alt]')) {
      for (const name of ['title', 'placeholder', 'aria-label', 'alt']) {
        const text = element.getAttribute(name);
        if (text && isEnglish(text)) found.add(text.trim());
      }
    }
  }
  return [...found];
}
