// Models written by other tools may leave out <incoming> and <outgoing>; the linter and the
// simulation rely on them. Adds those that the flows imply.
export function completeReferences(definitions) {
  for (const root of definitions.get('rootElements')) completeIn(root);
}

function completeIn(scope) {
  for (const element of scope.flowElements ?? []) {
    if (element.$type === 'bpmn:SequenceFlow') {
      const { sourceRef, targetRef } = element;
      if (sourceRef && !sourceRef.get('outgoing').includes(element)) sourceRef.get('outgoing').push(element);
      if (targetRef && !targetRef.get('incoming').includes(element)) targetRef.get('incoming').push(element);
    }
    completeIn(element);
  }
}
