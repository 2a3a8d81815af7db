// The parts of a drawing as plain data, and as BPMNDI: shapes {id, x, y, width, height} and edges {id, points}.

export const BPMN = 'http://www.omg.org/spec/BPMN/20100524/MODEL';
export const BPMNDI = 'http://www.omg.org/spec/BPMN/20100524/DI';
const DC = 'http://www.omg.org/spec/DD/20100524/DC';
const DI = 'http://www.omg.org/spec/DD/20100524/DI';

export function all(root, space, name) {
  return [...root.getElementsByTagNameNS(space, name)];
}

const numbers = (element, ...names) => Object.fromEntries(names.map(name => [name, Math.round(Number(element.getAttribute(name)))]));

// What a BPMNShape or BPMNEdge says.
export function read(element) {
  const id = element.getAttribute('bpmnElement');
  if (element.localName === 'BPMNEdge') return { id, points: all(element, DI, 'waypoint').map(point => numbers(point, 'x', 'y')) };
  return {
    id,
    ...numbers(all(element, DC, 'Bounds')[0], 'x', 'y', 'width', 'height'),
    isExpanded: element.getAttribute('isExpanded') === 'true',
    isMarkerVisible: element.getAttribute('isMarkerVisible') === 'true',
  };
}

export function moved(part, x, y) {
  if (part.points) return { ...part, points: part.points.map(point => ({ x: point.x + x, y: point.y + y })) };
  return { ...part, x: part.x + x, y: part.y + y };
}

export function bottomOf(parts) {
  return Math.max(0, ...parts.flatMap(part => part.points?.map(({ y }) => y) ?? [part.y + part.height]));
}

// A BPMNDiagram of the element (process or collaboration) with these parts.
export function diagram(file, id, parts) {
  const make = (space, name, attributes, ...inside) => {
    const element = file.createElementNS(space, name);
    for (const [key, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(key, value);
    element.append(...inside);
    return element;
  };
  const written = parts.map(part => {
    const named = { id: `drawn_${part.id}`, bpmnElement: part.id };
    if (part.points) {
      return make(BPMNDI, 'bpmndi:BPMNEdge', named, ...part.points.map(({ x, y }) => make(DI, 'di:waypoint', { x, y })));
    }
    const { x, y, width, height } = part;
    return make(BPMNDI, 'bpmndi:BPMNShape', {
      ...named,
      isHorizontal: part.isHorizontal || undefined,
      isExpanded: part.isExpanded || undefined,
      isMarkerVisible: part.isMarkerVisible || undefined,
    }, make(DC, 'dc:Bounds', { x, y, width, height }));
  });
  return make(BPMNDI, 'bpmndi:BPMNDiagram', { id: `drawn_diagram_${id}` },
    make(BPMNDI, 'bpmndi:BPMNPlane', { id: `drawn_plane_${id}`, bpmnElement: id }, ...written));
}
