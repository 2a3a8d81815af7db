// What the kinds of elements are called.

import { getBusinessObject } from 'bpmn-js/lib/util/ModelUtil';

const KINDS = {
  Process: '手続のプロセス', Participant: 'プール', Lane: 'レーン', Collaboration: '図の全体',
  TextAnnotation: '注釈', Association: '関連', Group: 'グループ', MessageFlow: 'メッセージの流れ',
  DataObjectReference: 'データ', DataStoreReference: 'データストア', SequenceFlow: '流れ',
  UserTask: '人の作業', ServiceTask: 'システムの作業', SendTask: '送信', ReceiveTask: '受信', ManualTask: '手作業',
  BusinessRuleTask: '判定', ScriptTask: '計算', CallActivity: '別の流れの呼出し', Task: '作業（種類なし）',
  SubProcess: 'サブプロセス', AdHocSubProcess: 'アドホックサブプロセス', Transaction: 'トランザクション',
  ExclusiveGateway: '排他分岐', ParallelGateway: '並行分岐', InclusiveGateway: '包含分岐',
  EventBasedGateway: 'イベント分岐', ComplexGateway: '複合分岐',
  StartEvent: '開始', EndEvent: '終了', IntermediateCatchEvent: '中間（受信）',
  IntermediateThrowEvent: '中間（送信）', BoundaryEvent: '境界イベント',
};
const EVENTS = {
  Message: 'メッセージ', Timer: 'タイマー', Error: 'エラー', Escalation: 'エスカレーション', Signal: 'シグナル',
  Conditional: '条件', Compensate: '補償', Link: 'リンク', Terminate: '全体を終わらせる', Cancel: 'キャンセル',
};

// element: a shape or a model element.
export function kindOf(element) {
  const bo = getBusinessObject(element);
  const kind = KINDS[bo.$type.replace('bpmn:', '')] ?? bo.$type.replace('bpmn:', '');
  const event = bo.get('eventDefinitions')?.[0]?.$type.replace('bpmn:', '').replace('EventDefinition', '');
  return event ? `${EVENTS[event] ?? event}・${kind}` : kind;
}
