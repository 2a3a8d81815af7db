// The linter's rules. What the engine refuses is found by the check on the server; these are the
// quick findings while drawing. Rules come without links to outside pages.

import conditionalFlows from 'bpmnlint/rules/conditional-flows';
import endEventRequired from 'bpmnlint/rules/end-event-required';
import eventBasedGateway from 'bpmnlint/rules/event-based-gateway';
import eventSubProcessTypedStartEvent from 'bpmnlint/rules/event-sub-process-typed-start-event';
import fakeJoin from 'bpmnlint/rules/fake-join';
import labelRequired from 'bpmnlint/rules/label-required';
import linkEvent from 'bpmnlint/rules/link-event';
import noComplexGateway from 'bpmnlint/rules/no-complex-gateway';
import noDisconnected from 'bpmnlint/rules/no-disconnected';
import noDuplicateSequenceFlows from 'bpmnlint/rules/no-duplicate-sequence-flows';
import noGatewayJoinFork from 'bpmnlint/rules/no-gateway-join-fork';
import noImplicitEnd from 'bpmnlint/rules/no-implicit-end';
import noImplicitSplit from 'bpmnlint/rules/no-implicit-split';
import noImplicitStart from 'bpmnlint/rules/no-implicit-start';
import noOverlappingElements from 'bpmnlint/rules/no-overlapping-elements';
import singleBlankStartEvent from 'bpmnlint/rules/single-blank-start-event';
import startEventRequired from 'bpmnlint/rules/start-event-required';
import subProcessBlankStartEvent from 'bpmnlint/rules/sub-process-blank-start-event';
import superfluousGateway from 'bpmnlint/rules/superfluous-gateway';
import { is, isAny } from 'bpmn-js/lib/util/ModelUtil';

import { definitionsOf, undoingActivity } from './events.jsx';
import { extension } from './model.js';

function report(applies, message) {
  return () => ({
    check(node, reporter) {
      if (applies(node)) reporter.report(node.id, message);
    },
  });
}

function lanesOf(node) {
  for (let owner = node.$parent; owner; owner = owner.$parent) {
    const sets = owner.get?.('laneSets');
    if (sets?.length) return sets;
  }
  return [];
}
function isInLane(node, sets) {
  return sets.some(set => set.get('lanes').some(lane =>
    lane.get('flowNodeRef').some(inside => inside === node || contains(inside, node))
    || (lane.childLaneSet && isInLane(node, [lane.childLaneSet]))));
}
function contains(scope, node) {
  for (let owner = node.$parent; owner; owner = owner.$parent) if (owner === scope) return true;
  return false;
}
const exits = node => (node.outgoing ?? []).filter(flow => flow !== node.default);

const has = (node, kind, applies = () => true) =>
  definitionsOf(node).some(one => is(one, `bpmn:${kind}EventDefinition`) && applies(one));
const siblings = node => node.$parent?.flowElements ?? [];
const isUndoing = node => siblings(node).some(one => is(one, 'bpmn:BoundaryEvent') && undoingActivity(one) === node);

// The library's rule, but for what our engine runs and it does not know.
const except = (factory, runs) => () => {
  const rule = factory();
  return { ...rule, check: (node, reporter) => (runs(node) ? undefined : rule.check(node, reporter)) };
};

// name -> [severity, rule factory]
const RULES = {
  'form-required': ['warn', report(
    node => is(node, 'bpmn:UserTask') && !extension(node, 'zeebe:FormDefinition')?.get('formId'),
    '使うフォームが決まっていません（職員には「作業を終える」だけが出ます）')],
  'lane-required': ['error', report(
    node => is(node, 'bpmn:UserTask') && !isInLane(node, lanesOf(node)),
    '担当（レーン）が決まっていません')],
  'operation-required': ['error', report(
    node => isAny(node, ['bpmn:ServiceTask', 'bpmn:SendTask']) && !extension(node, 'zeebe:TaskDefinition')?.get('type')
      && !node.messageRef,
    '操作が決まっていません')],
  'decision-required': ['error', report(
    node => is(node, 'bpmn:BusinessRuleTask') && !extension(node, 'zeebe:CalledDecision')?.get('decisionId'),
    '判定表が決まっていません')],
  'script-required': ['error', report(
    node => is(node, 'bpmn:ScriptTask') && !extension(node, 'zeebe:Script')?.get('expression'),
    '計算する式がありません')],
  'called-process-required': ['error', report(
    node => is(node, 'bpmn:CallActivity') && !extension(node, 'zeebe:CalledElement')?.get('processId')
      && !extension(node, 'zeebe:Properties')?.get('properties')?.some(one => one.get('name') === 'procedure'),
    '呼び出すプロセスが決まっていません')],
  'message-required': ['error', report(
    node => (is(node, 'bpmn:CatchEvent') && (node.eventDefinitions ?? []).some(d => is(d, 'bpmn:MessageEventDefinition') && !d.messageRef))
      || (is(node, 'bpmn:ReceiveTask') && !node.messageRef),
    'メッセージが決まっていません')],
  'timer-required': ['error', report(
    node => is(node, 'bpmn:Event') && (node.eventDefinitions ?? []).some(d =>
      is(d, 'bpmn:TimerEventDefinition') && !(d.timeDate ?? d.timeDuration ?? d.timeCycle)?.body?.replace(/^=\s*$/, '')),
    'いつまで待つか（タイマー）が決まっていません')],
  'condition-required': ['error', report(
    node => has(node, 'Conditional', one => !one.condition?.body?.replace(/^=\s*$/, '')),
    'いつ起きるか（条件式）が決まっていません')],
  'signal-required': ['error', report(
    node => has(node, 'Signal', one => !one.signalRef),
    'シグナルが決まっていません')],
  'code-required': ['error', report(
    node => is(node, 'bpmn:ThrowEvent') && (has(node, 'Error', one => !one.errorRef?.errorCode)
      || has(node, 'Escalation', one => !one.escalationRef?.escalationCode)),
    '投げるエラーかエスカレーションのコードが決まっていません')],
  'loop-required': ['error', report(
    node => is(node.loopCharacteristics, 'bpmn:StandardLoopCharacteristics')
      && !node.loopCharacteristics.loopCondition?.body && !node.loopCharacteristics.loopMaximum,
    'いつまでくり返すか（条件か回数の上限）が決まっていません')],
  'compensation-tied': ['error', report(
    node => is(node, 'bpmn:BoundaryEvent') && has(node, 'Compensate') && !undoingActivity(node),
    '取り消す作業と結ばれていません。補償の作業を置き、関連（点線）で結んでください')],
  'compensation-used': ['error', report(
    node => is(node, 'bpmn:Activity') && node.isForCompensation && !isUndoing(node),
    'この補償の作業を使う補償イベントがありません。取り消す作業の縁に置き、関連（点線）で結んでください')],
  'compensation-alone': ['error', report(
    node => is(node, 'bpmn:Activity') && node.isForCompensation && !!(node.incoming?.length || node.outgoing?.length),
    '補償の作業に流れがつながっています。関連（点線）だけで結んでください')],
  'cancel-caught': ['error', report(
    node => is(node, 'bpmn:Transaction') && (node.flowElements ?? []).some(one => is(one, 'bpmn:EndEvent') && has(one, 'Cancel'))
      && !siblings(node).some(one => is(one, 'bpmn:BoundaryEvent') && one.attachedToRef === node && has(one, 'Cancel')),
    'キャンセル終了がありますが、トランザクションの縁にキャンセルの境界イベントがありません')],
  'typed-task': ['error', report(node => node.$type === 'bpmn:Task', '作業の種類（人・システムなど）を選んでください')],
  'collection-required': ['error', report(
    node => is(node.loopCharacteristics, 'bpmn:MultiInstanceLoopCharacteristics')
      && !extension(node.loopCharacteristics, 'zeebe:LoopCharacteristics')?.get('inputCollection')
      && !node.loopCharacteristics.loopCardinality?.body,
    '何を繰り返すか（一覧か回数）が決まっていません')],
  'gateway-conditions': ['error', report(
    node => isAny(node, ['bpmn:ExclusiveGateway', 'bpmn:InclusiveGateway']) && (node.outgoing ?? []).length > 1
      && exits(node).some(flow => !flow.conditionExpression?.body),
    '条件式のない流れがあります。条件式を書くか、既定の流れにしてください')],
  'gateway-default': ['warn', report(
    node => isAny(node, ['bpmn:ExclusiveGateway', 'bpmn:InclusiveGateway']) && (node.outgoing ?? []).length > 1 && !node.default,
    '既定の流れがありません。どの条件にもあてはまらないと止まります')],
  'conditional-flows': ['off', conditionalFlows],
  'end-event-required': ['error', endEventRequired],
  'event-based-gateway': ['error', eventBasedGateway],
  'event-sub-process-typed-start-event': ['error', eventSubProcessTypedStartEvent],
  'fake-join': ['warn', fakeJoin],
  'label-required': ['warn', labelRequired],
  'link-event': ['error', linkEvent],
  'no-complex-gateway': ['error', noComplexGateway],
  'no-disconnected': ['error', noDisconnected],
  'no-duplicate-sequence-flows': ['error', noDuplicateSequenceFlows],
  'no-gateway-join-fork': ['warn', noGatewayJoinFork],
  'no-implicit-end': ['error', except(noImplicitEnd, node => has(node, 'Compensate') && is(node, 'bpmn:BoundaryEvent'))],
  'no-implicit-split': ['warn', noImplicitSplit],
  'no-implicit-start': ['error', except(noImplicitStart, node => node.instantiate)],
  'no-overlapping-elements': ['warn', noOverlappingElements],
  'single-blank-start-event': ['error', singleBlankStartEvent],
  'start-event-required': ['error', except(startEventRequired, node => (node.flowElements ?? []).some(one => one.instantiate))],
  'sub-process-blank-start-event': ['error', subProcessBlankStartEvent],
  'superfluous-gateway': ['warn', superfluousGateway],
};

function withoutLinks(factory) {
  return (...args) => {
    const rule = factory(...args);
    return { ...rule, meta: undefined };
  };
}

export const linting = {
  config: { rules: Object.fromEntries(Object.entries(RULES).filter(([, [severity]]) => severity !== 'off').map(([name, [severity]]) => [name, severity])) },
  resolver: {
    resolveRule: (_package, name) => withoutLinks(RULES[name][1]),
    resolveConfig: () => { throw new Error('no shared configurations'); },
  },
};
