// The panel beside the diagram: heading of the chosen element and its groups.

import { PropertiesPanel } from '@bpmn-io/properties-panel';
import { render } from '@bpmn-io/properties-panel/preact';
import { useEffect, useState } from '@bpmn-io/properties-panel/preact/hooks';
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil';

import translate from '../translate/index.js';
import { groupsFor } from './groups.jsx';
import { editing } from './model.js';

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

export function kindOf(element) {
  const bo = getBusinessObject(element);
  const kind = KINDS[bo.$type.replace('bpmn:', '')] ?? bo.$type.replace('bpmn:', '');
  const event = bo.get('eventDefinitions')?.[0]?.$type.replace('bpmn:', '').replace('EventDefinition', '');
  return event ? `${EVENTS[event] ?? event}・${kind}` : kind;
}

function icon(element) {
  const name = { Participant: 'participant', Lane: 'lane', Process: 'participant', Collaboration: 'participant', SequenceFlow: 'connection',
    UserTask: 'user-task', ServiceTask: 'service-task', SendTask: 'send-task', ReceiveTask: 'receive-task', BusinessRuleTask: 'business-rule-task',
    ScriptTask: 'script-task', CallActivity: 'call-activity', SubProcess: 'subprocess-expanded', ExclusiveGateway: 'gateway-xor',
    ParallelGateway: 'gateway-parallel', InclusiveGateway: 'gateway-or', EventBasedGateway: 'gateway-eventbased', StartEvent: 'start-event-none',
    EndEvent: 'end-event-none', BoundaryEvent: 'intermediate-event-none', IntermediateCatchEvent: 'intermediate-event-none',
    IntermediateThrowEvent: 'intermediate-event-none', TextAnnotation: 'text-annotation' }[getBusinessObject(element).$type.replace('bpmn:', '')] ?? 'task';
  return () => <span class={`bpmn-icon-${name} panel-icon`} aria-hidden="true" />;
}

const header = {
  getElementLabel: element => (is(element, 'bpmn:Collaboration') ? '' : getBusinessObject(element).get('name')) || '',
  getElementIcon: icon,
  getTypeLabel: kindOf,
  getDocumentationRef: () => '',
};
const placeholder = {
  getEmpty: () => ({ text: '図の要素を選ぶと、ここで設定できます。' }),
  getMultiple: () => ({ text: '複数の要素を選んでいます。設定は1つずつ行います。' }),
};

function Panel({ modeler, config, edit }) {
  const [, redraw] = useState(0);
  const [chosen, choose] = useState(() => modeler.get('canvas').getRootElement());
  const eventBus = modeler.get('eventBus');
  useEffect(() => {
    const onSelection = ({ newSelection }) => {
      const root = modeler.get('canvas').getRootElement();
      const elements = newSelection.map(element => element.labelTarget ?? element);
      choose(elements.length > 1 ? elements : elements[0] ?? root);
    };
    const onChange = () => redraw(count => count + 1);
    const onRoot = ({ element }) => choose(element);
    eventBus.on('selection.changed', onSelection);
    eventBus.on(['elements.changed', 'commandStack.changed'], 500, onChange);
    eventBus.on('root.set', onRoot);
    return () => {
      eventBus.off('selection.changed', onSelection);
      eventBus.off('elements.changed', onChange);
      eventBus.off('commandStack.changed', onChange);
      eventBus.off('root.set', onRoot);
    };
  }, []);
  const isPresent = chosen && !Array.isArray(chosen)
    && (modeler.get('elementRegistry').get(chosen.id) === chosen);
  const element = Array.isArray(chosen) ? chosen : isPresent ? chosen : modeler.get('canvas').getRootElement();
  return (
    <PropertiesPanel
      element={element}
      headerProvider={header}
      placeholderProvider={placeholder}
      groups={Array.isArray(element) || !element || element.isImplicit ? [] : groupsFor(element, { edit, config, modeler })}
      layoutConfig={LAYOUT}
      eventBus={eventBus}
      translate={translate}
    />
  );
}

const LAYOUT = { open: true };

export function attachPanel(modeler, parent, config) {
  render(<Panel modeler={modeler} config={config} edit={editing(modeler)} />, parent);
}
