"""What is wrong with the frame of a decision table: its policy, headings, the number of cells, cells left empty."""

from __future__ import annotations

from collections.abc import Iterator

from engine.dmn import model as m
from engine.dmn.boxes import POLICIES
from engine.dmn.columns import column_type
from engine.dmn.needs import Seen
from engine.dmn.tables import output_type, output_values
from engine.dmn.texts import find_expression
from engine.dmn.types import type_of
from engine.feel.types import JAPANESE, Type

AGGREGATIONS = ("SUM", "COUNT", "MIN", "MAX")

# problem, remedy, place, severity
Finding = tuple[str, str, m.Place, str]


def shape_findings(
    model: m.Model, element: m.Decision | m.Knowledge, box: m.TableBox, known: Seen
) -> Iterator[Finding]:
    """The findings about everything but what the cells say."""
    yield from _words(box)
    yield from _order(model, element, box)
    yield from _size(box)
    for index, clause in enumerate(box.inputs):
        yield from _input(model, known, box, index, clause)
    yield from _headings(box)
    yield from _result(model, element, box)
    for row in box.rules:
        yield from _row(box, row)


def head(clause: m.Input | m.Output) -> m.Place:
    """Where a heading stands."""
    return m.Place(clause.element, clause.line)


def _words(box: m.TableBox) -> Iterator[Finding]:
    """A hit policy or an aggregation that DMN does not have: nothing may be guessed in its place."""
    place = box.place
    if box.policy not in POLICIES.values():
        meant = _policy_meant(box.policy.strip("「」"))
        remedy = meant or f"{'、'.join(POLICIES)}のどれかを書いてください。"
        yield f"当たり方（hitPolicy）{box.policy}はありません。", remedy, place, "error"
    if box.aggregation and box.policy != "C":
        remedy = "集計（aggregation）を消すか、当たり方（hitPolicy）をCOLLECTにしてください。"
        text = f"集計（aggregation）「{box.aggregation}」は、当たり方がCOLLECTの表だけに書けます。"
        yield text, remedy, place, "error"
    elif box.aggregation and box.aggregation not in AGGREGATIONS:
        remedy = f"{'、'.join(AGGREGATIONS)}のどれかを書くか、消してください。"
        yield f"集計（aggregation）「{box.aggregation}」はありません。", remedy, place, "error"
    elif box.aggregation and len(box.outputs) > 1:
        # DMN 1.5, 8.2.8: the collect operator is undefined over multiple outputs.
        text = f"結果の列が{len(box.outputs)}つある表では、集計（{box.aggregation}）はできません。"
        remedy = "集計する結果ごとに表を分けるか、集計（aggregation）を消してください。"
        yield text, remedy, place, "error"


def _policy_meant(word: str) -> str:
    """How a policy is written that was written as in a table's corner (F, C+) or in other letters; empty for no policy."""
    folded = " ".join(word.upper().replace("_", " ").replace("-", " ").split())
    names = {letter: name for name, letter in POLICIES.items()}
    sums = {"C+": "SUM", "C#": "COUNT", "C<": "MIN", "C>": "MAX"}
    if folded in sums:
        return f'hitPolicy="COLLECT" aggregation="{sums[folded]}" と書いてください。'
    name = folded if folded in POLICIES else names.get(folded)
    return f"{name} と書いてください。" if name else ""


def declared_type(model: m.Model, element: m.Decision | m.Knowledge, box: m.TableBox) -> Type:
    """The type of the value of the whole table, Any when there is none."""
    is_whole = isinstance(element, m.Decision) and element.box is box
    return type_of(model.types, element.type_ref if is_whole else box.type_ref)


def _order(model: m.Model, element: m.Decision | m.Knowledge, box: m.TableBox) -> Iterator[Finding]:
    """A table that is to choose by the order of its results, and knows none."""
    if box.policy not in "PO" or not box.outputs:
        return
    declared = declared_type(model, element, box)
    known = [
        output_values(clause, output_type(clause, box, declared, model.types))
        for clause in box.outputs
    ]
    if not any(known):
        text = "結果の順（どの結果を優先するか）が書かれていません。"
        remedy = "出力の値の一覧（outputValues）を、優先する順に書くか、当たり方を変えてください。"
        yield text, remedy, box.place, "error"


def _size(box: m.TableBox) -> Iterator[Finding]:
    if not box.outputs:
        text = "結果の列（output）がひとつもありません。"
        yield text, "結果の列を加えてください。", box.place, "error"
    if not box.rules:
        text = "行がひとつもないので、結果が決まりません。"
        gives_list = box.policy in "RO" or box.policy == "C"
        is_constant = gives_list or any(output.default for output in box.outputs)
        severity = "warning" if is_constant else "error"
        yield text, "行を加えてください。", box.place, severity
    elif not box.inputs and box.policy in "UAFP":
        text = "入力の列がひとつもないので、どの行にも必ず当てはまります。"
        severity = "error" if box.policy == "U" and len(box.rules) > 1 else "warning"
        yield text, "入力の列を加えてください。", box.place, severity


def _input(
    model: m.Model, known: Seen, box: m.TableBox, index: int, clause: m.Input
) -> Iterator[Finding]:
    """A heading that computes nothing, or of whose values nothing is known."""
    cells = [row.inputs[index].strip() for row in box.rules if index < len(row.inputs)]
    is_narrowed = any(cell not in ("", "-") for cell in cells)
    if not clause.text.strip():
        text = f"見出し「{clause.label}」に、何を調べるかの式がありません。"
        if is_narrowed:
            text += "値がないので、この列に条件のある行には当てはまりません。"
        remedy = "見出しに入力の名前か式を書くか、列を取り除いてください。"
        yield text, remedy, head(clause), "error" if is_narrowed else "warning"
        return
    expression = find_expression(model, clause.text)
    if expression is None:
        return  # told already
    declared = type_of(model.types, clause.type_ref)
    inferred = known.infer(expression.tree)
    if {declared.kind, inferred.kind} <= set(JAPANESE) and not _may_become(inferred, declared):
        text = (
            f"見出し「{clause.label}」の型は{JAPANESE[declared.kind]}ですが、"
            f"式「{' '.join(clause.text.split())}」の値は{JAPANESE[inferred.kind]}です。どの値も型に合いません。"
        )
        yield text, f"見出しの型を{inferred.kind}にしてください。", head(clause), "error"
    elif is_narrowed and column_type(model, known, clause).kind == "Any":
        text = f"見出し「{clause.label}」に型がありません。値の種類（数、文字列など）の誤りを見つけられません。"
        remedy = "見出しか入力データに、型（number、string、boolean、date など）を決めてください。"
        yield text, remedy, head(clause), "warning"


def _may_become(given: Type, wanted: Type) -> bool:
    if given.kind == wanted.kind or "list" in (given.kind, wanted.kind):
        return True
    return (given.kind, wanted.kind) == ("date", "date and time")


def _headings(box: m.TableBox) -> Iterator[Finding]:
    """Headings that cannot be told apart."""
    seen: dict[str, m.Input] = {}
    for clause in box.inputs:
        earlier = seen.setdefault(clause.label, clause)
        if " ".join(earlier.text.split()) != " ".join(clause.text.split()):
            text = f"見出し「{clause.label}」が二つあり、違うものを調べています。"
            remedy = "判定の理由で見分けられるように、見出しを変えてください。"
            yield text, remedy, head(clause), "warning"
    if len(box.outputs) < 2:
        return
    names: set[str] = set()
    for output in box.outputs:
        if not output.name:
            text = f"結果の列「{output.label}」に名前（name）がありません。"
            remedy = "結果の列が二つ以上あるときは、列ごとに名前を付けてください。"
            yield text, remedy, head(output), "error"
        elif output.name in names:
            text = f"結果の列の名前「{output.name}」が二つあります。片方の結果が失われます。"
            yield text, "名前を一つずつ違うものにしてください。", head(output), "error"
        names.add(output.name)
    if any(output.default for output in box.outputs):
        for output in box.outputs:
            if not output.default:
                text = f"結果の列「{output.label}」に既定の結果がありません。どの行にも当てはまらないとき、この列だけ null になります。"
                yield text, "既定の結果を書いてください。", head(output), "warning"


def _result(
    model: m.Model, element: m.Decision | m.Knowledge, box: m.TableBox
) -> Iterator[Finding]:
    """A declared type that the value of the table cannot have."""
    declared = declared_type(model, element, box)
    if declared.kind not in JAPANESE or not box.outputs:
        return
    gives_list = box.policy in "RO" or (box.policy == "C" and not box.aggregation)
    word = JAPANESE[declared.kind]
    if gives_list and declared.kind != "list":
        text = f"結果はリストになりますが、型は{word}です。当てはまる行がちょうど一つでないとき、型に合いません。"
        remedy = "型をリスト（isCollection の型）にするか消すか、当たり方を変えてください。"
        yield text, remedy, box.place, "warning"
        return
    one = declared.inner if declared.kind == "list" and declared.inner else declared
    if len(box.outputs) < 2 or one.kind not in JAPANESE or one.kind == "list":
        return
    if one.kind != "context":
        text = f"結果の列が{len(box.outputs)}つあるので結果は項目の集まりになりますが、型は{JAPANESE[one.kind]}です。"
        yield text, "型を消すか、項目のある型にしてください。", box.place, "error"
    missing = [name for name in one.fields or {} if name not in {o.name for o in box.outputs}]
    if missing:
        text = (
            f"結果の型にある項目「{'」「'.join(missing)}」の列がありません。結果が型に合いません。"
        )
        yield text, "結果の列を加えるか、型から項目を除いてください。", box.place, "error"


def _row(box: m.TableBox, row: m.RuleRow) -> Iterator[Finding]:
    place = m.Place(row.id, row.line)
    for cells, clauses, word in (
        (row.inputs, box.inputs, "条件"),
        (row.outputs, box.outputs, "結果"),
    ):
        if len(cells) != len(clauses):
            text = f"{row.number}行目は、{word}の欄が{len(cells)}個です。見出しは{len(clauses)}個あります。"
            remedy = (
                "足りない欄を加えてください。"
                if len(cells) < len(clauses)
                else "余分な欄を取り除くか、見出しを加えてください。"
            )
            yield text, remedy, place, "error"
    empty = [index for index, cell in enumerate(row.outputs) if not cell.strip()]
    # Some product leaves out what has no result; a row without any, or a part of a sum, is none.
    is_needed = len(empty) == len(row.outputs) or bool(box.aggregation)
    for index in empty:
        cell = row.places[len(row.inputs) + index]
        text = f"{cell.label}に結果がありません。この行に当てはまると null になります。"
        remedy = "結果を書いてください。結果がないことを表すなら、null と書いてください。"
        yield text, remedy, cell, "error" if is_needed else "warning"
