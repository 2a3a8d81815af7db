// translate(text, values): the Japanese text, with {name} filled in.
// A text without a translation is shown as it is and noted in window.tetsuzukiUntranslated,
// which a browser test expects to stay empty.

import bpmn from './bpmn.js';
import dmn from './dmn.js';
import panel from './panel.js';

const texts = { ...panel, ...dmn, ...bpmn };
// Texts the linter has already filled in.
const patterns = [
  [/^Duplicate link catch event with link name <(.*)> in scope$/, 'リンク「$1」の行き先が2つあります'],
  [/^Link catch event with link name <(.*)> missing in scope$/, 'リンク「$1」の行き先がありません'],
  [/^Link throw event with link name <(.*)> missing in scope$/, 'リンク「$1」の元がありません'],
];

export default function translate(text, values = {}) {
  const pattern = texts[text] === undefined && patterns.find(([form]) => form.test(text));
  const found = pattern ? text.replace(...pattern) : texts[text];
  if (found === undefined && /[A-Za-z]{3}/.test(text) && !/^[\x20-\x7e]*[\u3000-\u9fff]/.test(text)) {
    (window.tetsuzukiUntranslated ||= new Set()).add(text);
  }
  return (found ?? text).replace(/\{([^}]+)\}/g, (_, key) => values[key] ?? `{${key}}`);
}

export const translateModule = { translate: ['value', translate] };
