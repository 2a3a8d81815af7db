"""What an analyst should know of a decision table: rows that overlap, gaps, duplicates, rows that never match."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from decimal import Decimal

from engine.dmn import model as m
from engine.dmn.cell_checks import cell_findings
from engine.dmn.columns import Column
from engine.dmn.conditions import condition
from engine.dmn.needs import Seen
from engine.dmn.overlaps import Overlap
from engine.dmn.proofs import OVERLAPS_MAX, Proof, prove
from engine.dmn.search import REGIONS_MAX, Region
from engine.dmn.shape_checks import Finding, head, shape_findings
from engine.errors import Problem

GAPS_MAX = 10


def check_table(
    model: m.Model,
    element: m.Decision | m.Knowledge,
    box: m.TableBox,
    known: Seen,
    told: Sequence[Problem],
    faulty: Set[m.Place],
) -> tuple[list[Problem], Proof | None]:
    """The findings about one table, and its proof where nothing but rows that overlap is wrong with it.

    A problem's element is the cell, the heading, the rule or the table it belongs to.  known: what its element sees.
    told: what was found of its expressions.  faulty: where these have a mistake: of such a result nothing more is told.
    """
    wrong_results = {one for row in box.rules for one in row.places[len(row.inputs) :]} & faulty
    findings = [
        *shape_findings(model, element, box, known),
        *(one for one in cell_findings(model, element, box, known) if one[2] not in wrong_results),
    ]
    is_flawed = any(severity == "error" for *_, severity in findings)
    wrong = [(one.element, one.line) for one in told if one.severity == "error"]
    wrong += [(one.element, one.line) for *_, one, severity in findings if severity == "error"]
    sound = _sound(box, wrong)
    places = {place.element for _, _, place, _ in findings}
    proof = prove(model, sound, known)
    if proof is not None:
        is_whole = len(sound.rules) == len(box.rules)
        findings += (
            one
            for one in _findings(proof, is_whole=is_whole)
            if one[2].element not in places or one[3] == "error"
        )
    problems = [
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
    return problems, None if is_flawed else proof


def _sound(box: m.TableBox, wrong: Sequence[tuple[str | None, int | None]]) -> m.TableBox:
    """The table without the rows whose conditions have a mistake; without any row when a heading has one.

    wrong: the elements and lines of the mistakes.
    """
    elements, lines = {element for element, _ in wrong}, {line for _, line in wrong}

    def is_wrong(place: m.Place) -> bool:
        return place.element in elements if place.element else place.line in lines

    if any(is_wrong(head(clause)) for clause in box.inputs):
        return replace(box, rules=())
    rows = (
        row
        for row in box.rules
        if not any(map(is_wrong, (_rule(row), *row.places[: len(row.inputs)])))
    )
    return replace(box, rules=tuple(rows))


def _findings(proof: Proof, *, is_whole: bool) -> Iterator[Finding]:
    """is_whole: the proof is about all rows of the table, so that what they leave out is known."""
    box = proof.box
    for index, row in enumerate(box.rules):
        column = next((c for c in proof.columns if not c.may[index] & _all(c)), None)
        if column is not None:
            text = f"{row.number}行目はどの入力にも当てはまりません（「{column.label}」の条件を満たす値がありません）。"
            yield text, "条件を直すか、行を取り除いてください。", _cell(row, column), "warning"
    equal = _equal_rows(proof)
    told = [one for later, earlier in equal.items() for one in _equal(proof, earlier, later)]
    yield from told[:OVERLAPS_MAX]
    if len(told) > OVERLAPS_MAX:
        yield _more("同じ行", told[OVERLAPS_MAX][2])
    if box.policy in "UA":
        yield from _pairs(proof, equal)
    if box.policy == "F":
        yield from _shadowed(proof, equal)
    is_sum = box.policy == "C" and box.aggregation in ("SUM", "MIN", "MAX")
    if is_whole and (box.policy in "UAFP" or is_sum) and proof.complete is not True:
        yield from _gaps(proof)


def _all(column: Column) -> int:
    """The pieces of a column that are values, a missing one and one of another type among them."""
    return column.values | column.empty | column.foreign


def _cell(row: m.RuleRow, column: Column) -> m.Place:
    """The cell of a row under a column, the first that narrows it where several do."""
    written = [index for index in column.indexes if row.inputs[index].strip() not in ("", "-")]
    return row.places[(written or column.indexes)[0]]


def _rule(row: m.RuleRow) -> m.Place:
    return m.Place(row.id, row.line)


def _equal_rows(proof: Proof) -> dict[int, int]:
    """Rules that hold for exactly what an earlier one holds for, by index, each with the first such rule."""
    first: dict[tuple[int, ...], int] = {}
    found = {}
    for index in range(len(proof.box.rules)):
        key = tuple(column.must[index] for column in proof.columns)
        is_known = all(c.must[index] & c.values == c.may[index] & c.values for c in proof.columns)
        if not is_known or not all(m & c.values for m, c in zip(key, proof.columns, strict=True)):
            continue
        if key in first:
            found[index] = first[key]
        else:
            first[key] = index
    return found


def _equal(proof: Proof, earlier: int, later: int) -> Iterator[Finding]:
    policy, one, other = proof.box.policy, proof.box.rules[earlier], proof.box.rules[later]
    is_same = bool(proof.results.same(later) >> earlier & 1)
    # A table that collects may well have several results for one condition.
    if policy in "UF" or is_same:
        severity = "error" if policy == "U" else "warning"
        text = f"{one.number}行目と{other.number}行目の条件が同じです。"
        if policy not in "UF":
            text = f"{one.number}行目と{other.number}行目は、条件も結果も同じです。"
        yield text, "どちらかを取り除いてください。", _rule(other), severity


def _pairs(proof: Proof, equal: dict[int, int]) -> Iterator[Finding]:
    count = 0
    for pair in proof.overlaps:
        is_told = proof.box.policy == "U" and (pair.later in equal or pair.earlier in equal)
        # A row equal to an earlier one overlaps with all that one overlaps with: that is told once.
        if is_told or not pair.is_sure:
            continue
        count += 1
        if count > OVERLAPS_MAX:
            yield _more("重なり", _rule(proof.box.rules[pair.later]))
            return
        yield _pair(proof, pair)


def _more(what: str, place: m.Place) -> Finding:
    text = f"{what}はほかにもあります（{OVERLAPS_MAX}件まで示しました）。"
    return text, f"示した{what}から直してください。", place, "warning"


def _pair(proof: Proof, pair: Overlap) -> Finding:
    one, other = proof.box.rules[pair.earlier], proof.box.rules[pair.later]
    numbers = f"{one.number}行目と{other.number}行目"
    where = condition(proof.columns, pair.region)
    is_any = proof.box.policy == "A"
    doubt = proof.doubt(pair.region)
    if doubt:
        text = f"{numbers}は重なるかもしれません（{where}）。"
        remedy = f"{doubt}。この値の組が起こらなければ、このままで構いません。"
        return text, remedy, _rule(other), "warning"
    if not pair.is_other:
        text = f"{numbers}が重なり、結果が違うかもしれません（{where}）。"
        remedy = "結果の式がいつも同じ値になるなら、このままで構いません。違う値になりうるなら、結果をそろえるか、条件を分けてください。"
        return text, remedy, _rule(other), "warning"
    text = (
        f"{numbers}が重なり、結果が違います（{where}）。"
        if is_any
        else f"{numbers}が重なります（{where}）。"
    )
    if is_any:
        remedy = "結果をそろえるか、条件を分けてください。"
    elif all(c.must[pair.later] & c.values == c.values for c in proof.columns):
        remedy = "この行を「そのほか」にするなら、最後に置いて、当たり方（hitPolicy）を FIRST にしてください。"
    else:
        remedy = "条件を分けるか、当たり方（hitPolicy）を変えてください。"
    return text, remedy, _rule(other), "error"


def _shadowed(proof: Proof, equal: dict[int, int]) -> Iterator[Finding]:
    """Rows of a FIRST table that the rows above match entirely; equal rows are told of already."""
    shadowed = [(index, alone) for index, alone in proof.shadowed if index not in equal]
    for index, alone in shadowed[:OVERLAPS_MAX]:
        row = proof.box.rules[index]
        above = "上の行のどれか" if alone is None else f"前の{proof.box.rules[alone].number}行目"
        text = f"{row.number}行目は、{above}に必ず先に当てはまるので使われません。"
        yield text, "行の順を変えるか、取り除いてください。", _rule(row), "warning"
    if len(shadowed) > OVERLAPS_MAX:
        yield _more("使われない行", _rule(proof.box.rules[shadowed[OVERLAPS_MAX][0]]))
    if not proof.is_all_shadowed:
        text = "使われない行がほかにもないかは、表が大きいので調べきれません。"
        yield text, "表を分けると、最後まで調べられます。", proof.box.place, "warning"


def _gaps(proof: Proof) -> Iterator[Finding]:
    place = proof.box.place
    for region in proof.gaps[:GAPS_MAX]:
        text = f"どの行にも当てはまらない入力があります（{condition(proof.columns, region)}）。"
        if proof.box.aggregation:
            text += "集計の結果は null になります。"
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
            return f"整数だけが入る項目なら、型を integer にするか、境目を「> {low}」のようにそろえてください。"
    return ""
