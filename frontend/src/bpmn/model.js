// Reading and writing the zeebe extension elements that our engine understands.
// Every write replaces the extension elements as a whole in one command, so undo takes it back at once.

import { is } from 'bpmn-js/lib/util/ModelUtil';

export function extension(bo, type) {
  return bo.get('extensionElements')?.get('values').find(value => is(value, type));
}

export function editing(modeler) {
  const modeling = modeler.get('modeling');
  const factory = modeler.get('bpmnFactory');

  // change: properties of the new element (undefined drops one); an element without any is removed.
  function writeExtension(element, bo, type, change) {
    const old = extension(bo, type);
    const properties = {};
    for (const { name } of old?.$descriptor.properties ?? []) {
      if (old.get(name) !== undefined && Object.hasOwn(old, name)) properties[name] = old.get(name);
    }
    Object.assign(properties, change);
    for (const key of Object.keys(properties)) {
      const value = properties[key];
      if (value === undefined || value === '' || (Array.isArray(value) && !value.length)) delete properties[key];
    }
    const others = (bo.get('extensionElements')?.get('values') ?? []).filter(value => value !== old);
    const next = Object.keys(properties).length ? factory.create(type, properties) : null;
    const container = factory.create('bpmn:ExtensionElements', { values: next ? [...others, next] : others });
    container.$parent = bo;
    for (const value of container.values) value.$parent = container;
    for (const children of Object.values(properties)) {
      if (Array.isArray(children)) for (const child of children) child.$parent = next;
    }
    modeling.updateModdleProperties(element, bo, {
      extensionElements: container.values.length ? container : undefined,
    });
  }

  // The list `key` inside the extension `type`, e.g. inputParameters of zeebe:IoMapping.
  function list(bo, type, key) {
    return extension(bo, type)?.get(key) ?? [];
  }
  function addTo(element, bo, type, key, itemType, attributes) {
    writeExtension(element, bo, type, { [key]: [...list(bo, type, key), factory.create(itemType, attributes)] });
  }
  function removeFrom(element, bo, type, key, item) {
    writeExtension(element, bo, type, { [key]: list(bo, type, key).filter(other => other !== item) });
  }
  // The named item of a list of pairs is set to the value; undefined removes it.
  function setPair(element, bo, type, key, itemType, names, name, value) {
    const rest = list(bo, type, key).filter(item => item.get(names[0]) !== name);
    const items = value === undefined || value === ''
      ? rest
      : [...rest, factory.create(itemType, { [names[0]]: name, [names[1]]: value })];
    writeExtension(element, bo, type, { [key]: items });
  }
  function pair(bo, type, key, names, name) {
    return list(bo, type, key).find(item => item.get(names[0]) === name)?.get(names[1]);
  }

  function update(element, bo, properties) {
    modeling.updateModdleProperties(element, bo, properties);
  }

  function expression(element, bo, key, text) {
    const body = text ? factory.create('bpmn:FormalExpression', { body: text }) : undefined;
    if (body) body.$parent = bo;
    update(element, bo, { [key]: body });
  }

  function definitions() {
    return modeler.getDefinitions();
  }
  // Messages, errors, signals and escalations are elements of their own beside the process.
  function rootElements(type) {
    return definitions().get('rootElements').filter(root => is(root, type));
  }
  function addRootElement(element, type, attributes) {
    const created = factory.create(type, attributes);
    created.$parent = definitions();
    update(element, definitions(), { rootElements: [...definitions().get('rootElements'), created] });
    return created;
  }

  return {
    modeling, factory, update, expression, writeExtension, list, addTo, removeFrom, setPair, pair,
    rootElements, addRootElement,
  };
}
