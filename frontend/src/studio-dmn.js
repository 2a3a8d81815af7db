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
import { setUpSaving } from './editor/saving.js';
import { setUpWide } from './editor/wide.js';
import { translateModule } from './translate/index.js';

const host = document.querySelector('[data-dmn-editor]');
const canvasHost = host.querySelector('[data-canvas]');
const tabs = host.querySelector('[data-tabs]');
const own = { additionalModules: [translateModule] };

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
  showTabs();
  tabs.querySelector('[aria-selected="true"]')?.focus();
}
tabs.addEventListener('keydown', event => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const views = modeler.getViews();
  open(views[(views.indexOf(modeler.getActiveView()) + step + views.length) % views.length]);
});

async function start() {
  let saving = null;
  const watched = new WeakSet();
  // Each view has its own command stack.
  const watch = () => {
    const viewer = modeler.getActiveViewer();
    if (!viewer || watched.has(viewer)) return;
    watched.add(viewer);
    viewer.on('commandStack.changed', () => saving?.changed());
  };
  modeler.on('views.changed', () => {
    showTabs();
    watch();
  });
  try {
    await modeler.importXML(host.querySelector('[data-text]').value);
    const views = modeler.getViews();
    const tables = views.filter(({ type }) => type !== 'drd');
    if (tables.length === 1) await modeler.open(tables[0]);
  } catch (problem) {
    const note = document.createElement('p');
    note.className = 'editor-failure';
    note.textContent = `この判定表は読めません。「文字で編集」で直してください。（${problem.message}）`;
    canvasHost.replaceChildren(note);
    return;
  }
  showTabs();
  watch();
  let problems = [];
  const mark = found => {
    problems = found;
    markProblems(canvasHost, problems, ['data-element-id', 'data-row-id']);
  };
  mark.open = async ({ element }) => {
    const view = modeler.getViews().find(one => contains(one.element, element));
    if (!view) return;
    if (view !== modeler.getActiveView()) await open(view);
    mark(problems);
    canvasHost.querySelector(`[data-element-id="${CSS.escape(element)}"], [data-row-id="${CSS.escape(element)}"]`)
      ?.scrollIntoView({ block: 'center', inline: 'center' });
  };
  // A view draws its table again when it is opened and at each change.
  modeler.on('views.changed', () => setTimeout(() => mark(problems)));
  saving = setUpSaving({ read: async () => (await modeler.saveXML({ format: true })).xml, onProblems: mark });
  setUpWide();
  host.dataset.ready = 'yes';
  window.tetsuzukiDmn = modeler; // for the browser tests
}

// Whether the element with the id is the decision or any part of it.
function contains(element, id) {
  if (!element?.$type) return false;
  return element.id === id || Object.entries(element).some(([key, value]) => !key.startsWith('$')
    && (Array.isArray(value) ? value.some(part => contains(part, id)) : key !== 'di' && contains(value, id)));
}

start();
