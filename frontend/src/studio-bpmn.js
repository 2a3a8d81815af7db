// The editor of a procedure's flow: bpmn-js with our property groups, linter, simulation, minimap.

import Modeler from 'bpmn-js/lib/Modeler';
import lintModule from 'bpmn-js-bpmnlint';
import TokenSimulation from 'bpmn-js-token-simulation';
import minimapModule from 'diagram-js-minimap';
import zeebe from 'zeebe-bpmn-moddle/resources/zeebe.json';

import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn.css';
import '@bpmn-io/properties-panel/dist/assets/properties-panel.css';
import 'bpmn-js-bpmnlint/dist/assets/css/bpmn-js-bpmnlint.css';
import 'bpmn-js-token-simulation/assets/css/bpmn-js-token-simulation.css';
import 'diagram-js-minimap/assets/diagram-js-minimap.css';
import './studio-editors.css';

import { linting } from './bpmn/lint.js';
import { attachPanel } from './bpmn/panel.jsx';
import { completeReferences } from './bpmn/references.js';
import { Undrawable, drawable, remarkNode, remarks } from './drawable.js';
import { setUpSaving } from './editor/saving.js';
import { setUpWide } from './editor/wide.js';
import { fitWithMargin } from './fit.js';
import { translateModule } from './translate/index.js';
import { addControls } from './zoom.js';

const host = document.querySelector('[data-bpmn-editor]');
const config = JSON.parse(host.dataset.config);
const canvasHost = host.querySelector('[data-canvas]');

const modeler = new Modeler({
  container: canvasHost,
  additionalModules: [lintModule, TokenSimulation, minimapModule, translateModule],
  moddleExtensions: { zeebe },
  linting: { bpmnlint: linting, active: true },
  minimap: { open: false },
});

// Problems of the server's check, on the elements they are about.
function overlayProblems(problems) {
  const overlays = modeler.get('overlays');
  const registry = modeler.get('elementRegistry');
  overlays.remove({ type: 'check' });
  const byElement = Map.groupBy
    ? Map.groupBy(problems, problem => problem.element)
    : problems.reduce((map, problem) => map.set(problem.element, [...(map.get(problem.element) ?? []), problem]), new Map());
  for (const [id, found] of byElement) {
    if (!id || !registry.get(id)) continue;
    const badge = document.createElement('div');
    badge.className = `check-badge check-badge--${found.some(({ severity }) => severity === 'error') ? 'error' : 'warning'}`;
    badge.textContent = '検査';
    const tip = document.createElement('div');
    tip.className = 'check-badge__tip';
    for (const { problem, remedy } of found) {
      const line = document.createElement('p');
      line.textContent = `${problem} ${remedy}`;
      tip.append(line);
    }
    badge.append(tip);
    overlays.add(id, 'check', { position: { bottom: 8, left: 4 }, html: badge });
  }
}
overlayProblems.open = ({ element }) => {
  const shape = modeler.get('elementRegistry').get(element);
  if (!shape) return;
  const root = modeler.get('canvas').findRoot(shape);
  if (root) modeler.get('canvas').setRootElement(root);
  modeler.get('selection').select(shape);
  if (modeler.get('canvas').zoom() < 0.6) modeler.get('canvas').zoom(0.8);
  modeler.get('canvas').scrollToElement(shape, 120);
  canvasHost.scrollIntoView({ block: 'nearest' });
};

async function start() {
  let problem = null;
  let isLaidOut = false;
  modeler.get('eventBus').on('import.parse.complete', ({ definitions }) => definitions && completeReferences(definitions));
  try {
    const found = await drawable(host.querySelector('[data-text]').value);
    isLaidOut = found.isLaidOut;
    await modeler.importXML(found.xml);
    host.before(...remarkNode([
      ...remarks(found.xml, modeler, isLaidOut),
      ...(isLaidOut ? ['保存すると、この配置が図に入ります。'] : []),
    ]));
  } catch (error) {
    problem = error;
  }
  if (problem) {
    const note = document.createElement('p');
    note.className = 'editor-failure';
    note.textContent = problem instanceof Undrawable
      ? `${problem.message}内容は「文字で編集」で直せます。`
      : `この図は読めません。「文字で編集」で直してください。（${problem.message}）`;
    canvasHost.replaceChildren(note);
    return;
  }
  // The names of lanes must not lie under the palette.
  const fit = { margin: 40, left: 130, bottom: 90 };
  fitWithMargin(modeler.get('canvas'), { ...fit, smallest: 0.5 });
  addControls(canvasHost, modeler.get('canvas'), { fit, more: [
    ['元に戻す（1つ前へ）', '元に戻す', () => modeler.get('commandStack').undo()],
    ['やり直す（戻したものを）', 'やり直す', () => modeler.get('commandStack').redo()],
  ] });
  setUpWide();
  attachPanel(modeler, host.querySelector('[data-panel]'), {
    ...config,
    get processes() {
      const own = modeler.getDefinitions().get('rootElements').filter(({ $type }) => $type === 'bpmn:Process')
        .map(({ id, name }) => ({ id, name }));
      return [...own, ...config.processes.filter(({ id }) => !own.some(other => other.id === id))];
    },
  });
  const saving = setUpSaving({
    read: async () => (await modeler.saveXML({ format: true })).xml,
    onProblems: overlayProblems,
  });
  modeler.get('eventBus').on('commandStack.changed', () => saving.changed());
  if (isLaidOut) saving.changed();
  host.dataset.ready = 'yes';
  window.tetsuzukiModeler = modeler; // for the browser tests
}

start();
