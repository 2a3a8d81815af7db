// The Japanese property groups: which settings an element has, and where they stand in the XML.
// A group is {id, label, entries} or a list {id, label, items, add}; an entry (entries.jsx) names how to read
// and write one value. Events have theirs in events.jsx, what repeats in repeating.jsx.

import { ListGroup } from '@bpmn-io/properties-panel';
import { getBusinessObject, is, isAny } from 'bpmn-js/lib/util/ModelUtil';

import translate from '../translate/index.js';
import { HEADERS, PROPERTIES, area, check, fixed, formula, group, inExtension, inPair, select, text } from './entries.jsx';
import { eventSettings, isThrowing } from './events.jsx';
import { extension } from './model.js';
import { adHoc, compensation, multiInstance, standardLoop } from './repeating.jsx';

const ID = /^[A-Za-z_][\w.-]*$/;


export function groupsFor(element, { edit, config, modeler }) {
  const bo = getBusinessObject(element);
  const context = { element, bo, edit, config, modeler };
  return [
    general(context),
    settings(context),
    condition(context),
    ...eventSettings(context),
    multiInstance(context),
    standardLoop(context),
    adHoc(context),
    compensation(context),
    ...mappings(context),
    properties(context),
    documentation(context),
  ].filter(Boolean);
}

function general({ element, bo, edit, config, modeler }) {
  const entries = [];
  if (!is(element, 'bpmn:Collaboration')) {
    entries.push(area('name', is(bo, 'bpmn:TextAnnotation') ? '文' : '名称',
      () => is(bo, 'bpmn:TextAnnotation') ? bo.get('text') : bo.get('name'),
      value => edit.modeling.updateLabel(element, value ?? ''), { rows: 1 }));
  }
  entries.push(idEntry('id', 'ID', element, bo, edit, modeler));
  const process = is(bo, 'bpmn:Participant') ? bo.get('processRef') : null;
  if (process) {
    entries.push(idEntry('process-id', '手続のプロセスID', element, process, edit, modeler));
  }
  const lane = laneOf(element);
  if (is(bo, 'bpmn:Lane')) {
    entries.push(fixed('lane-post', 'このレーンの担当', config.lanes?.[bo.id] || '手続の設定（procedure.yaml の lanes）にまだありません'));
  } else if (isAny(bo, ['bpmn:Activity', 'bpmn:Event', 'bpmn:Gateway'])) {
    entries.push(fixed('lane', '担当（レーン）', lane
      ? `${lane.name || lane.id}${config.lanes?.[lane.id] ? `：${config.lanes[lane.id]}` : ''}`
      : 'レーンの外にあります'));
  }
  return group('general', '基本', entries, true);
}

function idEntry(id, label, element, bo, edit, modeler) {
  return text(id, label, () => bo.get('id'), value => {
    if (bo === getBusinessObject(element)) edit.modeling.updateProperties(element, { id: value });
    else edit.update(element, bo, { id: value });
  }, {
    validate: value => {
      if (!value) return 'IDは必要です。';
      if (!ID.test(value)) return '英字で始め、英数字・「_」「-」「.」だけを使ってください。';
      const other = modeler.get('elementRegistry').find(shape => shape.businessObject?.id === value && shape.businessObject !== bo && shape.type !== 'label');
      return other ? 'このIDはほかの要素が使っています。' : null;
    },
  });
}

// The innermost lane an element lies in.
function laneOf(element) {
  const bo = getBusinessObject(is(element, 'bpmn:BoundaryEvent') && element.host ? element.host : element);
  const find = sets => {
    for (const set of sets ?? []) {
      for (const lane of set.get('lanes')) {
        const inner = lane.childLaneSet ? find([lane.childLaneSet]) : null;
        if (inner) return inner;
        if (lane.get('flowNodeRef').includes(bo)) return lane;
      }
    }
    return null;
  };
  for (let owner = bo.$parent; owner; owner = owner.$parent) {
    const lane = owner.get?.('laneSets') && find(owner.get('laneSets'));
    if (lane) return lane;
  }
  return null;
}

function settings(context) {
  const { bo, config } = context;
  if (is(bo, 'bpmn:UserTask')) {
    return group('task', '人の作業', [
      select('form', '使うフォーム', ...inExtension(context, 'zeebe:FormDefinition', 'formId'),
        () => config.forms.map(form => ({ value: form.id, label: form.title && form.title !== form.id ? `${form.title}（${form.id}）` : form.id }))),
      formula('due', '期限', ...inExtension(context, 'zeebe:TaskSchedule', 'dueDate'),
        { description: '例：=workdays(today(), 5)' }),
      text('assignee', '担当する人（決まっているとき）', ...inExtension(context, 'zeebe:AssignmentDefinition', 'assignee')),
      text('groups', '担当する職（レーンと違うとき）', ...inExtension(context, 'zeebe:AssignmentDefinition', 'candidateGroups'),
        { description: config.posts?.length ? `職のID：${config.posts.map(({ id, name }) => `${id}（${name}）`).join('、')}` : '' }),
      select('correction', '補正させるフォーム', ...inPair(context, PROPERTIES, 'correction_of'),
        () => config.forms.map(form => ({ value: form.id, label: form.title || form.id })),
        { description: '申請者に、職員が印を付けた項目だけを直してもらう作業のとき' }),
      formula('notes', '補正の指摘の一覧', ...inPair(context, PROPERTIES, 'notes'), { description: '例：=correction.notes' }),
      check('batch', '一覧からまとめて完了できる', () => inPair(context, PROPERTIES, 'batch')[0]() === 'true',
        value => inPair(context, PROPERTIES, 'batch')[1](value ? 'true' : undefined)),
    ], true);
  }
  if (isAny(bo, ['bpmn:ServiceTask', 'bpmn:SendTask']) || isThrowing(bo, 'bpmn:MessageEventDefinition')) return operation(context);
  if (is(bo, 'bpmn:BusinessRuleTask')) {
    return group('decision', '判定', [
      select('decision', '判定表', ...inExtension(context, 'zeebe:CalledDecision', 'decisionId'),
        () => config.decisions.map(({ id, name }) => ({ value: id, label: name && name !== id ? `${name}（${id}）` : id }))),
      text('decision-result', '結果を入れる変数', ...inExtension(context, 'zeebe:CalledDecision', 'resultVariable')),
    ], true);
  }
  if (is(bo, 'bpmn:ScriptTask')) {
    return group('script', '計算', [
      formula('script', '式', ...inExtension(context, 'zeebe:Script', 'expression')),
      text('script-result', '結果を入れる変数', ...inExtension(context, 'zeebe:Script', 'resultVariable')),
    ], true);
  }
  if (is(bo, 'bpmn:CallActivity')) return called(context);
  return null;
}

function called(context) {
  const { element, bo, config, edit } = context;
  const [procedure, setProcedure] = inPair(context, PROPERTIES, 'procedure');
  const entries = [
    text('called-procedure', '案件を始める、ほかの手続のid', procedure, value => {
      // What the process inside this case was given is nothing to a case of its own.
      if (value) {
        edit.writeExtension(element, bo, 'zeebe:CalledElement',
          { processId: undefined, propagateAllParentVariables: undefined, propagateAllChildVariables: undefined });
      }
      setProcedure(value);
    }, { description: '書くと、その手続の案件を始めて終わるまで待ちます。書かないと、この手続のプロセスを呼び出します。' }),
  ];
  if (procedure()) {
    entries.push(text('called-version', '版の番号', inExtension(context, 'zeebe:CalledElement', 'versionTag')[0],
      value => edit.writeExtension(element, bo, 'zeebe:CalledElement', { bindingType: value ? 'versionTag' : undefined, versionTag: value }),
      { description: '書かないと、いちばん新しい版です。渡す値と受け取る値は、下の入力と出力に書きます。',
        validate: value => value && !/^[1-9]\d*$/.test(value) ? '数を入れてください。' : null }));
    return group('call', '呼出し', entries, true);
  }
  entries.push(
    select('called', '呼び出すプロセス', ...inExtension(context, 'zeebe:CalledElement', 'processId'),
      () => config.processes.map(({ id, name }) => ({ value: id, label: name && name !== id ? `${name}（${id}）` : id }))),
    ...[['call-parent', 'いまの変数をすべて渡す', 'propagateAllParentVariables'],
      ['call-all', '結果の変数をすべて受け取る', 'propagateAllChildVariables']].map(([id, label, key]) => check(id, label,
      () => extension(bo, 'zeebe:CalledElement')?.get(key) !== false,
      value => edit.writeExtension(element, bo, 'zeebe:CalledElement', { [key]: value }))));
  return group('call', '呼出し', entries, true);
}

function operation(context) {
  const { element, bo, config, edit } = context;
  const present = () => config.operations.find(({ name }) => name === extension(bo, 'zeebe:TaskDefinition')?.get('type'));
  const entries = [
    select('operation', '操作', ...inExtension(context, 'zeebe:TaskDefinition', 'type'),
      () => config.operations.map(({ name, title }) => ({ value: name, label: title ? `${name}　${title}` : name }))),
  ];
  // Each declared parameter of the chosen operation is one input mapping.
  for (const parameter of present()?.parameters ?? []) {
    const inputs = () => edit.list(bo, 'zeebe:IoMapping', 'inputParameters');
    entries.push(formula(`parameter-${parameter.name}`, `${parameter.label || parameter.name}${parameter.required ? '（必須）' : ''}`,
      () => inputs().find(input => input.get('target') === parameter.name)?.get('source'),
      value => edit.setPair(element, bo, 'zeebe:IoMapping', 'inputParameters', 'zeebe:Input', ['target', 'source'], parameter.name, value)));
  }
  entries.push(
    text('operation-result', '結果を入れる変数', ...inPair(context, HEADERS, 'resultVariable')),
    text('retries', '試す回数', ...inExtension(context, 'zeebe:TaskDefinition', 'retries'),
      { validate: value => value && !/^\d+$/.test(value) && !value.startsWith('=') ? '数を入れてください。' : null }));
  return group('operation', '操作', entries, true);
}

function condition({ element, bo, edit }) {
  const source = bo.get?.('sourceRef');
  if (!is(bo, 'bpmn:SequenceFlow') || !isAny(source, ['bpmn:ExclusiveGateway', 'bpmn:InclusiveGateway', 'bpmn:Activity'])) return null;
  const isDefault = () => source.get('default') === bo;
  const entries = [
    check('default', '既定の流れ（ほかのどれにもあてはまらないとき）', isDefault,
      value => edit.update(element, source, { default: value ? bo : undefined })),
  ];
  if (!isDefault()) {
    entries.unshift(formula('condition', '条件式', () => bo.get('conditionExpression')?.get('body'),
      value => edit.expression(element, bo, 'conditionExpression', value), { description: '例：=review.result = "適"' }));
  }
  return group('condition', '条件', entries, true);
}

function mappings(context) {
  const { bo } = context;
  if (!isAny(bo, ['bpmn:Activity', 'bpmn:Event'])) return [];
  const isTaker = isAny(bo, ['bpmn:ServiceTask', 'bpmn:SendTask', 'bpmn:CallActivity', 'bpmn:SubProcess', 'bpmn:UserTask', 'bpmn:BusinessRuleTask', 'bpmn:ScriptTask']) || isThrowing(bo, 'bpmn:MessageEventDefinition', 'bpmn:SignalEventDefinition');
  const lists = [];
  if (isTaker) lists.push(mappingList(context, 'inputs', '入力', 'inputParameters', 'zeebe:Input'));
  if (isAny(bo, ['bpmn:Activity', 'bpmn:CatchEvent'])) lists.push(mappingList(context, 'outputs', '出力', 'outputParameters', 'zeebe:Output'));
  return lists;
}

function mappingList({ element, bo, edit }, id, label, key, itemType) {
  const type = 'zeebe:IoMapping';
  const items = edit.list(bo, type, key).map((item, index) => ({
    id: `${id}-${index}`,
    label: item.get('target') || '（名前なし）',
    autoFocusEntry: `${id}-${index}-target`,
    remove: event => { event.stopPropagation(); edit.removeFrom(element, bo, type, key, item); },
    translate,
    entries: [
      text(`${id}-${index}-target`, '変数名', () => item.get('target'), value => edit.update(element, item, { target: value })),
      formula(`${id}-${index}-source`, '値', () => item.get('source'), value => edit.update(element, item, { source: value })),
    ],
  }));
  return {
    id, label, items, component: ListGroup, translate,
    add: event => { event.stopPropagation(); edit.addTo(element, bo, type, key, itemType, { source: '=', target: '' }); },
  };
}

function properties({ element, bo, edit }) {
  if (!isAny(bo, ['bpmn:FlowNode', 'bpmn:Process', 'bpmn:Participant'])) return null;
  const [type, key, itemType] = PROPERTIES;
  const items = edit.list(bo, type, key).map((item, index) => ({
    id: `property-${index}`,
    label: item.get('name') || '（名前なし）',
    autoFocusEntry: `property-${index}-name`,
    remove: event => { event.stopPropagation(); edit.removeFrom(element, bo, type, key, item); },
    translate,
    entries: [
      text(`property-${index}-name`, '名前', () => item.get('name'), value => edit.update(element, item, { name: value })),
      area(`property-${index}-value`, '値', () => item.get('value'), value => edit.update(element, item, { value })),
    ],
  }));
  return {
    id: 'properties', label: '拡張プロパティ', items, component: ListGroup, translate,
    add: event => { event.stopPropagation(); edit.addTo(element, bo, type, key, itemType, { name: '', value: '' }); },
  };
}

function documentation({ element, bo, edit }) {
  if (!bo.get?.('documentation')) return null;
  return group('documentation', '説明', [
    area('documentation-text', '説明（職員向け）', () => bo.get('documentation')[0]?.get('text'), value => {
      const next = value ? [edit.factory.create('bpmn:Documentation', { text: value })] : [];
      for (const item of next) item.$parent = bo;
      edit.update(element, bo, { documentation: next });
    }),
  ]);
}
