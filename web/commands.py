"""The `tetsuzuki` command. Each subcommand parses its options, calls one function and prints what came back."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.access import SYSTEM
from engine.errors import ModelRejected, TetsuzukiError
from web import settings
from web.case_commands import case
from web.when_used import when_used

if TYPE_CHECKING:
    from engine import deploy as deployment
    from engine import example_runs, history, procedure, scenarios
    from web import checking, demo, installation, operations, selfcheck, skeleton
else:  # all of them together take two seconds, and no command needs all of them
    example_runs = when_used("engine.example_runs")
    deployment = when_used("engine.deploy")
    history = when_used("engine.history")
    procedure = when_used("engine.procedure")
    scenarios = when_used("engine.scenarios")
    checking = when_used("web.checking")
    demo = when_used("web.demo")
    installation = when_used("web.installation")
    operations = when_used("web.operations")
    selfcheck = when_used("web.selfcheck")
    skeleton = when_used("web.skeleton")

PATHS = click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
MOST_BOUNCE_BYTES = 1_000_000  # what is cut off is the text of our own mail at the end
AS_JSON = click.option("--json", "as_json", is_flag=True, help="1件1行のJSONで出します。")


class JapaneseGroup(click.Group):
    """Errors raised on purpose end the command with their own sentence and exit code 1."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (TetsuzukiError, settings.WrongSetting) as error:
            click.echo(f"エラー: {error}", err=True)
            sys.exit(1)


@click.group(cls=JapaneseGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tetsuzuki")
def main() -> None:
    """手続 Tetsuzuki: 行政手続のワークフローエンジン。"""


@main.command()
def serve() -> None:
    """データベース・画面・ワーカーをまとめて動かします（Ctrl+C で終了）。"""
    sys.exit(installation.serve(settings.read()))


@main.command(name="demo")
@click.option("--fresh", is_flag=True, help="見本のデータを消して、はじめからやり直します。")
def run_demo(fresh: bool) -> None:
    """見本の人・案件・外部システムの見本サーバーとともに動かします。"""
    sys.exit(demo.run(fresh=fresh))


@main.command()
@click.option("--concurrency", default=4, show_default=True, help="同時に行う処理の数。")
def worker(concurrency: int) -> None:
    """ワーカーだけを動かします（照会・通知書・メール・時計）。"""
    installation.work(settings.read(), concurrency=concurrency)


@main.command()
@click.option(
    "--to",
    "revision",
    default="head",
    show_default=True,
    help="この版まで。戻すときは版の名前か -1。",
)
def migrate(revision: str) -> None:
    """データベースの表を最新にします。"""
    at = installation.migrate(settings.read(), revision)
    click.echo(f"データベースの表は {at} です。")


@main.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--note", default="", help="この版で変えたこと。")
def deploy(path: Path, note: str) -> None:
    """手続のフォルダーを検査し、シナリオを二つのエンジンで通し、公開します。"""
    with installation.opened(settings.read()) as parts:
        try:
            outcome = deployment.publish(
                parts.database,
                procedure.read_folder(path),
                operations=parts.operations,
                actor=SYSTEM,
                now=parts.now(),
                note=note,
                xml=parts.settings.xml,
                progress=_progress("シナリオ"),
            )
        except ModelRejected as error:
            click.echo("\n".join(checking.told_all(error.problems)))
            click.echo("公開しませんでした。", err=True)
            sys.exit(1)
    for problem in outcome.warnings:
        click.echo(checking.told(problem), err=True)
    click.echo(outcome.text)


@main.command()
@PATHS
@AS_JSON
def check(paths: tuple[Path, ...], as_json: bool) -> None:
    """ファイルや手続のフォルダーを検査します。誤りがあれば終了コード1。"""
    bad = 0
    for report in checking.check(
        list(paths),
        operations=operations.operations(),
        xml=settings.xml_limits(),
        expressions=settings.case_limits().feel,
    ):
        click.echo(report.as_json() if as_json else report.as_text())
        bad += not report.is_deployable
    sys.exit(1 if bad else 0)


@main.command(name="run-scenarios")
@PATHS
@AS_JSON
@click.option(
    "--coverage",
    "with_coverage",
    is_flag=True,
    help="どの要素と流れを何回通ったか、どれを通らなかったかも、手続ごとに出します。",
)
def run_scenarios(paths: tuple[Path, ...], as_json: bool, with_coverage: bool) -> None:
    """手続のシナリオと判定の例を通します（シナリオは二つめのエンジンでも）。合わなければ終了コード1。"""
    passed = failed = 0
    limits, known = settings.case_limits(), operations.operations()
    for path in paths:
        if not scenarios.folders([path]):
            remedy = "手続のフォルダー（procedure.yaml のある場所）か、その上を指定してください。"
            what = "手続がありません。" if path.exists() else "フォルダーがありません。"
            click.echo(f"× {path}: {what} → {remedy}", err=True)
            failed += 1
    for folder in scenarios.folders(list(paths)):
        try:
            compiled = procedure.compile(procedure.read_folder(folder))
        except ModelRejected as error:
            lines = "\n".join(f"   {line}" for line in checking.told_all(error.problems))
            click.echo(f"× {folder}: シナリオを動かせません。\n{lines}", err=True)
            failed += 1
            continue
        report = scenarios.run_all(
            compiled,
            operations=known,
            limits=limits,
            progress=_progress(f"{folder} シナリオ"),
        )
        for result in deployment.try_scenarios(compiled, report, limits=limits):
            click.echo(result.as_json() if as_json else result.as_text())
            passed, failed = passed + result.passed, failed + (not result.passed)
        for problem in report.unused:
            click.echo(checking.told(problem), err=True)
        examples = example_runs.run_all(compiled.files, compiled.models, compiled.parameters)
        for tried in examples.tried:
            click.echo(tried.as_json() if as_json else tried.as_text())
            passed, failed = passed + tried.passed, failed + (not tried.passed)
        for problem in examples.unreadable:
            click.echo(f"× {checking.told(problem)}", err=True)
            failed += 1
        if with_coverage:
            covered = report.coverage
            click.echo(covered.as_json() if as_json else covered.as_text())
    if not as_json:
        click.echo(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


@main.command(name="new-procedure")
@click.argument("name")
@click.option(
    "--into", default=Path("process_models"), type=click.Path(path_type=Path), help="置く場所。"
)
def new_procedure(name: str, into: Path) -> None:
    """新しい手続のフォルダーのひな型を作ります。"""
    folder = skeleton.write(name, into)
    click.echo(
        f"{folder} を作りました。次は: procedure.yaml の「○○」を実際の文言に直し、tetsuzuki check {folder}"
    )


def _progress(what: str = "") -> installation.Progress:
    """Says on the error output how far it has come with what, once a second."""
    last = time.monotonic()

    def say(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= 1:
            last = time.monotonic()
            click.echo(f"{what} {done:,}／{total:,}件".lstrip(), err=True)

    return say


@main.command(name="rebuild-projections")
def rebuild_projections() -> None:
    """作業一覧・時計・照会・検索の表を、案件の状態と記録から作り直します。"""
    rebuilt = installation.rebuild(settings.read(), progress=_progress())
    for line in rebuilt.differences:
        click.echo(line)
    click.echo(
        f"{rebuilt.cases}件の案件の表を作り直しました。記録と状態の食い違い {len(rebuilt.differences)}件。"
    )
    sys.exit(1 if rebuilt.differences else 0)


@main.command(name="restore-case")
@click.argument("number")
def restore_case(number: str) -> None:
    """状態の読めなくなった案件（受付番号）を、記録から作り直します。"""
    is_stopped = installation.restore(settings.read(), number)
    then = "運用の画面で、止まった理由を「再実行」してください。" if is_stopped else ""
    click.echo(f"{number} の状態を記録から作り直しました。{then}")


main.add_command(case)


@main.command(name="verify-history")
def verify_history() -> None:
    """すべての案件の記録の鎖を確かめます。食い違いがあれば終了コード1。"""
    checked, wrong = installation.verify(settings.read(), progress=_progress())
    for line in wrong:
        click.echo(line)
    if wrong:
        click.echo(history.REMEDY)
    click.echo(f"{checked}件の案件を確かめました。食い違い {len(wrong)}件。")
    sys.exit(1 if wrong else 0)


@main.command(name="receive-bounce")
@click.option(
    "--to", "to", default="", help="そのメールが届いたアドレス（MTAの ${recipient} など）。"
)
def receive_bounce(to: str) -> None:
    """戻ってきたメール（配送できなかった知らせ、RFC 3464）を標準入力から読み、案件に記します。"""
    raw = sys.stdin.buffer.read(MOST_BOUNCE_BYTES)
    try:
        click.echo(installation.receive_bounce(settings.read(), raw, to=to))
    except installation.DATABASE_AWAY:
        click.echo("エラー: データベースにつながりません。あとでもう一度渡してください。", err=True)
        sys.exit(os.EX_TEMPFAIL)  # a mail server keeps the message and comes again


@main.command(name="selfcheck")
def run_selfcheck() -> None:
    """閉じた網の中で動くことを確かめます（外へつなぐ画面や部品がないこと）。"""
    findings = selfcheck.run()
    for finding in findings:
        click.echo(finding.as_text())
    sys.exit(1 if any(not f.holds for f in findings) else 0)
