"""What procedure.yaml says must agree with the diagrams, forms and decisions beside it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine import feel, procedure_file
from engine.bpmn.model import Process
from engine.element_checks import Holds
from engine.errors import Problem
from engine.feel.near import suggestion
from engine.feel_functions import NAMES
from forms.definition import FormDefinition


def problems(
    settings: Mapping[str, Any],
    processes: Mapping[str, Process],
    holds: Holds,
    forms: Mapping[str, FormDefinition],
) -> Iterator[Problem]:
    """What procedure.yaml names and neither diagrams nor folder hold, and expressions that cannot be read. forms: by id."""
    file = procedure_file.FILE
    yield from procedure_file.placeholders(settings)
    start_form = settings["filing"].get("form")
    if start_form is not None and not holds.has_form(start_form):
        yield Problem(
            file,
            f"届出のフォーム「{start_form}」がありません。",
            suggestion(start_form, holds.forms) or f"forms/{start_form}.form を作ってください。",
            element="filing.form",
        )
    if not settings["retention"].get("rule"):
        yield Problem(
            file,
            "保存期間の根拠（retention.rule）が書かれていません。",
            "年数を定めた規程の名前と条や別表を書いてください。廃棄の一覧と記録に載ります。",
            element="retention",
            severity="warning",
        )
    yield from _guest_problems(settings["filing"])
    yield from _caution_problems(settings["filing"], holds)
    for written in procedure_file.expressions(settings):
        try:
            feel.compile(written.source, functions=NAMES)
        except feel.SyntaxProblem as error:
            where = f"式「{written.source.strip()}」の{error.line}行{error.column}文字目"
            text = f"{where}が読めません。{error.message_ja}"
            yield Problem(file, text, error.remedy, element=written.element)
    for lane, entry in settings["lanes"].items():
        if entry.get("audience", "staff") == "staff" and not entry.get("post"):
            yield Problem(
                file,
                f"レーン「{lane}」に職（post）がありません。",
                "post を書いてください。",
                element=f"lanes.{lane}",
            )
    asked = {node.operation for p in processes.values() for node in p.nodes}
    for job_type, operation in settings["operations"].items():
        if operation not in asked:
            yield Problem(
                file,
                f"ジョブの種類「{job_type}」を使う要素が図にありません。",
                "名前を直すか、行を消してください。",
                element=f"operations.{job_type}",
                severity="warning",
            )
    yield from _node_problems(settings, processes)
    for node, end in settings["ends"].items():
        yield from _end_problems(settings, node, end)
    searched = [
        entry[key] for entry in settings["search"] for key in ("field", "kana") if key in entry
    ]
    for path in searched:
        name, _, field = path.partition(".")
        if not holds.has_form(name):
            yield Problem(
                file,
                f"検索の項目「{path}」のフォームがありません。",
                suggestion(name, holds.forms) or "「フォーム名.項目名」で書いてください。",
                element=f"search.{path}",
            )
        elif name in forms and forms[name].find(field) is None:
            yield Problem(
                file,
                f"検索の項目「{path}」が、フォーム「{name}」にありません。",
                suggestion(field, forms[name].by_key)
                or "フォームの項目の名前（key）を書いてください。",
                element=f"search.{path}",
            )


def _end_problems(
    settings: Mapping[str, Any], node: str, end: Mapping[str, Any]
) -> Iterator[Problem]:
    letter = end.get("letter")
    if letter is not None and letter not in settings["letters"]:
        yield Problem(
            procedure_file.FILE,
            f"終わり「{node}」の通知書「{letter}」がありません。",
            "letters にある名前を書いてください。",
            element=f"ends.{node}.letter",
        )


def _node_problems(
    settings: Mapping[str, Any], processes: Mapping[str, Process]
) -> Iterator[Problem]:
    """Settings about an element that the diagrams do not hold (any more)."""
    stops = settings.get("standard_period", {}).get("stops", [])
    ends = settings.get("correcting", {}).get("ends", [])
    named = [
        *(("標準処理期間を止める作業", "standard_period.stops", node, "") for node in stops),
        *(("進み具合の段階", "stages", *line) for line in settings["stages"].items()),
        *(("作業が終わったときの言葉", "finished", *line) for line in settings["finished"].items()),
        *(("終わりの見せ方", "ends", node, "") for node in settings["ends"]),
        *(("訂正が終わる要素", "correcting.ends", node, "") for node in ends),
    ]
    nodes = {node.id for process in processes.values() for node in process.nodes}
    for title, key, node, label in named:
        if node in nodes:
            continue
        said = f"「{node}」（{label}）" if label else f"「{node}」"
        yield Problem(
            procedure_file.FILE,
            f"{title}（{key}）に書かれた要素{said}が、図にありません。",
            f"図から消したのなら、{key} からも「{node}」を消してください。"
            "誤って消したのなら、図に戻してください。idが変わったのなら、新しいidに書き直してください。",
            element=f"{key}.{node}",
        )


def _guest_problems(filing: Mapping[str, Any]) -> Iterator[Problem]:
    if "guest" not in filing["by"]:
        return
    file = procedure_file.FILE
    if not filing.get("email"):
        yield Problem(
            file,
            "アカウントなしの届出（guest）を受けるのに、連絡先のメールアドレスがどの項目か書かれていません。",
            "filing.email に「=フォーム名.項目名」を書いてください。受付番号とこのアドレスで、あとから案件を開きます。",
            element="filing.email",
        )
    if filing.get("binding"):
        yield Problem(
            file,
            "登録に結び付いたアカウントの手続（filing.binding）は、アカウントなし（guest）では受けられません。",
            "filing.by から guest を外してください。",
            element="filing.by",
        )
    if "account" not in filing["by"]:
        yield Problem(
            file,
            "アカウントなし（guest）だけを受ける手続は扱えません。",
            "filing.by に account も書いてください。",
            element="filing.by",
        )


def _caution_problems(filing: Mapping[str, Any], holds: Holds) -> Iterator[Problem]:
    name = filing.get("caution")
    if name is None:
        return
    if holds.lacks_decision(name):
        yield Problem(
            procedure_file.FILE,
            f"判定表「{name}」がありません。",
            "decisions/ にその判定表を置いてください。",
            element="filing.caution",
        )
    if not filing.get("binding"):
        yield Problem(
            procedure_file.FILE,
            "届け出る前の注意（filing.caution）は、登録を選ぶ手続（filing.binding）でしか使えません。",
            "filing.caution を消すか、filing.binding を書いてください。",
            element="filing.caution",
        )
