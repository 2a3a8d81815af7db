// Lays a diagram out that carries no positions (BPMNDI). A bundle of its own: pages load it when they meet such a file.
//
// bpmn-auto-layout lays out the first process of a file and knows no pools, lanes, message flows and annotations, so
// each process is given to it alone, and these are drawn around what it returns. Groups and data associations are not drawn.

import { layoutProcess } from 'bpmn-auto-layout';

import { BPMN, BPMNDI, all, bottomOf, diagram, moved, read } from './layout/drawing.js';
import { laned } from './layout/lanes.js';
import { joined } from './layout/routes.js';

const SUBPROCESSES = ['subProcess', 'transaction', 'adHocSubProcess'];
const NOT_FLOWING = ['laneSet', 'extensionElements', 'dataObject', 'textAnnotation', 'association', 'group'];
const ROOM = 40;

// The text with a diagram in which every process has its place; nothing else in it is changed.
export async function laidOut(xml) {
  const file = new DOMParser().parseFromString(xml, 'application/xml');
  const participants = all(file, BPMN, 'participant');
  const processes = all(file, BPMN, 'process');
  const drawn = new Map();
  for (const process of processes) drawn.set(process, await drawingOf(process));
  if (![...drawn.values()].some(parts => parts.length)) throw new Error('nothing to lay out');
  for (const old of all(file, BPMNDI, 'BPMNDiagram')) old.remove();
  if (participants.length) drawPools(file, participants, drawn);
  else for (const [process, parts] of drawn) add(file, process, parts);
  return new XMLSerializer().serializeToString(file);
}

function add(file, element, parts) {
  file.documentElement.append(diagram(file, element.getAttribute('id'), parts));
}

// What stands in a process: shapes {id, x, y, width, height} and edges {id, points}, from (0, 0) on.
async function drawingOf(process) {
  const alone = new DOMParser().parseFromString(`<definitions xmlns="${BPMN}"/>`, 'application/xml');
  const copy = alone.importNode(process, true);
  for (const name of NOT_FLOWING) for (const part of all(copy, BPMN, name)) part.remove();
  alone.documentElement.append(copy);
  nameFlows(alone, copy);
  // It takes only this from a drawing: which subprocesses are open.
  const open = SUBPROCESSES.flatMap(name => all(copy, BPMN, name))
    .map(one => ({ id: one.getAttribute('id'), x: 0, y: 0, width: 100, height: 80, isExpanded: true }));
  add(alone, process, open);
  const text = await layoutProcess(new XMLSerializer().serializeToString(alone));
  const result = new DOMParser().parseFromString(text, 'application/xml');
  const parts = [...all(result, BPMNDI, 'BPMNShape'), ...all(result, BPMNDI, 'BPMNEdge')].map(read);
  return withNotes(process, laned(process, parts));
}

// It follows flows only where each element names its own, which a file need not do.
function nameFlows(file, process) {
  const byId = new Map(all(process, BPMN, '*').map(one => [one.getAttribute('id'), one]));
  for (const one of [...all(process, BPMN, 'incoming'), ...all(process, BPMN, 'outgoing')]) one.remove();
  for (const flow of all(process, BPMN, 'sequenceFlow')) {
    const ends = ['sourceRef', 'targetRef'].map(name => byId.get(flow.getAttribute(name)));
    if (!ends.every(Boolean)) {
      flow.remove();
      continue;
    }
    for (const [index, name] of ['outgoing', 'incoming'].entries()) {
      const line = file.createElementNS(BPMN, name);
      line.textContent = flow.getAttribute('id');
      ends[index].append(line);
    }
  }
}

// Annotations stand in a row under the rest.
function withNotes(process, parts) {
  const notes = all(process, BPMN, 'textAnnotation').map((one, index) => ({
    id: one.getAttribute('id'), x: ROOM + index * 200, y: bottomOf(parts) + ROOM, width: 180, height: 60 }));
  const everything = [...parts, ...notes];
  return [...everything, ...lines(all(process, BPMN, 'association'), everything)];
}

function lines(elements, parts) {
  const shapes = new Map(parts.filter(({ points }) => !points).map(part => [part.id, part]));
  return elements.flatMap(one => {
    const ends = ['sourceRef', 'targetRef'].map(name => shapes.get((one.getAttribute(name) ?? '').split(':').pop()));
    return ends.every(Boolean) ? [{ id: one.getAttribute('id'), points: joined(...ends) }] : [];
  });
}

// The pools stand under each other, all as wide as the widest.
function drawPools(file, participants, drawn) {
  const processes = new Map([...drawn.keys()].map(process => [process.getAttribute('id'), process]));
  const contents = participants.map(one => {
    const process = processes.get((one.getAttribute('processRef') ?? '').split(':').pop());
    processes.delete(process?.getAttribute('id'));
    return drawn.get(process) ?? [];
  });
  const width = Math.max(400, ...contents.flat().map(part => (part.points ? 0 : part.x + part.width))) + 30 + ROOM;
  const parts = [];
  let y = 0;
  for (const [index, one] of participants.entries()) {
    const inside = contents[index];
    const lanes = inside.filter(({ isLane }) => isLane);
    const height = lanes.length ? bottomOf(inside) : inside.length ? bottomOf(inside) + ROOM : 60;
    parts.push({ id: one.getAttribute('id'), x: 0, y, width, height });
    parts.push(...inside.map(part => moved(part, 30, y))
      .map(part => (part.isLane ? { ...part, width: width - part.x } : part)));
    y += height + 2 * ROOM;
  }
  const flows = lines(all(file, BPMN, 'messageFlow'), parts);
  add(file, participants[0].parentNode, [...parts, ...flows]);
  for (const process of processes.values()) add(file, process, drawn.get(process));
}

globalThis.tetsuzukiLaidOut = laidOut;
