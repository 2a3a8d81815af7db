"""The vehicle change notice as three people walk it: the firm on a phone without scripts, the clerks, the chief.

Everything behind the pages is real: engine, worker, PDF, mail, and the stand-in of the vehicle register.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser import vehicle_notice as notice
from tests.browser import walks
from tests.browser.conftest import Site

FIRM = "株式会社秋川環境"
ADDRESS = "東京都あきる野市二宮350番地"
TAMA = "株式会社多摩クリーン運輸"
TAMA_ADDRESS = "東京都八王子市元本郷町三丁目24番1号"
PRIVATE_PLATE, PRIVATE_CHASSIS = (
    "多摩100さ6666",
    "FBA60-6660066",
)  # stands in the president's own name
NOTES = {
    "使用者の氏名又は名称": "国の登録の使用者が許可業者ではありません。使用者を変えてから入力してください。",
    "使用者の住所": "使用者の住所を入力してください。",
    "写真（左側面）": "許可番号の下6けたが写っていません。撮り直してください。",
    "自動車検査証記録事項": "使用者を変えたあとのものを添付してください。",
}
SEND_BACK = "使用者の変更の日を審査の記録に書いてください。"


def truck(
    *,
    plate: tuple[str, str, str, str],
    chassis_no: str,
    owner: str = TAMA,
    address: str = TAMA_ADDRESS,
    model: str = "三菱 2RG-FEB50",
    body_type: str = "キャブオーバ",
    use: str = "事業用",
) -> dict[str, object]:
    """A new truck as its certificate says, with what the form asks besides."""
    return {
        "plate": plate,
        "choices": {"区分": "増車", "車体の形状": body_type, "燃料の種類": "軽油"},
        "texts": {
            "車台番号": chassis_no,
            "車名・型式": model,
            "最大積載量": "3000",
            "車両総重量": "6800",
            "所有者の氏名又は名称": owner,
            "所有者の住所": address,
            "使用の本拠の位置": address,
            "保管場所（車庫）": address,
        },
        "checked": [use, "自己所有", "廃プラスチック類", "がれき類"],
        "until": date(2027, 8, 31),
        "shown": "産業廃棄物収集運搬車",
    }


def test_a_notice_goes_from_the_search_to_the_completion_letter(
    person: Callable[..., Page], look: walks.Look, site: Site
) -> None:
    firm = person(phone=True, javascript=False)
    number = _files(firm, look, site)

    reception = person()
    walks.staff_signs_in(reception, "sato")
    walks.open_task(reception, number)
    look(reception)
    reception.get_by_label("すべて適切").check()
    walks.finish_task(reception, number)
    look(reception)

    chief = person()
    walks.staff_signs_in(chief, "takahashi")
    walks.wait_for_task(chief, number)
    walks.open_task(chief, number)
    look(chief)
    chief.get_by_label("決定する").check()
    walks.finish_task(chief, number)

    _receives(firm, look, site, number, [FIRM, "FRR90-7350001", "FRR90-7350002"])
    chief.goto(f"/desk/?view=done&q={number}")
    look(chief)
    chief.get_by_role("row").filter(has_text=number).get_by_role("link").first.click()
    look(chief)


def test_a_notice_is_corrected_sent_back_by_the_chief_and_decided(
    person: Callable[..., Page], look: walks.Look, site: Site
) -> None:
    register, firm = person(), person(phone=True, javascript=False)
    register.goto(site.register)
    _enters_as_user(register, "多摩 太郎", "東京都八王子市明神町二丁目5番6号")
    asked = _processed(register)
    number = _files_with_the_presidents_truck(firm)

    examiner = person()
    walks.staff_signs_in(examiner, "suzuki")
    _checks_photos_if_sampled(person, number)
    walks.wait_for_task(examiner, number)
    assert _processed(register) - asked == 2
    walks.open_task(examiner, number)
    expect(examiner.get_by_text("国の登録の使用者が許可業者ではありません。").first).to_be_visible()
    look(examiner)
    _asks_for_correction(examiner, look, number)

    _enters_as_user(register, TAMA, TAMA_ADDRESS)
    _reads_the_demand(firm, look, site, number)
    _corrects(firm, look)
    _checks_photos_if_sampled(person, number, view="mine")

    chief = person()
    walks.staff_signs_in(chief, "takahashi")
    walks.wait_for_task(chief, number)
    assert _processed(register) - asked == 3, "only the changed row is asked again"
    chief.goto("/desk/search?q=たまくりーん")
    expect(chief.get_by_role("row").filter(has_text=number)).to_contain_text("開庁日")
    look(chief)
    walks.open_task(chief, number)
    expect(chief.locator("#answers")).to_contain_text("左（撮り直し）.jpg")
    expect(chief.locator("#answers")).to_contain_text("記録事項（変更後）.pdf")
    changed = chief.get_by_role("table", name="補正で変わった項目")
    expect(changed.get_by_role("row").filter(has_text="使用者の住所")).to_contain_text(TAMA_ADDRESS)
    look(chief)
    chief.get_by_label("審査担当へ差し戻す").check()
    walks.finish_task(chief, number, {"差戻しの理由": SEND_BACK})
    walks.reload_until(firm, "審査しています")
    expect(firm.get_by_text(SEND_BACK)).to_have_count(0)
    look(firm)

    examiner.goto("/desk/")
    expect(examiner.get_by_role("row").filter(has_text=number)).to_contain_text("戻ってきた作業")
    look(examiner)
    walks.open_task(examiner, number, view="mine")
    expect(examiner.get_by_text("前に担当した鈴木 一郎さんの担当になっています")).to_be_visible()
    expect(examiner.get_by_text(SEND_BACK).first).to_be_visible()
    examiner.get_by_label("受理する", exact=True).check()
    walks.finish_task(examiner, number, {"審査の記録": "使用者の変更は令和8年11月20日。"})
    _decides_in_the_batch(chief, look, number)
    _receives(firm, look, site, number, [TAMA, "FRR90-7001234", PRIVATE_CHASSIS])


def _files_with_the_presidents_truck(page: Page) -> str:
    """The firm files two trucks; the second stands in the president's own name. The number of the case."""
    page.goto("/procedures/sanpai_vehicle_change/start")
    walks.applicant_signs_in(page, "tama")
    page.get_by_role("button", name="新しく入力をはじめる").click()
    page.get_by_label("産業廃棄物", exact=True).check()
    _next(page, "届出者")
    page.get_by_label("許可業者", exact=True).check()
    _next(page, "変更の内容")
    notice.fill_change(page, on=walks.today() - timedelta(days=3), reason="取扱量が増えたため")
    _next(page, "車両")
    page.get_by_role("button", name="車両を追加する").click()
    first = truck(plate=("品川", "130", "い", "2468"), chassis_no="FRR90-7001234")
    notice.fill_vehicle(notice.row_of(page, 1), first)
    second = truck(
        plate=("多摩", "100", "さ", "6666"),
        chassis_no=PRIVATE_CHASSIS,
        owner="多摩 太郎",
        use="自家用",
    )
    notice.fill_vehicle(notice.row_of(page, 2), second)
    page.get_by_role("button", name="次へ進む").click()
    for number in (1, 2):
        notice.row_of(page, number).get_by_label("排出ガス記号").fill("2RG")
    _next(page, "確認")
    page.get_by_label("欠格要件に該当せず").check()
    page.get_by_role("button", name="確認へ進む").click()
    page.get_by_role("button", name="提出する").click()
    return walks.case_number(page)


def _decides_in_the_batch(chief: Page, look: Callable[[Page], None], number: str) -> None:
    """The chief reads what was found and decided before, ticks the case, and decides it with those ticked."""
    chief.goto("/desk/batch")
    walks.reload_until(chief, number)
    line = chief.get_by_role("row").filter(has_text=number)
    expect(line).to_contain_text("問題なし")
    expect(line).to_contain_text("受理する（鈴木 一郎")
    assert _ticked(chief) == 0
    line.get_by_role("checkbox").check()
    assert _ticked(chief) == 1
    look(chief)
    chief.get_by_label("決定する").check()
    chief.get_by_role("button", name="選んだ案件をまとめて終える").click()
    done = chief.get_by_role("row").filter(has_text=number)
    expect(done).to_contain_text("確認・決定：決定する")
    look(chief)
    done.get_by_role("link", name=number).click()
    # How far the system has come by now decides whether the line is among the newest or folded.
    expect(chief.locator("#timeline")).to_contain_text("確認・決定：審査担当へ差し戻す")


def _ticked(page: Page) -> int:
    """How many cases the page says are chosen, as a screen reader has it."""
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")
    nodes = {node["nodeId"]: node for node in tree["nodes"]}

    def text(node: dict[str, Any]) -> str:
        if node["role"]["value"] == "StaticText":
            return str(node["name"]["value"])
        return "".join(text(nodes[one]) for one in node["childIds"] if one in nodes)

    (sentence,) = (
        text(one)
        for one in nodes.values()
        if text(one).startswith("選んだ案件：") and one["role"]["value"] == "paragraph"
    )
    found = re.search(r"：([0-9]+)件", sentence)
    assert found, sentence
    return int(found[1])


def _checks_photos_if_sampled(
    person: Callable[..., Page], number: str, *, view: str = "section"
) -> None:
    """Every fifth notice goes by the reception, which looks at its photos (parameters: photo_sample_every)."""
    if int(number[-3:]) % 5:
        return
    reception = person()
    walks.staff_signs_in(reception, "sato")
    walks.wait_for_task(reception, number, view=view)
    walks.open_task(reception, number, view=view)
    reception.get_by_label("すべて適切").check()
    walks.finish_task(reception, number)


def _asks_for_correction(page: Page, look: walks.Look, number: str) -> None:
    """The examiner pins a note to four answers of the second truck and asks for a correction."""
    for label, note in NOTES.items():
        box = page.get_by_label(f"直してほしいこと（届出者に見えます）：車両 2台目　{label}")
        page.get_by_text(f"メモ：車両 2台目　{label}").click()
        box.fill(note)
    look(page)
    page.get_by_label("補正を求める", exact=True).check()
    walks.finish_task(page, number)


def _enters_as_user(register: Page, name: str, address: str) -> None:
    """The land transport office has entered this user of the president's truck."""
    register.get_by_label("登録番号", exact=True).fill(PRIVATE_PLATE)
    register.get_by_label("使用者（空欄は所有者）").fill(name)
    register.get_by_label("使用者の住所").fill(address)
    register.get_by_role("button", name="登録する").click()
    expect(register.get_by_role("row").filter(has_text=PRIVATE_PLATE)).to_contain_text(name)


def _reads_the_demand(page: Page, look: walks.Look, site: Site, number: str) -> None:
    """The page of the case asks for the correction and until when; the letter names every answer and its note."""
    page.get_by_role("link", name="案件のページへ").click()
    walks.reload_until(page, "補正通知書（PDF）")
    # The letter is made first; the task of the applicant opens a moment later.
    walks.reload_until(page, "直していただきたいところがあります")
    look(page)
    text = walks.pdf_text(page, site, "補正通知書（PDF）")
    for expected in (number, TAMA, *NOTES, *NOTES.values()):
        assert expected in text, f"{expected!r} is not in the letter: {text}"


def _corrects(page: Page, look: walks.Look) -> None:
    """Only the answers with a note can be changed; what is typed and uploaded is sent in."""
    page.get_by_role("link", name="補正する").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("車両")
    look(page)
    assert page.locator("form").get_by_role("textbox").count() == 2
    assert page.locator("form input[type=file]").count() == 2
    for note in NOTES.values():
        expect(page.get_by_text(note)).to_be_visible()
    expect(notice.row_of(page, 1).get_by_role("button")).to_have_count(0)
    page.get_by_role("button", name="確認へ進む").click()
    unchanged = page.get_by_role("status").filter(has_text="変わっていないもの（4件）")
    look(page)
    unchanged.get_by_role("link").first.click()
    row = notice.row_of(page, 2)
    row.get_by_label("使用者の氏名又は名称").fill(TAMA)
    row.get_by_label("使用者の住所").fill(TAMA_ADDRESS)
    new = {
        "写真（左側面）": notice.photo("左（撮り直し）.jpg", "産業廃棄物収集運搬車 987654"),
        "自動車検査証記録事項": notice.paper("記録事項（変更後）.pdf"),
    }
    for label, old in (
        ("写真（左側面）", "写真（左側面）.jpg"),
        ("自動車検査証記録事項", "記録事項.pdf"),
    ):
        row.get_by_role("button", name=re.compile(f"外す.*{re.escape(old)}")).click()
        row.get_by_label(label).set_input_files(new[label])
    page.get_by_role("button", name="確認へ進む").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("内容の確認")
    expect(page.get_by_text("左（撮り直し）.jpg")).to_be_visible()
    look(page)
    page.get_by_role("button", name="補正を提出する").click()
    walks.reload_until(page, "補正が届きました")
    look(page)


def _processed(register: Page) -> int:
    """How many questions the register stand-in has answered."""
    register.reload()
    found = re.search(r"処理した照会: (\d+)件", register.content())
    assert found
    return int(found[1])


def _files(page: Page, look: walks.Look, site: Site) -> str:
    """The firm goes from the list of procedures to the receipt and its PDF; the number of the case."""
    notice.find_and_open(page, look, wanted="車両　変更")
    page.get_by_role("link", name="入力をはじめる").first.click()
    walks.applicant_signs_in(page, "akigawa")
    look(page)
    page.get_by_role("button", name="新しく入力をはじめる").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("対象の許可")
    expect(page.get_by_text("01300777777")).to_be_visible()
    look(page)
    page.get_by_label("産業廃棄物", exact=True).check()
    _next(page, "届出者")
    look(page)
    expect(page.get_by_label("代表者の氏名")).to_have_value("秋川 みどり")
    page.get_by_label("許可業者", exact=True).check()
    _next(page, "変更の内容")
    look(page)
    notice.fill_change(page, on=walks.today() - timedelta(days=3), reason="取扱量が増えたため")
    _next(page, "車両")
    look(page)
    _fills_two_vehicles(page, look)
    _next(page, "確認")
    look(page)
    page.get_by_label("欠格要件に該当せず").check()
    page.get_by_role("button", name="確認へ進む").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("内容の確認")
    look(page)
    for shown in (
        FIRM,
        "八王子 130 あ 35-01",
        "FRR90-7350002",
        "写真（右側面）.jpg",
        "記録事項.pdf",
    ):
        expect(page.get_by_text(shown).first).to_be_visible()
    page.get_by_role("button", name="提出する").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("届出を受け付けました")
    look(page)
    number = walks.case_number(page)
    walks.reload_until(page, "受付票（PDF）を受け取る")
    look(page)
    text = walks.pdf_text(page, site, "受付票（PDF）を受け取る")
    for expected in (number, FIRM, "FRR90-7350001", "FRR90-7350002"):
        assert expected in text, f"{expected!r} is not in the receipt: {text}"
    page.get_by_role("link", name="案件のページへ").click()
    look(page)
    return number


def _fills_two_vehicles(page: Page, look: walks.Look) -> None:
    """The first row by itself, then a second one; 軽油 asks for one thing more."""
    own = {"owner": FIRM, "address": ADDRESS, "model": "いすゞ 2RG-FRR90"}
    first = truck(
        plate=("八王子", "130", "あ", "3501"),
        chassis_no="FRR90-7350001",
        body_type="ダンプ",
        **own,
    )
    notice.fill_vehicle(notice.row_of(page, 1), first)
    page.get_by_role("button", name="車両を追加する").click()
    expect(notice.row_of(page, 2)).to_be_visible()
    expect(notice.row_of(page, 1).get_by_role("link", name="写真（前面）.jpg")).to_be_visible()
    look(page)
    notice.row_of(page, 1).get_by_label("排出ガス記号").fill("2RG")
    second = truck(
        plate=("八王子", "130", "あ", "3502"),
        chassis_no="FRR90-7350002",
        body_type="脱着装置付コンテナ専用車",
        **own,
    )
    notice.fill_vehicle(notice.row_of(page, 2), second)
    page.get_by_role("button", name="次へ進む").click()
    expect(page.get_by_role("status")).to_contain_text("項目が増えました")
    look(page)
    notice.row_of(page, 2).get_by_label("排出ガス記号").fill("2RG")


def _next(page: Page, heading: str) -> None:
    page.get_by_role("button", name="次へ進む").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def _receives(page: Page, look: walks.Look, site: Site, number: str, said: Sequence[str]) -> None:
    """The page of the case says in plain words that it is done; the letter says what stands in the register now."""
    walks.reload_until(page, "受理・登録完了通知書（PDF）")
    walks.reload_until(page, "終わりました")
    look(page)
    text = walks.pdf_text(page, site, "受理・登録完了通知書（PDF）")
    for expected in (number, *said):
        assert expected in text, f"{expected!r} is not in the letter: {text}"
    page.goto("/my")
    look(page)
