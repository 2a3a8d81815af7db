// Draws the diagrams on the clerks', applicants' and operators' pages, read only.
//
//   <div data-diagram data-xml-url="/desk/cases/…/diagram.bpmn"
//        data-label="手続の流れ" data-active="T7,T9" data-visited="T1,T2"
//        data-badges='{"T7": {"text": "4.1日・9件", "level": 3}}'>文字での説明</div>
//
// What stands inside the element is shown until the diagram is there, and stays (with a
// sentence) when it cannot be drawn, except what is marked data-loading. level 0-3 colours a node; mark "passed" or "never" says
// whether scenarios came by a node or flow. The page repeats the numbers.

import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';

import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn.css';
import './diagram.css';

import { drawable, fetched, reason, remarkNode, remarks } from './drawable.js';
import { fitWithMargin } from './fit.js';
import { addControls } from './zoom.js';

const SMALLEST = 0.6; // below this scale the names cannot be read
const READABLE = 0.85;
const READY = 'data-diagram-ready';

function names(text) {
  return (text || '').split(',').map(part => part.trim()).filter(Boolean);
}

function mark(viewer, host) {
  const canvas = viewer.get('canvas');
  const registry = viewer.get('elementRegistry');
  const overlays = viewer.get('overlays');
  for (const id of names(host.dataset.visited)) {
    if (registry.get(id)) canvas.addMarker(id, 'is-visited');
  }
  for (const id of names(host.dataset.active)) {
    const element = registry.get(id);
    if (!element) continue;
    canvas.addMarker(id, 'is-active');
    overlays.add(id, 'place', { position: { top: -14, left: 0 }, html: badge('現在ここ', 'diagram-here') });
  }
  for (const [id, { text, level, mark: kind }] of Object.entries(JSON.parse(host.dataset.badges || '{}'))) {
    const element = registry.get(id);
    if (!element) continue;
    if (level !== undefined) canvas.addMarker(id, `heat-${level}`);
    if (kind) canvas.addMarker(id, `is-${kind}`);
    if (text) overlays.add(id, 'badge', { position: badgePlace(element), html: badge(text, `diagram-badge${kind ? ` diagram-badge--${kind}` : ''}`) });
  }
}

// Beside the upper right corner of a shape; in the middle of a flow.
function badgePlace({ waypoints, width }) {
  if (!waypoints) return width < 60 ? { top: -16, right: 16 } : { top: -8, right: 44 };
  const [first, second] = longestPart(waypoints);
  return {
    left: (first.x + second.x) / 2 - Math.min(...waypoints.map(({ x }) => x)) - 14,
    top: (first.y + second.y) / 2 - Math.min(...waypoints.map(({ y }) => y)) - 9,
  };
}
function longestPart(points) {
  const parts = points.slice(1).map((point, index) => [points[index], point]);
  const length = ([a, b]) => Math.hypot(a.x - b.x, a.y - b.y);
  return parts.reduce((longest, part) => (length(part) > length(longest) ? part : longest));
}

function badge(text, className) {
  const element = document.createElement('span');
  element.className = className;
  element.textContent = text;
  return element;
}

// A large diagram opens at the place where the case stands, large enough to read; 「全体」 shows all of it.
function showPlace(viewer, active) {
  const canvas = viewer.get('canvas');
  const { outer, scale } = canvas.viewbox();
  const element = active.map(id => viewer.get('elementRegistry').get(id)).find(Boolean);
  if (scale >= SMALLEST || !element) return;
  const width = outer.width / READABLE;
  const height = outer.height / READABLE;
  canvas.viewbox({
    x: element.x + element.width / 2 - width / 2,
    y: element.y + element.height / 2 - height / 2,
    width,
    height,
  });
}

async function draw(host) {
  if (host.hasAttribute(READY)) return;
  host.setAttribute(READY, 'loading');
  const words = [...host.childNodes];
  const stage = document.createElement('div');
  stage.className = 'diagram-stage';
  try {
    const { xml, isLaidOut } = await drawable(await fetched(host.dataset.xmlUrl));
    host.append(stage);
    const viewer = new NavigatedViewer({ container: stage, zoomScroll: { enabled: false } });
    await viewer.importXML(xml);
    for (const node of words) node.remove();
    stage.before(...remarkNode(remarks(xml, viewer, isLaidOut)));
    host.setAttribute('role', 'group');
    host.setAttribute('aria-label', host.dataset.label || '手続の流れ図');
    mark(viewer, host);
    fitWithMargin(viewer.get('canvas'), { margin: 16 });
    showPlace(viewer, names(host.dataset.active));
    addControls(host, viewer.get('canvas'));
    host.setAttribute(READY, 'yes');
  } catch (problem) {
    stage.remove();
    host.querySelector('[data-loading]')?.remove();
    const note = document.createElement('p');
    note.textContent = reason(problem);
    host.append(note);
    host.setAttribute(READY, 'failed');
    console.error('diagram', problem);
  }
}

// A diagram inside a closed <details> has no size yet, so each one waits until it is seen.
const seen = new IntersectionObserver(entries => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    seen.unobserve(entry.target);
    draw(entry.target);
  }
}, { rootMargin: '200px' });

function watch(root) {
  for (const host of root.querySelectorAll(`[data-diagram]:not([${READY}])`)) seen.observe(host);
}

watch(document);
document.addEventListener('htmx:afterSwap', () => watch(document));
