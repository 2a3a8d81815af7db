// The settings of activities that run several times, in any order, or to undo another.

import { is } from 'bpmn-js/lib/util/ModelUtil';

import { check, fixed, formula, group, inExtension, select, text } from './entries.jsx';
import { extension } from './model.js';

export function multiInstance({ element, bo, edit }) {
  const loop = bo.get?.('loopCharacteristics');
  if (!is(loop, 'bpmn:MultiInstanceLoopCharacteristics')) return null;
  const inLoop = key => [
    () => extension(loop, 'zeebe:LoopCharacteristics')?.get(key),
    value => edit.writeExtension(element, loop, 'zeebe:LoopCharacteristics', { [key]: value }),
  ];
  return group('loop', '繰返し', [
    formula('loop-input', '繰り返す一覧', ...inLoop('inputCollection'), { description: '例：=notice.vehicles' }),
    formula('loop-count', '繰り返す回数（一覧がないとき）', () => loop.get('loopCardinality')?.get('body'),
      value => edit.expression(element, loop, 'loopCardinality', value)),
    text('loop-item', '1件の変数名', ...inLoop('inputElement')),
    text('loop-output', '結果の一覧の変数名', ...inLoop('outputCollection')),
    formula('loop-result', '1件の結果', ...inLoop('outputElement')),
    formula('loop-end', '途中で終わる条件', () => loop.get('completionCondition')?.get('body'),
      value => edit.expression(element, loop, 'completionCondition', value)),
    check('loop-sequential', '1件ずつ順番に行う', () => !!loop.get('isSequential'),
      value => edit.update(element, loop, { isSequential: value })),
  ], true);
}

export function standardLoop({ element, bo, edit }) {
  const loop = bo.get?.('loopCharacteristics');
  if (!is(loop, 'bpmn:StandardLoopCharacteristics')) return null;
  return group('loop', 'ループ', [
    formula('loop-condition', '続ける条件', () => loop.get('loopCondition')?.get('body'),
      value => edit.expression(element, loop, 'loopCondition', value),
      { description: '例：=review.result = "再調査"　真のあいだ、くり返します。何回目かは loopCounter です。' }),
    text('loop-maximum', '回数の上限', () => loop.get('loopMaximum')?.toString(),
      value => edit.update(element, loop, { loopMaximum: value ? Number(value) : undefined }),
      { validate: value => (value && !/^[1-9]\d*$/.test(value) ? '1以上の整数を入れてください。' : null) }),
    check('loop-before', 'はじめの回の前にも条件を確かめる', () => !!loop.get('testBefore'),
      value => edit.update(element, loop, { testBefore: value }),
      { description: '付けると、1回も行わないことがあります。' }),
  ], true);
}

export function adHoc(context) {
  const { element, bo, edit } = context;
  if (!is(bo, 'bpmn:AdHocSubProcess')) return null;
  return group('ad-hoc', 'アドホック（順番を決めない作業）', [
    select('ad-hoc-ordering', '進め方', () => (bo.get('ordering') === 'Sequential' ? 'Sequential' : undefined),
      value => edit.update(element, bo, { ordering: value }),
      () => [{ value: 'Sequential', label: '1つずつ、図の順に' }], { none: '同時に' }),
    formula('ad-hoc-active', 'はじめに開く作業（IDの一覧）', ...inExtension(context, 'zeebe:AdHoc', 'activeElementsCollection'),
      { description: '例：=["Task_hearing", "Task_visit"]　空なら、流れが入ってこない作業をすべて開きます。' }),
    formula('ad-hoc-end', '終わる条件', () => bo.get('completionCondition')?.get('body'),
      value => edit.expression(element, bo, 'completionCondition', value),
      { description: '作業が1つ終わるたびに確かめます。空なら、開いた作業がなくなったときに終わります。' }),
    check('ad-hoc-cancel', '条件がそろったら、残りの作業を取りやめる', () => bo.get('cancelRemainingInstances') !== false,
      value => edit.update(element, bo, { cancelRemainingInstances: value })),
  ], true);
}

export function compensation({ element, bo, edit }) {
  if (is(bo, 'bpmn:Transaction')) {
    return group('transaction', 'トランザクション', [
      fixed('transaction-note', 'はたらき', '中のキャンセル終了で、済んだ作業を取り消します')]);
  }
  if (!is(bo, 'bpmn:Activity') || bo.get('triggeredByEvent')) return null;
  return group('compensation', '補償（取消し）', [
    check('for-compensation', 'ほかの作業を取り消すための作業', () => !!bo.get('isForCompensation'),
      value => edit.modeling.updateProperties(element, { isForCompensation: value || undefined }),
      { description: '流れではつながず、取り消す作業の縁の補償イベントと、関連（点線）で結びます。' }),
  ], !!bo.get('isForCompensation'));
}
