// The editor of decision tables: dmn-js with Japanese texts in each of its views.

import DmnModeler from 'dmn-js/lib/Modeler';

import 'dmn-js/dist/assets/diagram-js.css';
import 'dmn-js/dist/assets/dmn-js-shared.css';
import 'dmn-js/dist/assets/dmn-js-drd.css';
import 'dmn-js/dist/assets/dmn-js-decision-table.css';
import 'dmn-js/dist/assets/dmn-js-decision-table-controls.css';
import 'dmn-js/dist/assets/dmn-js-literal-expression.css';
import 'dmn-js/dist/assets/dmn-js-boxed-expression.css';
import 'dmn-js/dist/assets/dmn-js-boxed-expression-controls.css';
import 'dmn-js/dist/assets/dmn-font/css/dmn.css';
import './studio-editors.css';

import { markProblems } from './editor/marks.js';
import { setUpPresses } from './editor/presses.js';
import { setUpSaving } from './editor/saving.js';
import { setUpTrying } from './editor/trying.js';
import { typesModule } from './editor/types.js';
import { setUpWide } from './editor/wide.js';
import { lostIn } from './editor/whole.js';
import { fitWithMargin } from './fit.js';
import { translateModule } from './translate/index.js';

const host = document.querySelector('[data-dmn-editor]');
const canvasHost = host.querySelector('[data-canvas]');
const tabs = host.querySelector('[data-tabs]');
// What is typed is part of the model at once: what is saved 0.3 s later, the default, lacks it.
const own = { additionalModules: [translateModule, typesModule(() => modeler.getDefinitions())], debounceInput: 0 };

const modeler = new DmnModeler({
  container: canvasHost,
  drd: own, decisionTable: own, literalExpression: own, boxedExpression: own,
});
const WORDS = { drd: '全体の図', decisionTable: '判定表', literalExpression: '式', boxedExpression: '計算' };

function showTabs() {
  const active = modeler.getActiveView();
  tabs.replaceChildren(...modeler.getViews().map(view => {
    const tab = document.createElement('button');
    tab.type = 'button';
    tab.setAttribute('role', 'tab');
    tab.setAttribute('aria-selected', String(view === active));
    tab.tabIndex = view === active ? 0 : -1;
    tab.textContent = view.type === 'drd' ? WORDS.drd : `${WORDS[view.type] ?? ''}：${view.name || view.id}`;
    tab.addEventListener('click', () => open(view));
    return tab;
  }));
}
async function open(view) {
  await modeler.open(view);
  fitDiagram();
  sayNotDrawn();
  showTabs();
  tabs.querySelector('[aria-selected="true"]')?.focus();
}
tabs.addEventListener('keydown', event => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const views = modeler.getViews();
  open(views[(views.indexOf(modeler.getActiveView()) + step + views.length) % views.length]);
});

// Beside the palette and above the box with the name of the whole.
function fitDiagram() {
  if (modeler.getActiveView()?.type !== 'drd') return;
  fitWithMargin(modeler.getActiveViewer().get('canvas'), { margin: 24, left: 90, bottom: 110 });
}

// What is part of the model but of no diagram (other tools leave the places out) is named below it.
function sayNotDrawn() {
  const view = modeler.getActiveView();
  const drawn = view?.type === 'drd' && modeler.getActiveViewer().get('elementRegistry');
  const lacking = drawn ? view.element.get('drgElement').filter(({ id }) => !drawn.get(id)).map(({ name, id }) => `「${name || id}」`) : [];
  const note = document.querySelector('[data-not-drawn]');
  note.hidden = !lacking.length;
  note.textContent = lacking.length ? `図での位置がファイルにないため、${lacking.join('')}とその線は描かれていません。計算と検査には含まれます。` : '';
}

const read = async () => (await modeler.saveXML({ format: true })).xml;

// The file is not edited here, and cannot be saved from here either.
function refuse(why) {
  const note = document.createElement('p');
  note.className = 'editor-failure';
  note.setAttribute('role', 'alert');
  note.textContent = why;
  modeler.destroy();
  tabs.replaceChildren();
  canvasHost.replaceChildren(note);
  document.querySelector('form[data-save] button').disabled = true;
}

// What is proven of the tables of this file, as they were saved.
function showProofs(proofs) {
  const lines = proofs.map(({ name, text }) => {
    const line = document.createElement('li');
    line.textContent = `表「${name}」${text}`;
    return line;
  });
  const section = document.querySelector('[data-proofs]');
  section.hidden = !lines.length;
  section.querySelector('[data-proof-list]').replaceChildren(...lines);
}

async function start() {
  let saving = null;
  let trying = null;
  let problems = [];
  let matched = [];
  const watched = new WeakSet();
  // A table draws its cells again when it is opened, edited or clicked, and every drawing takes the marks away.
  const drawings = new MutationObserver(() => mark(problems));
  const mark = found => {
    problems = found;
    drawings.disconnect();
    markProblems(canvasHost, problems, placed);
    for (const cell of canvasHost.querySelectorAll('[data-row-id]')) cell.classList.toggle('is-matched', matched.includes(cell.dataset.rowId));
    drawings.observe(canvasHost, { subtree: true, childList: true, attributeFilter: ['class'] });
  };
  // Each view has its own command stack.
  const watch = () => {
    const viewer = modeler.getActiveViewer();
    if (!viewer || watched.has(viewer)) return;
    watched.add(viewer);
    viewer.on('commandStack.changed', () => {
      saving?.changed();
      trying?.changed();
    });
  };
  modeler.on('views.changed', () => {
    showTabs();
    watch();
  });
  try {
    const text = host.querySelector('[data-text]').value;
    await modeler.importXML(text);
    const lost = lostIn(text, await read());
    if (lost.length) {
      refuse(`この判定表には、表の編集では扱えない部分（${lost.join('、')}）があり、保存すると消えてしまいます。「文字で編集」で直してください。`);
      return;
    }
    const views = modeler.getViews();
    const tables = views.filter(({ type }) => type !== 'drd');
    if (tables.length === 1) await modeler.open(tables[0]);
    else fitDiagram();
    sayNotDrawn();
  } catch (problem) {
    refuse(`この判定表は読めません。「文字で編集」で直してください。（${problem.message}）`);
    return;
  }
  showTabs();
  watch();
  mark.open = async ({ element }) => {
    // The diagram of the whole contains every table too: it comes last.
    const views = [...modeler.getViews()].sort((a, b) => (a.type === 'drd') - (b.type === 'drd'));
    const view = views.find(one => contains(one.element, element));
    if (!view) return;
    if (view !== modeler.getActiveView()) await open(view);
    sayProblems(element, problems);
    canvasHost.querySelector(placed(element))?.scrollIntoView({ block: 'center', inline: 'center' });
  };
  saving = setUpSaving({ read, onProblems: mark, onProofs: showProofs });
  trying = setUpTrying({
    read,
    saved: async () => !saving.isChanged() || saving.save(),
    chosen: () => decisionOf(modeler.getActiveView()),
    mark: rules => {
      matched = rules;
      mark(problems);
    },
  });
  let tried = decisionOf(modeler.getActiveView());
  modeler.on('views.changed', ({ activeView }) => {
    const decision = decisionOf(activeView);
    if (!decision || decision === tried) return;
    tried = decision;
    trying.shown(decision);
  });
  for (const event of ['focusin', 'click']) {
    canvasHost.addEventListener(event, ({ target }) => {
      const cell = target.closest('[data-element-id], [data-row-id], th[data-col-id]');
      if (cell) sayProblems(cell.dataset.elementId ?? cell.dataset.colId, problems, cell.dataset.rowId);
    });
  }
  setUpPresses(canvasHost);
  setUpWide();
  host.dataset.ready = 'yes';
  window.tetsuzukiDmn = modeler; // for the browser tests
}

// What shows an element of the table: its cells, its row, or its heading. (A cell carries the id of its column too.)
const placed = id => {
  const written = CSS.escape(id);
  return `[data-element-id="${written}"], [data-row-id="${written}"], th[data-col-id="${written}"]`;
};

const decisionOf = view => (view && view.type !== 'drd' ? view.element.id : '');

// What is wrong with the cell somebody is in, below the table: a mark alone says nothing to the keyboard.
function sayProblems(cell, problems, row = null) {
  document.querySelector('[data-cell-problem]').textContent = problems
    .filter(({ element }) => element && (element === cell || element === row))
    .map(({ problem, remedy }) => `この欄：${problem}${remedy}`).join('　');
}

// Whether the element with the id is the decision or any part of it.
function contains(element, id) {
  if (!element?.$type) return false;
  return element.id === id || Object.entries(element).some(([key, value]) => !key.startsWith('$')
    && (Array.isArray(value) ? value.some(part => contains(part, id)) : key !== 'di' && contains(value, id)));
}

start();
