// The panel beside the diagram: heading of the chosen element and its groups.

import { PropertiesPanel } from '@bpmn-io/properties-panel';
import { render } from '@bpmn-io/properties-panel/preact';
import { useEffect, useState } from '@bpmn-io/properties-panel/preact/hooks';
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil';

import translate from '../translate/index.js';
import { groupsFor } from './groups.jsx';
import { kindsBy } from './kinds.js';
import { editing } from './model.js';

function icon(element) {
  const name = { Participant: 'participant', Lane: 'lane', Process: 'participant', Collaboration: 'participant', SequenceFlow: 'connection',
    UserTask: 'user-task', ServiceTask: 'service-task', SendTask: 'send-task', ReceiveTask: 'receive-task', BusinessRuleTask: 'business-rule-task',
    ScriptTask: 'script-task', CallActivity: 'call-activity', SubProcess: 'subprocess-expanded', AdHocSubProcess: 'subprocess-expanded', Transaction: 'transaction', ExclusiveGateway: 'gateway-xor',
    ParallelGateway: 'gateway-parallel', InclusiveGateway: 'gateway-or', EventBasedGateway: 'gateway-eventbased', StartEvent: 'start-event-none',
    EndEvent: 'end-event-none', BoundaryEvent: 'intermediate-event-none', IntermediateCatchEvent: 'intermediate-event-none',
    IntermediateThrowEvent: 'intermediate-event-none', TextAnnotation: 'text-annotation' }[getBusinessObject(element).$type.replace('bpmn:', '')] ?? 'task';
  return () => <span class={`bpmn-icon-${name} panel-icon`} aria-hidden="true" />;
}

const headerWith = kindOf => ({
  getElementLabel: element => (is(element, 'bpmn:Collaboration') ? '' : getBusinessObject(element).get('name')) || '',
  getElementIcon: icon,
  getTypeLabel: kindOf,
  getDocumentationRef: () => '',
});
const placeholder = {
  getEmpty: () => ({ text: '図の要素を選ぶと、ここで設定できます。' }),
  getMultiple: () => ({ text: '複数の要素を選んでいます。設定は1つずつ行います。' }),
};

function Panel({ modeler, config, edit, header }) {
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
    onSelection({ newSelection: modeler.get('selection').get() }); // chosen before this ran, by the address
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
  render(<Panel modeler={modeler} config={config} edit={editing(modeler)} header={headerWith(kindsBy(config))} />, parent);
}
