// Two states of a diagram beside each other; what the page lists as different is marked in both and can be gone to.
//
//   <section data-compare data-before="…" data-after="…"> [data-stage=before] [data-stage=after] <li data-part=id data-kind=…>

import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import zeebe from 'zeebe-bpmn-moddle/resources/zeebe.json';

import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn.css';
import './compare.css';

import { drawable, fetched, reason, remarkNode, remarks } from './drawable.js';
import { fitWithMargin } from './fit.js';
import { addControls } from './zoom.js';

// The viewer; null where there is no diagram or it cannot be shown, which is said in its place.
async function drawn(stage, address) {
  if (!address) return null;
  try {
    return await draw(stage, await fetched(address));
  } catch (problem) {
    console.error('compare', problem);
    stage.querySelector(':scope > p').textContent = reason(problem);
    stage.querySelector('.bjs-container')?.remove();
    return null;
  }
}

async function draw(stage, text) {
  const { xml, isLaidOut } = await drawable(text);
  const viewer = new NavigatedViewer({ container: stage, moddleExtensions: { zeebe }, zoomScroll: { enabled: false } });
  await viewer.importXML(xml);
  stage.querySelector(':scope > p')?.remove();
  stage.before(...remarkNode(remarks(xml, viewer, isLaidOut)));
  stage.setAttribute('role', 'group');
  stage.setAttribute('aria-label', stage.closest('figure').querySelector('figcaption').textContent);
  fitWithMargin(viewer.get('canvas'), { margin: 24 });
  addControls(stage, viewer.get('canvas'), { fit: { margin: 24 } });
  return viewer;
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

// What is said of an element leads to it in both diagrams.
function link(item, viewers) {
  const id = item.dataset.part;
  const found = viewers.filter(viewer => viewer?.get('elementRegistry').get(id));
  if (!found.length) return; // a definition that stands on no diagram
  for (const viewer of found) viewer.get('canvas').addMarker(id, `diff-${item.dataset.kind}`);
  const name = item.querySelector('.difference-name');
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'link-button';
  button.append(...name.childNodes);
  button.addEventListener('click', () => {
    found.forEach(viewer => show(viewer, id));
    item.closest('[data-compare]').querySelector('.compare__sides').scrollIntoView({ block: 'nearest' });
  });
  name.append(button);
}

async function compare(section) {
  const viewers = await Promise.all(['before', 'after'].map(
    side => drawn(section.querySelector(`[data-stage="${side}"]`), section.dataset[side])));
  section.querySelectorAll('[data-part]').forEach(item => link(item, viewers));
  section.dataset.ready = 'yes';
}

document.querySelectorAll('[data-compare]').forEach(compare);
