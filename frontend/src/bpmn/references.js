// Models written by other tools may leave out <incoming> and <outgoing>; the linter and the
// simulation rely on them. Adds those that the flows imply.
export function completeReferences(definitions) {
  for (const root of definitions.get('rootElements')) completeIn(root);
}

function completeIn(scope) {
  for (const element of scope.flowElements ?? []) {
    if (element.$type === 'bpmn:SequenceFlow') {
      const { sourceRef, targetRef } = element;
      add(sourceRef, 'outgoing', element);
      add(targetRef, 'incoming', element);
    }
    completeIn(element);
  }
}

// What a file means by an id that stands twice may be no node at all: it has no such list.
function add(node, side, flow) {
  const flows = node?.get(side);
  if (flows && !flows.includes(flow)) flows.push(flow);
}
