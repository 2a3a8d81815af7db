"""What an analyst should know of a decision table: rows that overlap, gaps, duplicates, rows that never match."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from engine.dmn import model as m
from engine.dmn.boxes import POLICIES
from engine.dmn.evaluate import type_of
from engine.dmn.pieces import Column
from engine.dmn.proofs import REGIONS_MAX, Proof, Region, is_conflict, is_covered, prove
from engine.dmn.tables import output_values
from engine.errors import Problem

AGGREGATIONS = ("SUM", "COUNT", "MIN", "MAX")
OVERLAPS_MAX = 50
GAPS_MAX = 10

# problem, remedy, place, severity
_Finding = tuple[str, str, m.Place, str]


def check_table(
    model: m.Model, element: m.Decision | m.Knowledge, box: m.TableBox
) -> list[Problem]:
    """The findings about one table; a problem's element is the cell, the rule or the table it belongs to."""
    proof = prove(model, box)
    findings = [
        *_unknown_words(box),
        *_unordered(model, element, box),
        *(_findings(proof) if proof is not None else ()),
    ]
    return [
        Problem(
            model.file,
            f"表「{element.name}」: {text}",
            remedy,
            place.element or box.element or element.id,
            element.name,
            place.line or box.line,
            severity,
        )
        for text, remedy, place, severity in findings
    ]


def _unknown_words(box: m.TableBox) -> Iterator[_Finding]:
    """A hit policy or an aggregation that DMN does not have: nothing may be guessed in its place."""
    place = m.Place(box.element, box.line)
    if box.policy not in POLICIES.values():
        remedy = f"{'、'.join(POLICIES)}のどれかを書いてください。"
        yield f"当たり方（hitPolicy）{box.policy}はありません。", remedy, place, "error"
    if box.aggregation and box.policy != "C":
        remedy = "集計（aggregation）を消すか、当たり方（hitPolicy）をCOLLECTにしてください。"
        text = f"集計（aggregation）「{box.aggregation}」は、当たり方がCOLLECTの表だけに書けます。"
        yield text, remedy, place, "error"
    elif box.aggregation and box.aggregation not in AGGREGATIONS:
        remedy = f"{'、'.join(AGGREGATIONS)}のどれかを書くか、消してください。"
        yield f"集計（aggregation）「{box.aggregation}」はありません。", remedy, place, "error"


def _unordered(
    model: m.Model, element: m.Decision | m.Knowledge, box: m.TableBox
) -> Iterator[_Finding]:
    """A table that is to choose by the order of its results, and knows none."""
    if box.policy not in "PO":
        return
    is_whole = isinstance(element, m.Decision) and element.box is box
    declared = type_of(model, element.type_ref if is_whole else box.type_ref)
    known = [
        output_values(clause, box, declared, lambda name: type_of(model, name))
        for clause in box.outputs
    ]
    if not any(known):
        text = "結果の順（どの結果を優先するか）が書かれていません。"
        remedy = "出力の値の一覧（outputValues）を、優先する順に書くか、当たり方を変えてください。"
        yield text, remedy, m.Place(box.element, box.line), "error"


def _findings(proof: Proof) -> Iterator[_Finding]:
    box = proof.box
    dead = set()
    for index, row in enumerate(box.rules):
        column = next((c for c in proof.columns if not c.may[index]), None)
        if column is not None:
            dead.add(index)
            text = f"{row.number}行目はどの入力にも当てはまりません（「{column.label}」の条件を満たす値がありません）。"
            yield text, "条件を直すか、行を取り除いてください。", _cell(row, column), "warning"
    if box.policy in "UAF":
        yield from _pairs(proof)
    if box.policy == "F":
        yield from _shadowed(proof, dead)
    if box.policy in "UAFP" and proof.complete is False:
        yield from _gaps(proof)


def _cell(row: m.RuleRow, column: Column) -> m.Place:
    """The cell of a row under a column's heading."""
    wanted = f"「{column.label}」"
    return next((place for place in row.places if place.label.endswith(wanted)), _rule(row))


def _rule(row: m.RuleRow) -> m.Place:
    return m.Place(row.id, row.line)


def _pairs(proof: Proof) -> Iterator[_Finding]:
    count = 0
    for earlier, later, region in proof.overlaps:
        found = _pair(proof, earlier, later, region)
        if found is None:
            continue
        count += 1
        if count > OVERLAPS_MAX:
            rest = f"重なりはほかにもあります（{OVERLAPS_MAX}組まで示しました）。"
            yield rest, "示した重なりから直してください。", _rule(proof.box.rules[later]), "warning"
            return
        text, remedy, severity = found
        yield text, remedy, _rule(proof.box.rules[later]), severity


def _pair(proof: Proof, earlier: int, later: int, region: Region) -> tuple[str, str, str] | None:
    box = proof.box
    one, other = box.rules[earlier], box.rules[later]
    equal = all(
        c.must[earlier] == c.must[later] and c.may[earlier] == c.must[earlier]
        for c in proof.columns
    )
    same_outputs = [c.strip() for c in one.outputs] == [c.strip() for c in other.outputs]
    numbers = f"{one.number}行目と{other.number}行目"
    if equal and (same_outputs or box.policy in "UF"):
        severity = "error" if box.policy == "U" else "warning"
        return f"{numbers}の条件が同じです。", "どちらかを取り除いてください。", severity
    if box.policy == "U":
        return (
            f"{numbers}が重なります（{proof.text(region)}）。",
            "条件を分けるか、ヒットポリシーを変えてください。",
            "error",
        )
    if is_conflict(box, earlier, later):
        text = f"{numbers}が重なり、結果が違います（{proof.text(region)}）。"
        return text, "結果をそろえるか、条件を分けてください。", "error"
    return None


def _shadowed(proof: Proof, dead: set[int]) -> Iterator[_Finding]:
    """Rows of a FIRST table that the rows above match entirely; equal rows are told of already."""
    equal = {
        later
        for earlier, later, _ in proof.overlaps
        if all(c.must[earlier] == c.must[later] == c.may[later] for c in proof.columns)
    }
    for index, row in enumerate(proof.box.rules):
        if not index or index in dead or index in equal:
            continue
        region = tuple(column.may[index] for column in proof.columns)
        if not is_covered(proof.columns, range(index), region):
            continue
        alone = next((i for i in range(index) if is_covered(proof.columns, [i], region)), None)
        above = "上の行のどれか" if alone is None else f"前の{proof.box.rules[alone].number}行目"
        text = f"{row.number}行目は、{above}に必ず先に当てはまるので使われません。"
        yield text, "行の順を変えるか、取り除いてください。", _rule(row), "warning"


def _gaps(proof: Proof) -> Iterator[_Finding]:
    place = proof.box.place
    for region in proof.gaps[:GAPS_MAX]:
        text = f"どの行にも当てはまらない入力があります（{proof.text(region)}）。"
        remedy = "この条件の行を加えるか、既定の結果を決めてください。"
        yield text, remedy + _whole_hint(proof, region), place, "warning"
    if len(proof.gaps) > GAPS_MAX:
        count = f"{len(proof.gaps)}" if len(proof.gaps) < REGIONS_MAX else f"{REGIONS_MAX}以上"
        text = (
            f"どの行にも当てはまらない入力は{count}か所あります（{GAPS_MAX}か所まで示しました）。"
        )
        yield text, "既定の結果を決めるか、行を加えてください。", place, "warning"


def _whole_hint(proof: Proof, region: Region) -> str:
    """What to do when nothing but fractions between two neighbouring whole numbers is missing."""
    for column, mask in zip(proof.columns, region, strict=True):
        pieces = [piece for index, piece in enumerate(column.pieces) if mask >> index & 1]
        if len(pieces) != 1 or not isinstance(pieces[0].low, Decimal):
            continue
        low, high = pieces[0].low, pieces[0].high
        if isinstance(high, Decimal) and high - low == 1 and low == low.to_integral_value():
            return f"整数だけが入る項目なら、境目を「> {low}」のようにそろえてください。"
    return ""
