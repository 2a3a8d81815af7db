// What an element of a diagram says, as {label: value}: to tell in words how two of them differ.

const LABELS = {
  name: '名称', text: '文', formId: '使うフォーム', dueDate: '期限', assignee: '担当する人', candidateGroups: '担当する職',
  retries: '試す回数', decisionId: '判定表', resultVariable: '結果を入れる変数', expression: '式', processId: '呼び出すプロセス',
  propagateAllChildVariables: '結果の変数をすべて受け取る', propagateAllParentVariables: 'いまの変数をすべて渡す',
  inputCollection: '繰り返す一覧', inputElement: '1件の変数名', outputCollection: '結果の一覧', outputElement: '1件の結果',
  loopCardinality: '繰り返す回数', completionCondition: '途中で終わる条件', isSequential: '1件ずつ順番に行う',
  conditionExpression: '条件式', default: '既定の流れ', sourceRef: '元', targetRef: '先', attachedToRef: '付く先',
  cancelActivity: '元の作業を中断する', isInterrupting: '元の流れを中断する', messageRef: 'メッセージ', errorRef: 'エラー',
  escalationRef: 'エスカレーション', timeDate: '日時', timeDuration: '時間', timeCycle: '繰り返し', documentation: '説明',
  correlationKey: '照合キー',
};
// Lists of pairs: [what the pair is called, key, value]
const PAIRS = {
  'zeebe:Input': ['入力', 'target', 'source'], 'zeebe:Output': ['出力', 'target', 'source'],
  'zeebe:Property': ['プロパティ', 'name', 'value'], 'zeebe:Header': ['見出し', 'key', 'value'],
};
// Elements of their own, and what only repeats the drawing.
const SKIPPED = new Set(['id', 'flowElements', 'laneSets', 'lanes', 'childLaneSet', 'artifacts', 'di', 'participants', 'messageFlows',
  'incoming', 'outgoing', 'flowNodeRef', 'processRef', 'rootElements', 'diagrams']);

export function saying(element) {
  const found = {};
  read(element, '', found);
  return found;
}

function read(element, label, found) {
  const pair = PAIRS[element.$type];
  if (pair) {
    put(found, `${pair[0]}「${element.get(pair[1]) ?? ''}」`, element.get(pair[2]) ?? '');
    return;
  }
  for (const [name, value] of Object.entries(element.$attrs ?? {})) if (!name.startsWith('xmlns')) put(found, name, value);
  for (const { name: full, isReference, isMany, isVirtual } of element.$descriptor.properties ?? []) {
    const name = full.split(':').pop();
    if (isVirtual || SKIPPED.has(name) || (isReference && isMany) || !Object.hasOwn(element, name)) continue;
    put(found, wordOf(element, name, label), isReference ? element[name]?.name || element[name]?.id : element[name]);
  }
  if (element.$descriptor.isGeneric) {
    for (const [name, value] of Object.entries(element)) if (!name.startsWith('$')) put(found, `${element.$type} ${name}`, value);
  }
}

function wordOf(element, name, label) {
  if (element.$type === 'zeebe:TaskDefinition' && name === 'type') return '操作';
  // The text inside 条件式 or 時間 is called by the name of what it stands in.
  return ['body', 'text'].includes(name) && label ? label : LABELS[name] ?? name;
}

function put(found, label, value) {
  if (value === undefined || value === null || value === '') return;
  if (Array.isArray(value)) value.forEach(one => put(found, label, one));
  else if (value.$type) read(value, label, found);
  else found[label] = label in found ? `${found[label]}、${value}` : String(value);
}

// Sentences on what differs between two states of one element.
export function differences(before, after) {
  const [old, now] = [saying(before), saying(after)];
  return [...new Set([...Object.keys(old), ...Object.keys(now)])].filter(label => old[label] !== now[label])
    .map(label => `${label}：${short(old[label])} → ${short(now[label])}`);
}

function short(value) {
  if (value === undefined) return '（なし）';
  return value.length > 120 ? `${value.slice(0, 120)}…` : value;
}
