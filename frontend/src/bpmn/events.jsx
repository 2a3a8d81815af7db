// The settings of events: what they wait for or send, several of them together, and what they interrupt.

import { ListGroup } from '@bpmn-io/properties-panel';
import { is, isAny } from 'bpmn-js/lib/util/ModelUtil';

import translate from '../translate/index.js';
import { PROPERTIES, check, fixed, formula, group, inPair, select, text } from './entries.jsx';
import { extension } from './model.js';

const TIMERS = [['timeDate', '日時になったら'], ['timeDuration', '時間がたったら'], ['timeCycle', '繰り返し']];
const SENT = 'メッセージ（操作を呼ばずに、ほかの流れへ送るとき）';
// What may stand beside others in one event.
const PARTS = {
  message: 'メッセージ', signal: 'シグナル', timer: 'タイマー', conditional: '条件', error: 'エラー', escalation: 'エスカレーション',
};
const TITLES = { ...PARTS, link: 'リンク', compensate: '補償（取消し）', cancel: 'キャンセル', terminate: '全体を終わらせる' };
// Those that always interrupt, so there is nothing to choose.
const ALWAYS = ['error', 'cancel', 'compensate'];

const typeOf = kind => `bpmn:${kind[0].toUpperCase()}${kind.slice(1)}EventDefinition`;
const kindOf = definition => {
  const name = definition.$type.replace('bpmn:', '').replace('EventDefinition', '');
  return name[0].toLowerCase() + name.slice(1);
};
export const definitionsOf = bo => (is(bo, 'bpmn:Event') ? bo.get('eventDefinitions') ?? [] : []);

// Whether the event sends: type is the one that is sent.
export function isThrowing(bo, ...types) {
  return isAny(bo, ['bpmn:EndEvent', 'bpmn:IntermediateThrowEvent'])
    && definitionsOf(bo).some(definition => isAny(definition, types));
}

// Groups of the event or of a receive or send task.
export function eventSettings(context) {
  const { bo } = context;
  if (is(bo, 'bpmn:ReceiveTask')) return [group('message', 'メッセージ', messageEntries(context, bo), true)];
  if (is(bo, 'bpmn:SendTask')) return [group('message', SENT, messageEntries(context, bo), !!bo.get('messageRef'))];
  const definitions = definitionsOf(bo);
  if (!definitions.length) {
    const interrupting = interruptingEntry(context, '');
    return interrupting.length ? [group('event', 'イベント', interrupting, true)] : [];
  }
  const [first] = definitions;
  const kind = kindOf(first);
  const isSent = isThrowing(bo, 'bpmn:MessageEventDefinition') && kind === 'message';
  const groups = [group('event', isSent ? SENT : TITLES[kind] ?? kind, [
    ...definitionEntries(context, first, 'event'), ...togetherEntry(context), ...onePerKeyEntry(context), ...interruptingEntry(context, kind),
  ], !isSent || !!first.get('messageRef'))];
  if (kind in PARTS) groups.push(others(context));
  return groups;
}

function definitionEntries(context, definition, id) {
  const { element, edit } = context;
  const reference = options => referenceEntries(context, definition, { id, ...options });
  switch (kindOf(definition)) {
    case 'timer': return timerEntries(context, definition, id);
    case 'message': return messageEntries(context, definition, id);
    case 'conditional': return [formula(`${id}-condition`, '条件式', () => definition.get('condition')?.get('body'),
      value => edit.expression(element, definition, 'condition', value),
      { description: '例：=permit.status = "停止"　変数が変わるたびに確かめ、真になったときに進みます。時間がたつのを待つときは、タイマーを使います。' })];
    case 'signal': return reference({ reference: 'signalRef', root: 'bpmn:Signal', label: 'シグナル',
      description: '待っているすべての案件に届きます。渡す値は「入力」に書きます。' });
    case 'error': return reference({ reference: 'errorRef', root: 'bpmn:Error', label: 'エラー', codeKey: 'errorCode', codeLabel: 'エラーコード' });
    case 'escalation': return reference({ reference: 'escalationRef', root: 'bpmn:Escalation', label: 'エスカレーション', codeKey: 'escalationCode', codeLabel: 'コード' });
    case 'link': return [text(`${id}-link`, 'リンクの名前', () => definition.get('name'),
      value => edit.update(element, definition, { name: value }),
      { description: '同じ階層にある、同じ名前の受けるリンクへ進みます。' })];
    case 'compensate': return compensateEntries(context, definition, id);
    case 'cancel': return [fixed(`${id}-note`, 'はたらき', is(context.bo, 'bpmn:EndEvent')
      ? 'トランザクションをやめ、済んだ作業を取り消します' : 'トランザクションが取り消されたあとに進みます')];
    case 'terminate': return [fixed(`${id}-note`, 'はたらき', '同じ階層の残りをすべてやめて終わります')];
    default: return [];
  }
}

function timerEntries({ element, edit }, definition, id) {
  const kind = () => TIMERS.find(([key]) => definition.get(key))?.[0];
  return [
    select(`${id}-timer-kind`, '種類', kind, value => {
      const body = definition.get(kind() ?? 'timeDate')?.get('body') || '=';
      const change = { timeDate: undefined, timeDuration: undefined, timeCycle: undefined };
      if (value) {
        change[value] = edit.factory.create('bpmn:FormalExpression', { body });
        change[value].$parent = definition;
      }
      edit.update(element, definition, change);
    }, () => TIMERS.map(([value, label]) => ({ value, label }))),
    formula(`${id}-timer-value`, '値', () => definition.get(kind() ?? 'timeDate')?.get('body'),
      value => edit.expression(element, definition, kind() ?? 'timeDuration', value),
      { description: '例：P10D（10日）、PT1H（1時間）、=workdays(today(), 10)' }),
  ];
}

function messageEntries(context, holder, id = 'message') {
  const { element, edit } = context;
  const entries = referenceEntries(context, holder, { id, reference: 'messageRef', root: 'bpmn:Message', label: 'メッセージ' });
  const message = holder.get('messageRef');
  if (message) {
    entries.push(formula(`${id}-correlation`, '照合キー',
      () => extension(message, 'zeebe:Subscription')?.get('correlationKey'),
      value => edit.writeExtension(element, message, 'zeebe:Subscription', { correlationKey: value }),
      { description: '例：=case.number' }));
  }
  return entries;
}

// Which message, error, signal or escalation is meant: one of those there are, or a new one by its name.
function referenceEntries({ element, edit }, holder, { id, reference, root, label, codeKey, codeLabel, description }) {
  const present = holder.get(reference);
  const entries = [
    select(`${id}-reference`, label, () => holder.get(reference)?.id, value => {
      const chosen = value === '+'
        ? edit.addRootElement(element, root, { name: `新しい${label}` })
        : edit.rootElements(root).find(({ id: own }) => own === value);
      edit.update(element, holder, { [reference]: chosen });
    }, () => [
      ...edit.rootElements(root).map(({ id: own, name }) => ({ value: own, label: name || own })),
      { value: '+', label: `＋ 新しい${label}を作る` },
    ], { description }),
  ];
  if (present) {
    entries.push(text(`${id}-reference-name`, `${label}の名前`, () => present.get('name'),
      value => edit.update(element, present, { name: value })));
    if (codeKey) {
      entries.push(text(`${id}-reference-code`, codeLabel, () => present.get(codeKey),
        value => edit.update(element, present, { [codeKey]: value })));
    }
  }
  return entries;
}

// A boundary event names the activity that undoes; a throwing event chooses what is undone.
function compensateEntries({ element, bo, edit }, definition, id) {
  if (is(bo, 'bpmn:BoundaryEvent')) {
    const undoing = undoingActivity(bo);
    return [fixed(`${id}-undoing`, '取り消す作業', undoing
      ? undoing.name || undoing.id : '関連（点線）で、補償の作業に結んでください')];
  }
  if (is(bo, 'bpmn:StartEvent')) return [fixed(`${id}-note`, 'はたらき', 'このサブプロセスが済んだあとで取り消されるときに動きます')];
  return [
    select(`${id}-activity`, '取り消すもの', () => definition.get('activityRef')?.id,
      value => edit.update(element, definition, { activityRef: undoable(bo).find(({ id: own }) => own === value) }),
      () => undoable(bo).map(({ id: own, name }) => ({ value: own, label: name || own })),
      { none: 'この階層で済んだものすべて', description: '済んだのが新しい順に取り消します。' }),
    check(`${id}-waits`, '取消しが終わるのを待つ', () => definition.get('waitForCompletion') !== false,
      value => edit.update(element, definition, { waitForCompletion: value })),
  ];
}

// The activity tied to a compensation boundary event by an association.
export function undoingActivity(boundary) {
  const ties = (boundary.$parent?.get('artifacts') ?? []).filter(one => is(one, 'bpmn:Association'));
  const others = ties.flatMap(({ sourceRef, targetRef }) => (
    sourceRef === boundary ? [targetRef] : targetRef === boundary ? [sourceRef] : []));
  return others.find(one => one?.get?.('isForCompensation'));
}

// What can be undone from where the event stands: activities with a compensation boundary event, and subprocesses.
function undoable(bo) {
  const scopes = [bo.$parent];
  if (bo.$parent.get('triggeredByEvent')) scopes.push(bo.$parent.$parent);
  const nodes = scopes.flatMap(scope => scope.get('flowElements') ?? []);
  const hosts = nodes.filter(node => is(node, 'bpmn:BoundaryEvent') && definitionsOf(node).some(one => kindOf(one) === 'compensate'))
    .map(node => node.get('attachedToRef'));
  const inside = nodes.filter(node => is(node, 'bpmn:SubProcess') && !node.get('triggeredByEvent') && !node.get('isForCompensation'));
  return [...new Set([...hosts, ...inside])];
}

// Further events that are waited for or sent together with the first.
function others({ element, bo, edit, ...rest }) {
  const isSending = isAny(bo, ['bpmn:EndEvent', 'bpmn:IntermediateThrowEvent']);
  const kinds = partsOf(bo);
  const write = list => edit.update(element, bo, { eventDefinitions: list });
  const create = kind => {
    const made = edit.factory.create(typeOf(kind));
    made.$parent = bo;
    return made;
  };
  const items = definitionsOf(bo).slice(1).map((definition, index) => {
    const id = `event-${index + 1}`;
    return {
      id, label: TITLES[kindOf(definition)] ?? kindOf(definition), translate,
      autoFocusEntry: `${id}-kind`,
      remove: event => { event.stopPropagation(); write(definitionsOf(bo).filter(one => one !== definition)); },
      entries: [
        select(`${id}-kind`, '種類', () => kindOf(definition),
          value => write(definitionsOf(bo).map(one => (one === definition ? create(value ?? kinds[0]) : one))),
          () => kinds.map(value => ({ value, label: PARTS[value] }))),
        ...definitionEntries({ element, bo, edit, ...rest }, definition, id),
      ],
    };
  });
  return {
    id: 'events', label: isSending ? 'いっしょに送るイベント' : 'ほかに待つイベント', items, component: ListGroup, translate,
    add: event => { event.stopPropagation(); write([...definitionsOf(bo), create(kinds[0])]); },
  };
}

function partsOf(bo) {
  if (is(bo, 'bpmn:IntermediateCatchEvent') || isCaseStart(bo)) return ['message', 'signal', 'timer', 'conditional'];
  if (is(bo, 'bpmn:IntermediateThrowEvent')) return ['signal', 'message', 'escalation'];
  if (is(bo, 'bpmn:EndEvent')) return ['signal', 'message', 'error', 'escalation'];
  return Object.keys(PARTS);
}
const isCaseStart = bo => is(bo, 'bpmn:StartEvent') && !bo.$parent?.get?.('triggeredByEvent');

function togetherEntry({ element, bo, edit }) {
  if (definitionsOf(bo).length < 2 || !is(bo, 'bpmn:CatchEvent') || isCaseStart(bo)) return [];
  return [check('event-together', 'すべてがそろうのを待つ', () => !!bo.get('parallelMultiple'),
    value => edit.modeling.updateProperties(element, { parallelMultiple: value || undefined }),
    { description: '付けないと、どれか1つが起きたときに進みます。' })];
}

function onePerKeyEntry(context) {
  const { bo } = context;
  if (!isCaseStart(bo) || !definitionsOf(bo).some(one => kindOf(one) === 'message')) return [];
  const [get, set] = inPair(context, PROPERTIES, 'onePerKey');
  return [check('event-one-per-key', '同じ照合キーの案件は、同時に1件だけにする', () => get() === 'true',
    value => set(value ? 'true' : undefined))];
}

function interruptingEntry({ element, bo, edit }, kind) {
  if (ALWAYS.includes(kind)) return [];
  if (is(bo, 'bpmn:BoundaryEvent')) {
    return [check('interrupting', '元の作業を中断する', () => bo.get('cancelActivity') !== false,
      value => edit.modeling.updateProperties(element, { cancelActivity: value }))];
  }
  if (is(bo, 'bpmn:StartEvent') && !isCaseStart(bo)) {
    return [check('interrupting', '元の流れを中断する', () => bo.get('isInterrupting') !== false,
      value => edit.modeling.updateProperties(element, { isInterrupting: value }))];
  }
  return [];
}
