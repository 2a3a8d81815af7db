// What the kinds of elements are called. The words come with the page: the comparison of versions says the same.

import { getBusinessObject } from 'bpmn-js/lib/util/ModelUtil';

const short = type => {
  const name = type.replace('bpmn:', '');
  return name[0].toLowerCase() + name.slice(1);
};

// kinds, events: {userTask: …}, {message: …}. Gives a function from a shape or model element to its words.
export const kindsBy = ({ kinds, events }) => element => {
  const bo = getBusinessObject(element);
  const kind = kinds[short(bo.$type)] ?? short(bo.$type);
  const found = (bo.get('eventDefinitions') ?? []).map(({ $type }) => short($type).replace('EventDefinition', ''));
  if (!found.length) return kind;
  return `${found.length > 1 ? '複数' : events[found[0]] ?? found[0]}・${kind}`;
};
