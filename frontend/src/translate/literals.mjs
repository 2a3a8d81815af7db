// English texts in libraries without a translation hook: [what stands in the source, what it becomes].
// build.mjs fails when one of them is no longer found.

const months = Array.from({ length: 12 }, (_, month) => `${month + 1}月`);
const days = [...'日月火水木金土'];
// Settings of the date picker inside form-js.
const calendar = {
  ariaDateFormat: 'Y年n月j日',
  locale: {
    weekdays: { shorthand: days, longhand: days.map(day => `${day}曜日`) }, months: { shorthand: months, longhand: months },
    yearAriaLabel: '年', monthAriaLabel: '月', hourAriaLabel: '時', minuteAriaLabel: '分',
  },
};

const simulation = 'bpmn-js-token-simulation/lib/features';

export const literalReplacements = [
  {
    file: `${simulation}/toggle-mode/modeler/ToggleMode.js`,
    texts: [['Token Simulation <span', '動きの確認 <span']],
  },
  {
    file: `${simulation}/log/Log.js`,
    texts: [
      ["'Service Task'", "'システムの作業'"], ["'User Task'", "'人の作業'"], ["'Call Activity'", "'呼出し'"],
      ["'Script Task'", "'計算'"], ["'Business Rule Task'", "'判定'"], ["'Manual Task'", "'手作業'"],
      ["'Receive Task'", "'受信'"], ["'Send Task'", "'送信'"], ["|| 'Task'", "|| '作業'"],
      ["'Exclusive Gateway'", "'排他分岐'"], ["'Parallel Gateway'", "'並行分岐'"], ["'Inclusive Gateway'", "'包含分岐'"],
      ["'Start Event'", "'開始'"], ["'Intermediate Event'", "'中間イベント'"], ["'Boundary Event'", "'境界イベント'"],
      ["'End Event'", "'終了'"], ['aria-label="Close"', 'aria-label="閉じる"'], ['No Entries', 'まだ記録がありません'], ['Toggle Simulation Log', '動きの記録を開く・閉じる'], ['Simulation Log', '動きの記録'],
      ["|| 'SubProcess') : 'Process'", "|| 'サブプロセス') : '手続'"], ['} started`', '}が始まりました`'], ["'finished' : 'canceled'", "'が終わりました' : 'が取り消されました'"],
    ],
  },
  {
    file: `${simulation}/reset-simulation/ResetSimulation.js`,
    texts: [['title="Reset Simulation"', 'title="最初に戻す"'], ["'Reset Simulation'", "'最初に戻しました'"]],
  },
  {
    file: `${simulation}/element-support/ElementSupport.js`,
    texts: [["'Found unsupported elements'", "'動きを確認できない要素があります'"], ["'Not supported'", "'確認できません'"]],
  },
  {
    file: `${simulation}/pause-simulation/PauseSimulation.js`,
    texts: [['Play/Pause Simulation', '再生・一時停止'], ["'Pause Simulation'", "'一時停止しました'"], ["'Play Simulation'", "'再生しています'"]],
  },
  {
    file: `${simulation}/set-animation-speed/SetAnimationSpeed.js`,
    texts: [['Set animation speed = ${ label }', '速さ：${ label }']],
  },
  {
    file: `${simulation}/context-pads/handler/ExclusiveGatewayHandler.js`,
    texts: [['Set Sequence Flow', '進む流れを選ぶ']],
  },
  {
    file: `${simulation}/context-pads/handler/InclusiveGatewayHandler.js`,
    texts: [['Set Sequence Flow', '進む流れを選ぶ']],
  },
  {
    file: `${simulation}/context-pads/handler/PauseHandler.js`,
    texts: [["${ wait ? 'Remove' : 'Add' } pause point", "${ wait ? '止まる場所から外す' : 'ここで止める' }"]],
  },
  {
    file: `${simulation}/context-pads/handler/TriggerHandler.js`,
    texts: [['Trigger Event', '先へ進める']],
  },
  {
    file: `${simulation}/simulation-state/SimulationState.js`,
    texts: [["'Finished'", "'終わりました'"]],
  },
  {
    file: `${simulation}/show-scopes/ShowScopes.js`,
    texts: [['Focus process instance', '案件を表示']],
  },
  {
    file: 'diagram-js/lib/features/popup-menu/PopupMenuComponent.js',
    texts: [
      ["title || 'Search'", "title || '探す'"], ["title || 'Results'", "title || '候補'"],
      ["'result' : 'results' } found", "'件' : '件' }"],
    ],
  },
  {
    file: '@bpmn-io/form-js-editor/dist/index.es.js',
    texts: [
      ["label: 'Input',\n  id: 'basic-input'", "label: '入力',\n  id: 'basic-input'"],
      ["label: 'Selection',\n  id: 'selection'", "label: '選択',\n  id: 'selection'"],
      ["label: 'Presentation',\n  id: 'presentation'", "label: '表示',\n  id: 'presentation'"],
      ["label: 'Containers',\n  id: 'container'", "label: 'まとまり',\n  id: 'container'"],
      ['title: "Components"', 'title: "項目の種類"'],
      ['children: "Components"', 'children: "項目の種類"'],
      ['"Search components"', '"種類を探す"'],
      ['"Clear content"', '"消す"'],
      ['"No components found."', '"見つかりません。"'],
      ['"Drag and drop components here."', '"ここに項目を置きます。"'],
      ['"Build your form"', '"フォームを組み立てます"'],
      ['"Drag and drop components here to start designing."', '"左の項目をここへ引いて置いてください。"'],
      ['"Use the preview window to test your form."', '"「利用者の見え方」で確かめられます。"'],
      ['"Text view is empty"', '"文がまだありません"'],
      ['"Text view is populated by an expression"', '"文は式で決まります"'],
      ['"Text view is templated"', '"文に差込みがあります"'],
      ["return 'Form';", "return 'フォーム';"],
      ['children: "Repeatable"', 'children: "繰返し"'],
    ],
  },
  {
    // The type that takes anything has the same name, and its own word.
    file: 'dmn-js-decision-table/lib/features/hit-policy/HitPolicies.js',
    texts: [["label: 'Any'", "label: 'どれでも同じ（ANY）'"]],
  },
  {
    file: 'dmn-js-decision-table/lib/features/drag-and-drop/DragAndDrop.js',
    texts: [["`Move ${isInput(col) ? 'Input' : 'Output'}`", "isInput(col) ? '入力の列を動かす' : '結果の列を動かす'"]],
  },
  {
    // A heading without text is nothing to a screen reader. 0: the child is to be looked at.
    file: 'dmn-js-decision-table/lib/features/decision-table-head/components/DecisionTableHead.js',
    texts: [['createVNode(1, "th", "index-column")', 'createVNode(1, "th", "index-column", "番号", 0)']],
  },
  {
    file: 'dmn-js-decision-table/lib/features/context-menu/ContextMenu.js',
    texts: [['"Decision table context menu"', '"判定表のメニュー"']],
  },
  {
    file: '@bpmn-io/form-js-viewer/dist/index.es.js',
    texts: [
      ['flatpickr(dateInputRef.current, config)', `flatpickr(dateInputRef.current, { ...config, ...${JSON.stringify(calendar)} })`],
      ['placeholder: getLocaleReadableDateFormat()', "placeholder: '年/月/日'"],
      ['"aria-label": "Increment"', '"aria-label": "増やす"'],
      ['"aria-label": "Decrement"', '"aria-label": "減らす"'],
      ['`Remove list item ${itemIndex + 1}`', '`${itemIndex + 1}行目を消す`'],
      ["return 'No files selected'", "return 'ファイルは選ばれていません'"],
      ['children: "Browse"', 'children: "ファイルを選ぶ"'],
      ["valueLabel || 'Select'", "valueLabel || '選んでください'"],
    ],
  },
];
