"""From sign-in to a new version: a mistake is met, mended, published; a case under way keeps the version it began on."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser import studio, walks


def test_an_analyst_is_stopped_by_a_mistake_mends_it_and_publishes_while_an_old_case_keeps_its_version(
    person: Callable[..., Page],
) -> None:
    applicant = person(phone=True, javascript=False)
    walks.applicant_signs_in(applicant, "sumida")
    old = _files(applicant, "改める前の相談")

    analyst = studio.start(person())
    before = _current_version(analyst)
    _meets_a_mistake(analyst)
    _mends_it(analyst)
    studio.publish(analyst, "確認を点検と呼ぶ")
    expect(analyst.get_by_text(f"第{before + 1}版を公開しました")).to_be_visible()
    row = analyst.get_by_role("row").filter(has_text=f"第{before + 1}版")
    expect(row).to_contain_text("公開中")
    expect(row).to_contain_text("伊藤 さくら")
    expect(row).to_contain_text("確認を点検と呼ぶ")

    new = _files(applicant, "改めた後の相談")
    clerk, chief = person(), person()
    walks.staff_signs_in(clerk, "sato")
    walks.staff_signs_in(chief, "takahashi")
    for number, task in ((old, "回答の確認"), (new, "回答の点検")):
        walks.open_task(clerk, number)
        walks.finish_task(clerk, number, {"回答の文": "窓口でも御案内しています。"})
        walks.wait_for_task(chief, number)
        expect(chief.get_by_role("row").filter(has_text=number)).to_contain_text(task)

    _returns(analyst, before)


def _current_version(page: Page) -> int:
    chip = page.get_by_role("row").filter(has_text="公開中")
    return int(chip.get_by_role("link").inner_text().removeprefix("第").removesuffix("版"))


def _meets_a_mistake(page: Page) -> None:
    """The task is renamed and loses its form: list, diagram and publishing say so, and lead to it."""
    studio.opened(page, "process.bpmn")
    studio.choose(page, "回答の確認")
    page.get_by_label("名称").fill("回答の点検")
    page.get_by_label("使うフォーム").select_option("")
    studio.save(page)
    # A clerk could end it all the same; but the condition behind it reads an answer that no form gives any more.
    expect(page.locator("[data-problem-count]")).to_have_text("誤り 1件・注意 1件")
    problem = page.locator("[data-problem-list]")
    expect(problem).to_contain_text("フォームが決まっていません")
    expect(problem).to_contain_text("直し方：")
    expect(page.locator(".check-badge").first).to_be_visible()
    studio.choose(page, "回答を書く")
    problem.get_by_role("button", name="回答の点検").click()
    expect(page.get_by_label("名称")).to_have_value("回答の点検")
    studio.publish(page, "確認を点検と呼ぶ")
    stopped = page.get_by_role("alert")
    expect(stopped).to_contain_text("公開しませんでした")
    expect(stopped).to_contain_text("「confirmation」は、この手続のどこからも値が入りません")
    stopped.get_by_role("link", name="差戻し").click()
    page.wait_for_selector("[data-ready=yes]")
    studio.choose(page, "回答の点検")
    expect(page.get_by_label("名称")).to_have_value("回答の点検")


def _mends_it(page: Page) -> None:
    """The form is chosen again; the scenario that still expects the old name is mended too."""
    page.get_by_label("使うフォーム").select_option("confirmation")
    studio.save(page)
    expect(page.locator("[data-problem-count]")).to_contain_text("公開できます")
    studio.publish(page, "確認を点検と呼ぶ")
    stopped = page.get_by_role("alert")
    expect(stopped).to_contain_text("手順2（作業 回答の確認）")
    expect(stopped).to_contain_text("シナリオの期待を直してください")
    studio.rewrite(page, "scenarios/01_answered.yaml", "回答の確認", "回答の点検")
    page.goto(f"{studio.INQUIRY}/draft/scenarios")
    page.get_by_role("button", name="動かす").click()
    expect(page.get_by_text("すべて期待どおりでした")).to_be_visible()


def _returns(page: Page, number: int) -> None:
    """The version before is the current one again."""
    page.goto(f"{studio.INQUIRY}/versions/{number}")
    page.get_by_role("link", name="この版に戻す").click()
    page.get_by_label("戻す理由").fill("呼び方を元に戻す")
    page.get_by_role("button", name=f"第{number}版に戻す").click()
    expect(page.get_by_text(f"第{number}版に戻しました")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text=f"第{number}版")).to_contain_text("公開中")
    expect(page.get_by_text("呼び方を元に戻す").first).to_be_visible()


def _files(page: Page, subject: str) -> str:
    """An inquiry is filed; the number of its case."""
    page.goto("/procedures/inquiry/start")
    page.get_by_role("button", name="新しく入力をはじめる").click()
    page.get_by_label("相談の種類").select_option("許可の申請")
    page.get_by_label("件名").fill(subject)
    page.get_by_role("textbox", name="相談の内容").fill("許可の更新は、いつから申請できますか。")
    page.get_by_role("button", name="次へ進む").click()
    page.get_by_label("お名前").fill("株式会社すみだ回収")
    page.get_by_label("メールアドレス").fill("sumida@example.jp")
    page.get_by_role("button", name="確認へ進む").click()
    page.get_by_role("button", name="提出する").click()
    return walks.case_number(page)
