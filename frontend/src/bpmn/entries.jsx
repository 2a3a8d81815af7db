// One line of the properties panel: how a value of the chosen element is read and written.

import {
  CheckboxEntry, Group, SelectEntry, TextAreaEntry, TextFieldEntry,
  isCheckboxEntryEdited, isSelectEntryEdited, isTextAreaEntryEdited, isTextFieldEntryEdited,
} from '@bpmn-io/properties-panel';

import translate from '../translate/index.js';
import { extension } from './model.js';

const EDITED = new Map([
  [TextFieldEntry, isTextFieldEntryEdited], [TextAreaEntry, isTextAreaEntryEdited],
  [SelectEntry, isSelectEntryEdited], [CheckboxEntry, isCheckboxEntryEdited],
]);
export const PROPERTIES = ['zeebe:Properties', 'properties', 'zeebe:Property', ['name', 'value']];
export const HEADERS = ['zeebe:TaskHeaders', 'values', 'zeebe:Header', ['key', 'value']];

const debounce = fn => {
  let timer;
  const later = (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => fn(...args), 300);
  };
  later.cancel = () => clearTimeout(timer);
  later.flush = () => {};
  return later;
};

function entry(component, id, label, get, set, more = {}) {
  return {
    id, label, component,
    getValue: get,
    setValue: (value, error) => { if (!error) set(value); },
    isEdited: EDITED.get(component),
    debounce, translate,
    ...more,
  };
}
export const text = (...args) => entry(TextFieldEntry, ...args);
export const area = (id, label, get, set, more) =>
  entry(TextAreaEntry, id, label, get, set, { autoResize: true, ...more });
export const formula = (id, label, get, set, more) =>
  area(id, label, get, set, { monospace: true, placeholder: '= …', ...more });
export const check = (...args) => entry(CheckboxEntry, ...args);
// none: what it means to choose nothing.
export const select = (id, label, get, set, options, { none = '（なし）', ...more } = {}) =>
  entry(SelectEntry, id, label, () => get() ?? '', value => set(value || undefined), {
    getOptions: () => withPresent(options(), get(), none), ...more,
  });

// A value that is not among the choices stays visible, marked as missing.
function withPresent(options, value, none) {
  const choices = [{ value: '', label: none }, ...options];
  return value && !choices.some(choice => choice.value === value)
    ? [...choices, { value, label: `${value}（見つかりません）` }] : choices;
}

export const group = (id, label, entries, open = false) =>
  ({ id, label, entries, component: Group, shouldOpen: open, translate });

// A fact that is set elsewhere.
export function fixed(id, label, value) {
  return text(id, label, () => value, value => value, { disabled: true, isEdited: () => false });
}

// One text inside one extension element.
export function inExtension({ element, bo, edit }, type, key) {
  return [
    () => extension(bo, type)?.get(key),
    value => edit.writeExtension(element, bo, type, { [key]: value }),
  ];
}
export function inPair({ element, bo, edit }, [type, key, itemType, names], name) {
  return [
    () => edit.pair(bo, type, key, names, name),
    value => edit.setPair(element, bo, type, key, itemType, names, name, value),
  ];
}
