"""Two versions element by element: what stands for what, what somebody has to decide, where time may be kept."""

from __future__ import annotations

from engine.kernel import pairing
from tests.kernel.drawing import (
    UNDOES,
    Item,
    boundary,
    call,
    catch,
    compensate,
    end,
    error,
    file,
    gateway,
    link,
    message,
    one,
    process,
    script,
    service,
    signal,
    start,
    sub,
    task,
    throw,
    timer,
    user,
)
from tests.kernel.playing import read


def paired(old: bytes, new: bytes) -> dict[str, pairing.Pair]:
    left, to = read(old), read(new)
    first, main = next(iter(left.values())), next(iter(to.values()))
    return {p.node.id: p for p in pairing.pairs(left, first.id, to, main)}


def named(item: Item, name: str) -> Item:
    item.name = name
    return item


def test_what_has_the_same_id_and_kind_stands_for_itself_and_the_rest_is_asked() -> None:
    old = one(named(user("a"), "受付"), user("b"), service("c"), lines="start > a > b > c > end")
    new = one(
        named(user("a2"), "受付"),
        named(user("a3"), "審査"),
        user("c"),
        service("d"),
        lines="start > a2 > a3 > c > d > end",
    )
    found = paired(old, new)
    assert found["start"].new is not None and found["start"].new.id == "start"
    assert (found["start"].why, found["start"].choices, found["start"].likely) == ("", (), "")
    asked = {id: [n.id for n in p.choices] for id, p in found.items() if p.new is None}
    assert asked == {"a": ["a2", "a3", "c"], "b": ["a2", "a3", "c"], "c": ["d"]}
    assert {id: found[id].likely for id in "abc"} == {"a": "a2", "b": "", "c": ""}
    assert found["c"].why == "kind" and found["a"].why


def test_two_of_the_same_name_are_no_likely_choice() -> None:
    old = one(named(user("a"), "受付"), lines="start > a > end")
    new = one(named(user("x"), "受付"), named(user("y"), "受付"), lines="start > x > y > end")
    assert paired(old, new)["a"].likely == ""
    nameless = old.replace(b'name="\xe5\x8f\x97\xe4\xbb\x98"', b'name=""')
    assert paired(nameless, new.replace(b'name="\xe5\x8f\x97\xe4\xbb\x98"', b'name=""'))["a"].likely == ""  # fmt: skip


def test_it_is_said_where_a_case_does_not_stand_and_what_may_be_given_up() -> None:
    inner = sub("h", start("hs", message("stop")), user("hu"), end("he"), lines="hs > hu > he", on_event=True)  # fmt: skip
    xml = one(
        gateway("f", "parallel"),
        task("t"),
        script("s", "n", "1"),
        task("m", "scriptTask", extensions='<zeebe:taskDefinition type="x.y"/>'),
        gateway("x"),
        gateway("e", "eventBased"),
        catch("e1", message("stop")),
        catch("e2", timer("P1D")),
        gateway("j", "parallel"),
        user("u"),
        boundary("late", "u", timer("P2D")),
        boundary("bad", "u", error("E1")),
        boundary("cu", "u", compensate()),
        service("undo_u", **UNDOES),
        throw("undo", compensate()),
        throw("tell", signal("s")),
        throw("to", link("l")),
        catch("from", link("l")),
        end("stopped"),
        inner,
        lines="start > f; f > t > s > j; f > m > x > e; e > e1 > j; e > e2 > j; j > u > undo > tell > to; from > end; late > stopped; bad > stopped",
        ties="cu > undo_u",
        messages={"stop": ""},
        signals="s",
        errors="E1",
    )
    found = paired(xml, xml)
    assert all(p.new is not None and p.new.id == id and not p.why for id, p in found.items())
    stands = {id for id, p in found.items() if not p.is_passed}
    assert stands == set("m e e1 e2 j u late undo_u undo h hs hu".split())
    may_end = {id for id, p in found.items() if p.may_end}
    assert may_end == {"e1", "e2", "late", "bad", "cu", "hs", "u"}


def test_time_may_be_kept_where_both_versions_have_a_clock() -> None:
    due = '<zeebe:taskSchedule dueDate="=date(day)"/>'
    old = one(
        user("a", extensions=due),
        boundary("late", "a", timer("P2D")),
        catch("pause", timer("P1D")),
        catch("gone", timer("P9D")),
        end("x"),
        lines="start > a > pause > gone > end; late > x",
    )
    new = (
        old.replace(b"P2D", b"P3D")
        .replace(b'"gone"', b'"other"')
        .replace(b">P9D<", b">P8D<")
        .replace(b'<zeebe:taskSchedule dueDate="=date(day)"/>', b"")
    )
    left, to = read(old), read(new)
    found = pairing.pairs(left, "p", to, to["p"])
    told = {c.node.id: (c.before.replace(" ", ""), c.after) for c in pairing.clocked(found)}
    assert told == {
        "a": ("=date(day)", ""),
        "late": ("P2D", "P3D"),
        "pause": ("P1D", "P1D"),
        "gone": ("P9D", ""),
    }


def test_a_timer_that_starts_the_process_has_no_time_to_keep() -> None:
    xml = file(process("p", start(event=timer("R/P1Y", "Cycle")), user("a"), end(), lines="start > a > end"))  # fmt: skip
    left = read(xml)
    assert pairing.clocked(pairing.pairs(left, "p", left, left["p"])) == []
    handler = sub("h", start("hs", timer("P1D")), user("hu"), end("he"), lines="hs > hu > he", on_event=True)  # fmt: skip
    left = read(one(user("a"), handler, lines="start > a > end"))
    (only,) = pairing.clocked(pairing.pairs(left, "p", left, left["p"]))
    assert (only.node.id, only.before, only.after) == ("hs", "P1D", "P1D")


def test_a_called_process_that_is_gone_leaves_nothing_to_choose() -> None:
    calling = process("p", start(), call("help", "q"), end(), lines="start > help > end")
    helper = process("q", start("qs"), user("b"), end("qe"), lines="qs > b > qe")
    found = paired(file(calling, helper), one(user("a"), lines="start > a > end"))
    assert (found["b"].new, found["b"].choices) == (None, ())
    assert found["b"].process == "q" and found["help"].choices == ()
