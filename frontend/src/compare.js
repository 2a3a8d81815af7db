// Two states of a diagram beside each other, what differs marked in both and listed in words.
//
//   <section data-compare data-before="…" data-after="…"> [data-stage=before] [data-stage=after] [data-compare-list]

import { diff } from 'bpmn-js-differ';
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import zeebe from 'zeebe-bpmn-moddle/resources/zeebe.json';

import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn.css';
import './compare.css';

import { kindOf } from './bpmn/kinds.js';
import { differences } from './compare/words.js';
import { fitWithMargin } from './fit.js';
import { addControls } from './zoom.js';

const WORDS = { removed: '削除', added: '追加', changed: '変更', moved: '位置だけ' };

async function drawn(stage, address) {
  if (!address) return null;
  const response = await fetch(address, { credentials: 'same-origin' });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const viewer = new NavigatedViewer({ container: stage, moddleExtensions: { zeebe }, zoomScroll: { enabled: false } });
  await viewer.importXML(await response.text());
  stage.querySelector(':scope > p')?.remove();
  stage.setAttribute('role', 'group');
  stage.setAttribute('aria-label', stage.closest('figure').querySelector('figcaption').textContent);
  fitWithMargin(viewer.get('canvas'), { margin: 24 });
  addControls(stage, viewer.get('canvas'), { fit: { margin: 24 } });
  return viewer;
}

const modelOf = (viewer, id) => viewer?.get('elementRegistry').get(id)?.businessObject;

// [{id, kind: removed|added|changed|moved, model, words}]
function found(before, after) {
  const compared = diff(before.getDefinitions(), after.getDefinitions());
  const rows = [];
  const onlyIn = (one, other, kind) => one.get('elementRegistry').filter(({ id, type }) => type !== 'label' && !modelOf(other, id))
    .forEach(({ id, businessObject }) => rows.push({ id, kind, model: businessObject, words: [] }));
  onlyIn(before, after, 'removed');
  onlyIn(after, before, 'added');
  for (const id of Object.keys(compared._changed)) {
    const [old, now] = [modelOf(before, id), modelOf(after, id)];
    const words = old && now ? differences(old, now) : [];
    // A pool whose content changed says nothing new itself.
    if (words.length) rows.push({ id, kind: 'changed', model: now, words });
  }
  for (const [id, model] of Object.entries(compared._layoutChanged)) {
    if (modelOf(after, id) && !rows.some(row => row.id === id)) rows.push({ id, kind: 'moved', model, words: [] });
  }
  return rows;
}

function mark(viewer, rows, kinds) {
  const registry = viewer.get('elementRegistry');
  for (const { id, kind } of rows) {
    if (kinds.includes(kind) && registry.get(id)) viewer.get('canvas').addMarker(id, `diff-${kind}`);
  }
}

function show(viewer, id) {
  const shape = viewer?.get('elementRegistry').get(id);
  if (!shape) return;
  const canvas = viewer.get('canvas');
  for (const marked of viewer.get('elementRegistry').filter(one => canvas.hasMarker(one, 'diff-chosen'))) canvas.removeMarker(marked, 'diff-chosen');
  canvas.addMarker(shape, 'diff-chosen');
  if (canvas.zoom() < 0.7) canvas.zoom(0.7);
  canvas.scrollToElement(shape, 80);
}

function line(row, viewers) {
  const item = document.createElement('li');
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'link-button';
  button.textContent = `${WORDS[row.kind]}：${kindOf(row.model)}「${row.model.name || row.id}」`;
  button.addEventListener('click', () => viewers.forEach(viewer => show(viewer, row.id)));
  item.append(button);
  for (const words of row.words) {
    const text = document.createElement('div');
    text.textContent = words;
    item.append(text);
  }
  return item;
}

async function compare(section) {
  const list = section.querySelector('[data-compare-list]');
  try {
    const viewers = await Promise.all(['before', 'after'].map(
      side => drawn(section.querySelector(`[data-stage="${side}"]`), section.dataset[side])));
    const [before, after] = viewers;
    if (!before || !after) {
      list.replaceChildren();
      return;
    }
    const rows = found(before, after);
    mark(before, rows, ['removed', 'changed', 'moved']);
    mark(after, rows, ['added', 'changed', 'moved']);
    list.replaceChildren(...rows.map(row => line(row, viewers)));
    if (!rows.length) list.append(Object.assign(document.createElement('li'), { textContent: '図の上で変わった要素はありません。' }));
    section.dataset.ready = 'yes';
  } catch (problem) {
    console.error('compare', problem);
    list.replaceChildren(Object.assign(document.createElement('li'), { textContent: '図を比べられませんでした。下の文字の違いをご覧ください。' }));
  }
}

document.querySelectorAll('[data-compare]').forEach(compare);
