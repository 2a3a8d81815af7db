// Our own property groups of the form editor: exactly what our renderer and check understand.

import {
  CheckboxEntry, Group, ListGroup, NumberFieldEntry, PropertiesPanel, SelectEntry, TextAreaEntry, TextFieldEntry,
  isCheckboxEntryEdited, isNumberFieldEntryEdited, isSelectEntryEdited, isTextAreaEntryEdited, isTextFieldEntryEdited,
} from '@bpmn-io/properties-panel';

import { render } from '@bpmn-io/properties-panel/preact';
import { useEffect, useState } from '@bpmn-io/properties-panel/preact/hooks';

import translate from '../translate/index.js';
import { fieldName } from './fields.js';

const EDITED = new Map([
  [TextFieldEntry, isTextFieldEntryEdited], [TextAreaEntry, isTextAreaEntryEdited], [SelectEntry, isSelectEntryEdited],
  [CheckboxEntry, isCheckboxEntryEdited], [NumberFieldEntry, isNumberFieldEntryEdited],
]);
const GOV = [
  ['', '（なし）'], ['kana', 'ふりがな'], ['zip', '郵便番号'], ['address', '住所'], ['phone', '電話番号'],
  ['corporate-number', '法人番号'], ['invoice-number', '登録番号（インボイス）'], ['permit-number', '許可番号'],
  ['plate', '自動車登録番号'], ['code', '記号・番号（英数字）'],
];
const AUTOCOMPLETE = [
  ['', '（なし）'], ['name', '氏名'], ['organization', '団体名'], ['postal-code', '郵便番号'], ['street-address', '住所'],
  ['tel', '電話番号'], ['email', 'メールアドレス'], ['bday', '生年月日'],
];
const WIDTHS = [['', '（自動）'], ['2', '2文字'], ['4', '4文字'], ['7', '7文字'], ['10', '10文字'], ['13', '13文字'], ['20', '20文字']];
const KEY = /^[a-z][a-z0-9_]*$/;

const debounce = fn => {
  let timer;
  const later = (...args) => { clearTimeout(timer); timer = setTimeout(() => fn(...args), 300); };
  later.cancel = () => clearTimeout(timer);
  later.flush = () => {};
  return later;
};

function entry(component, id, label, get, set, more = {}) {
  return {
    id, label, component, isEdited: EDITED.get(component), debounce, translate,
    getValue: get, setValue: (value, error) => { if (!error) set(value); }, ...more,
  };
}

// The editor's own panel is left out: it brings its own copies of the entries, and in English.
class NoPanel {
  attachTo() {}
  detach() {}
  registerProvider() {}
}
class NoProvider {}

export const ownPanel = { propertiesPanel: ['type', NoPanel], propertiesProvider: ['type', NoProvider] };

const header = {
  getElementLabel: field => field.label || field.dateLabel || field.title || field.id,
  getElementIcon: () => () => null,
  getTypeLabel: field => field.type === 'default' ? 'フォーム' : fieldName(field.type),
  getDocumentationRef: () => '',
};
const placeholder = {
  getEmpty: () => ({ text: '項目を選ぶと、ここで設定できます。' }),
  getMultiple: () => ({ text: '項目は1つずつ設定します。' }),
};
const LAYOUT = { open: true };

function Panel({ editor }) {
  const [, redraw] = useState(0);
  useEffect(() => {
    const eventBus = editor.get('eventBus');
    const onChange = () => redraw(count => count + 1);
    const events = ['changed', 'import.done', 'selection.changed'];
    eventBus.on(events, onChange);
    return () => events.forEach(event => eventBus.off(event, onChange));
  }, []);
  const field = editor.get('selection').get() || editor._getState().schema;
  const edit = (target, key, value) => editor.get('modeling').editFormField(target, key, value);
  return (
    <PropertiesPanel
      key={field?.id}
      element={field}
      headerProvider={header}
      placeholderProvider={placeholder}
      groups={field ? groupsOf(field, edit, editor.get('formFieldRegistry')).filter(Boolean) : []}
      layoutConfig={LAYOUT}
      eventBus={editor.get('eventBus')}
      translate={translate}
    />
  );
}

export function attachPanel(editor, parent) {
  render(<Panel editor={editor} />, parent);
}

function groupsOf(field, edit, registry) {
  const { type } = field;
  const has = (...types) => types.includes(type);
  const group = (id, label, entries) => entries.filter(Boolean).length
    ? { id, label, component: Group, entries: entries.filter(Boolean), shouldOpen: true, translate } : null;

  // One key of the field; of its validate; of its own properties.
  const own = key => [() => field[key], value => edit(field, key, value)];
  const inValidate = key => [() => field.validate?.[key],
    value => edit(field, 'validate', without({ ...field.validate, [key]: value }))];
  const inProperties = key => [() => field.properties?.[key],
    value => edit(field, 'properties', without({ ...field.properties, [key]: value }))];

  const text = (id, label, access, more) => entry(TextFieldEntry, id, label, ...access, more);
  const area = (id, label, access, more) => entry(TextAreaEntry, id, label, ...access, { autoResize: true, ...more });
  const formula = (id, label, access, more) => area(id, label, access, { monospace: true, placeholder: '= …', ...more });
  const number = (id, label, access, more) => entry(NumberFieldEntry, id, label, ...access, more);
  // Numbers among the properties are texts in the file.
  const countProperty = (id, label, key) => number(id, label, [
    () => field.properties?.[key], value => inProperties(key)[1](value === undefined ? undefined : String(value))]);
  const check = (id, label, access, more) => entry(CheckboxEntry, id, label, ...access, more);
  const select = (id, label, [get, set], options, more) => entry(SelectEntry, id, label, () => get() ?? '', value => set(value || undefined),
    { getOptions: () => options.map(([value, words]) => ({ value, label: words })), ...more });

  if (type === 'default') {
    return [group('form', 'フォーム', [
      text('form-id', 'フォームのID', own('id'), { description: 'ファイル名と同じにします。回答はこの名前の変数に入ります。' }),
      text('form-title', '題名', own('title')),
    ])];
  }
  const isField = !has('group', 'text', 'separator', 'spacer');
  const general = group('general', '基本', [
    has('datetime') ? text('label', '項目名', own('dateLabel')) : !has('text', 'separator', 'spacer') && text('label', has('group') ? '見出し' : '項目名', own('label')),
    has('text') && area('text', '文', own('text')),
    isField && text('key', '回答の名前（key）', own('key'), {
      description: '英小文字・数字・下線。式や通知書でこの名前を使います。',
      validate: value => !value ? '名前は必要です。' : !KEY.test(value) ? '英小文字で始め、英小文字・数字・下線だけを使ってください。'
        : registry.getAll().some(other => other !== field && other.key === value && other._parent === field._parent) ? 'この名前はほかの項目が使っています。' : null,
    }),
    isField && area('description', '説明（入力のしかた）', own('description')),
    has('textfield', 'textarea', 'number') && text('example', '入力例', inProperties('example')),
    has('group') && text('page', 'ページの見出し', inProperties('page'), { description: '入れると、ここから新しいページになります。' }),
    has('group') && area('page-hint', 'ページの説明', inProperties('pageHint')),
  ]);
  const gov = group('gov', '行政の入力形式', [
    has('textfield') && select('gov-kind', '形式', inProperties('gov'), GOV),
    has('textfield') && ['zip', 'corporate-number'].includes(field.properties?.gov) && text('lookup', '調べて入れる項目', inProperties('lookup'), { description: '例：name=holder_name,address=address' }),
    has('textfield') && ['zip', 'corporate-number'].includes(field.properties?.gov) && text('lookup-label', '調べるボタンの文字', inProperties('lookupLabel')),
    has('textfield', 'textarea') && select('autocomplete', 'ブラウザーの自動入力', inProperties('autocomplete'), AUTOCOMPLETE),
    has('textfield', 'number') && select('width', '欄の幅', inProperties('width'), WIDTHS),
    has('number') && text('unit', '単位', inProperties('unit')),
    has('datetime') && text('eras', '選べる元号', inProperties('eras'), { description: '例：令和,平成。空なら、よく使うもの。' }),
    has('textarea') && countProperty('rows', '行数', 'rows'),
  ]);
  const choices = has('radio', 'select', 'checklist') && {
    id: 'choices', label: '選択肢', component: ListGroup, translate, shouldOpen: true,
    items: (field.values ?? []).map((value, index) => ({
      id: `choice-${index}`, label: value.label || value.value || '（未入力）', autoFocusEntry: `choice-${index}-label`, translate,
      remove: event => { event.stopPropagation(); edit(field, 'values', field.values.filter((_, other) => other !== index)); },
      entries: ['label', 'value'].map(key => entry(TextFieldEntry, `choice-${index}-${key}`, key === 'label' ? '表示する文字' : '保存する値',
        () => value[key], changed => edit(field, 'values', field.values.map((one, other) => other === index ? { ...one, [key]: changed ?? '' } : one)))),
    })),
    add: event => {
      event.stopPropagation();
      const count = (field.values ?? []).length + 1;
      edit(field, 'values', [...(field.values ?? []), { label: `選択肢${count}`, value: `value${count}` }]);
    },
  };
  const rows = has('dynamiclist') && group('rows', '行', [
    countProperty('min-rows', '最少の行数', 'minRows'),
    countProperty('max-rows', '最多の行数', 'maxRows'),
    text('row-label', '行の見出し', inProperties('rowLabel'), { description: '例：車両 {n}台目' }),
    text('add-label', '追加ボタンの文字', inProperties('addLabel')),
  ]);
  const files = has('filepicker') && group('files', 'ファイル', [
    text('accept', '受け付ける種類', own('accept'), { description: '例：.pdf,.jpg,.png' }),
    check('multiple', '2つ以上受け付ける', own('multiple')),
    countProperty('max-files', '最多の数', 'maxFiles'),
    countProperty('max-megabytes', '1つの大きさの上限（MB）', 'maxMegabytes'),
  ]);
  const validation = isField && group('validation', '入力の検査', [
    check('required', '必須にする', inValidate('required')),
    formula('required-if', '次のときだけ必須', inProperties('requiredIf')),
    has('textfield', 'textarea') && number('min-length', '最少の文字数', inValidate('minLength')),
    has('textfield', 'textarea') && number('max-length', '最多の文字数', inValidate('maxLength')),
    has('textfield') && text('pattern', '形（正規表現）', inValidate('pattern')),
    has('textfield') && field.validate?.pattern && text('pattern-message', '形が違うときの文', inProperties('patternMessage')),
    has('number') && number('min', '最小', inValidate('min')),
    has('number') && number('max', '最大', inValidate('max')),
    has('number') && number('digits', '小数の桁数', own('decimalDigits')),
  ]);
  const condition = group('condition', '表示の条件', [
    formula('hide', '隠す条件', [() => field.conditional?.hide, value => edit(field, 'conditional', value ? { hide: value } : undefined)],
      { description: '例：=kind != "RENUMBER"。隠れた項目の回答は捨てます。' }),
    isField && check('readonly', '見せるだけにする', [() => field.readonly === true, value => edit(field, ['readonly'], value || undefined)]),
    isField && formula('lock', '次のとき変えられない', inProperties('lock')),
  ]);
  return [general, gov, choices, rows, files, validation, condition];
}

function without(object) {
  const kept = Object.entries(object).filter(([, value]) => value !== undefined && value !== '' && value !== false);
  return kept.length ? Object.fromEntries(kept) : undefined;
}
