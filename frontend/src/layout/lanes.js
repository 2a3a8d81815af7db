// Lanes: what belongs to a lane is moved into its strip, and flows between strips find a new way.

import { BPMN, all, bottomOf, moved } from './drawing.js';
import { flowing } from './routes.js';

const HEAD = 30; // the strip with the name of a lane
const ROOM = 30;
const EMPTY = 100; // height of a lane with nothing in it

export function laned(process, parts) {
  const set = [...process.children].find(one => one.localName === 'laneSet' && one.namespaceURI === BPMN);
  if (!set || !all(set, BPMN, 'lane').length) return parts;
  const shapes = parts.filter(part => !part.points);
  const laneOf = lanesOfShapes(process, set);
  const flows = new Map(all(process, BPMN, 'sequenceFlow').map(one => [one.getAttribute('id'), one]));
  const endsOf = ({ id }) => ['sourceRef', 'targetRef'].map(name => flows.get(id)?.getAttribute(name));
  const shift = new Map(); // of each shape, how far down
  const lanes = [];
  const right = Math.max(0, ...shapes.map(({ x, width }) => x + width)) + 2 * HEAD;
  let y = 0;

  function strip(lane) {
    const inside = shapes.filter(({ id }) => laneOf.get(id) === lane);
    const top = Math.min(...inside.map(part => part.y));
    for (const { id } of inside) shift.set(id, y + ROOM - top);
    const within = parts.filter(part => part.points && endsOf(part).every(id => laneOf.get(id) === lane));
    y += inside.length ? bottomOf([...inside, ...within]) - top + 2 * ROOM : EMPTY;
  }
  function place(lane, depth) {
    const start = y;
    const inner = all(lane, BPMN, 'lane').filter(one => one.parentNode.parentNode === lane);
    if (inner.length) for (const one of inner) place(one, depth + 1);
    if (!inner.length || [...laneOf.values()].includes(lane)) strip(lane);
    lanes.push({ id: lane.getAttribute('id'), x: depth * HEAD, y: start, width: right - depth * HEAD, height: y - start, isHorizontal: true, isLane: true });
  }
  for (const lane of set.children) if (lane.localName === 'lane') place(lane, 0);
  if (shapes.some(({ id }) => !laneOf.get(id))) strip(undefined); // what is in no lane stands under them

  const placed = new Map(shapes.map(part => [part.id, moved(part, HEAD, shift.get(part.id))]));
  const attached = new Set(all(process, BPMN, 'boundaryEvent').map(one => one.getAttribute('id')));
  const edges = parts.filter(part => part.points).map(part => {
    const [source, target] = endsOf(part);
    if (shift.get(source) === shift.get(target)) return moved(part, HEAD, shift.get(source));
    return { ...part, points: flowing(placed.get(source), placed.get(target), [...placed.values()], attached.has(source)) };
  });
  return [...lanes.sort((one, other) => one.x - other.x), ...placed.values(), ...edges];
}

// Id of each element -> its innermost lane. What stands in a subprocess or on an activity goes with that.
function lanesOfShapes(process, set) {
  const named = new Map();
  for (const lane of all(set, BPMN, 'lane')) {
    for (const one of lane.children) if (one.localName === 'flowNodeRef') named.set(one.textContent.trim(), lane);
  }
  const found = new Map();
  for (const element of process.getElementsByTagNameNS(BPMN, '*')) {
    let outer = element;
    while (outer.parentNode !== process) outer = outer.parentNode;
    const id = outer.getAttribute('id');
    found.set(element.getAttribute('id'), named.get(outer.getAttribute('attachedToRef')) ?? named.get(id));
  }
  return found;
}
