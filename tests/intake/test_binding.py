"""Binding: whose words are these? Evidence, doubt, privacy, and what waits is never lost."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casecore.messages import FileRef
from casecore.vocabulary import MessageKind, Side, Urgency
from intake.binding.decide import BUTTONS_MOST, bind
from intake.binding.naming import naming, points_only
from intake.binding.signals import Apart, Ask, Bound, Candidate, Line, Memory, Nearness, New, Signals
from intake.binding.weights import GUESSED, WEIGHTS
from intake.dialogue.draft import Asked, Draft, Held, Part, draft_from_json, draft_to_json
from intake.dialogue.effects import Drop, Keep
from intake.dialogue.held import kept
from intake.judgement import MatterGuess, Understanding

NOW = datetime(2024, 3, 4, 10, tzinfo=UTC)


def understood(intent: str = "addition", **changes: object) -> Understanding:
    plain = Understanding(
        intent=intent, intent_probability=0.9, matters=(), places=(), urgency=Urgency.NORMAL, urgency_because=(),
        lang="zh-CN",
    )  # type: ignore[arg-type]  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


LAMP = Candidate(
    id="a",
    number="MH-20240301-000001",
    item="INF-01",
    words="村委会门口路灯不亮",
    opened_at=NOW - timedelta(days=2),
)
DRAIN = Candidate(
    id="b",
    number="MH-20240302-000002",
    item="INF-04",
    words="文化礼堂下水道堵了",
    opened_at=NOW - timedelta(days=1),
)
BOTH = (LAMP, DRAIN)
QUIET = Memory()


def said(text: str, *, side: Side = Side.RESIDENT, **changes: object) -> Signals:
    plain = Signals(side=side, text=text, understood=understood(), sent_at=NOW)
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_a_reply_to_a_line_about_a_case_is_of_that_case() -> None:
    verdict = bind(said("怎么样了", reply_case="b"), BOTH, QUIET, NOW)
    assert isinstance(verdict, Bound) and verdict.case_id == "b" and verdict.because[0].kind == "reply"


@pytest.mark.parametrize(
    ("text", "case"),
    [
        ("MH-20240302-000002 到哪了", "b"), ("2号那件怎么样了", "b"), ("工单1 请尽快", "a"), ("尾号2的那个", "b"),
        ("no. 1 please hurry", "a"), ("#2 waiting for a part", "b"), ("我说的是2号件，不是1号", "b"),
    ],
)  # fmt: skip
def test_a_number_that_says_it_is_one_names_the_case(text: str, case: str) -> None:
    verdict = bind(said(text), BOTH, QUIET, NOW)
    assert isinstance(verdict, Bound) and verdict.case_id == case


@pytest.mark.parametrize("text", ["灯杆上的编号是0001", "在1号楼门口", "第二天又来了", "第一人民医院对面"])
def test_other_numbers_name_nothing(text: str) -> None:
    assert not naming(text, BOTH, QUIET, NOW).named


def test_the_second_counts_in_the_list_that_was_shown_last() -> None:
    shown = Memory(lines=(Line(at=NOW, incoming=False, listed=("b", "a")),))
    assert naming("第二个", BOTH, shown, NOW).named[0].case_id == "a"
    assert naming("第二个", BOTH, QUIET, NOW).named[0].case_id == "b"  # nothing shown: in the order of filing
    tomorrow = NOW + timedelta(days=1)
    assert naming("第二个", BOTH, shown, tomorrow).named[0].case_id == "b"  # the list is out of sight


def test_another_persons_number_binds_nothing() -> None:
    assert isinstance(bind(said("MH-20240301-000999 到哪了"), BOTH, QUIET, NOW), Apart)


def test_a_reply_to_somebody_elses_case_binds_nothing_of_it() -> None:
    verdict = bind(said("好的", reply_case="not-theirs"), BOTH, QUIET, NOW)
    assert not isinstance(verdict, Bound) or verdict.case_id in {"a", "b"}


def test_shared_words_tell_two_cases_apart() -> None:
    near = {"a": Nearness(filed=0.6, item=0.6), "b": Nearness(filed=0.1, item=0.1)}
    verdict = bind(said("路灯灯罩也碎了", meaning=near, chances={"INF-01": 0.8}), BOTH, QUIET, NOW)
    assert isinstance(verdict, Bound) and verdict.case_id == "a"
    assert verdict.because


def test_words_that_point_nowhere_are_asked_about() -> None:
    verdict = bind(said("今天更厉害了"), BOTH, QUIET, NOW)
    assert isinstance(verdict, Ask) and set(verdict.case_ids) == {"a", "b"}


def test_a_message_long_under_way_answers_nothing_said_meanwhile() -> None:
    asked = replace(DRAIN, asked_at=NOW - timedelta(minutes=5))
    answer = said("桥头那一段", understood=understood("other"))
    late = replace(answer, sent_at=NOW - timedelta(hours=1))
    memory = Memory(lines=(Line(at=NOW - timedelta(minutes=5), incoming=False, case_id="b", notice="asked"),))
    in_time = bind(answer, (LAMP, asked), memory, NOW)
    assert isinstance(in_time, Bound) and in_time.case_id == "b"
    assert not isinstance(bind(late, (LAMP, asked), memory, NOW), Bound)


def test_a_whole_request_about_something_else_is_new() -> None:
    from intake.judgement import PlaceGuess

    place = PlaceGuess(unit_id="u", level=None, text="双塔村", probability=1.0)
    fresh = understood(
        "new_request", places=(place,), matters=(MatterGuess(code="ENV-04", probability=0.95),)
    )
    assert isinstance(bind(said("双塔村有人占道摆摊卖菜", understood=fresh), BOTH, QUIET, NOW), New)


def test_thanks_are_of_no_case() -> None:
    assert isinstance(bind(said("谢谢师傅", understood=understood("greeting")), BOTH, QUIET, NOW), Apart)


@pytest.mark.parametrize("text", ["已经处理好了", "下午安排", "done", "收到"])
def test_a_handler_with_several_tasks_is_asked_and_never_guessed(text: str) -> None:
    tasks = tuple(replace(case, waiting=True) for case in BOTH)
    assert isinstance(bind(said(text, side=Side.HANDLER), tasks, QUIET, NOW), Ask)


def test_a_receipt_is_of_the_one_task_that_waits() -> None:
    tasks = (replace(LAMP, waiting=True), DRAIN)
    card = Memory(
        lines=(Line(at=NOW - timedelta(minutes=1), incoming=False, case_id="a", notice="task_card"),)
    )
    verdict = bind(said("收到", side=Side.HANDLER), tasks, card, NOW)
    assert isinstance(verdict, Bound) and verdict.case_id == "a"


@pytest.mark.parametrize(
    ("text", "points"),
    [("第二个", True), ("下水道那个", True), ("1", True), ("路灯今晚又不亮了，来人看看", False)],
)
def test_what_only_points_is_told_from_what_says_something(text: str, points: bool) -> None:
    assert points_only(text) is points


def test_every_kind_of_evidence_has_a_weight_of_the_sign_a_person_gave_it() -> None:
    assert set(WEIGHTS) == set(GUESSED)
    assert all(WEIGHTS[kind] * GUESSED[kind] >= 0 for kind in GUESSED)


# -- properties


ids = st.text(alphabet="abcdef0123456789", min_size=4, max_size=6)
numbers = st.integers(1, 999_999).map(lambda n: f"MH-20240301-{n:06d}")
texts = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["第二个", "5", "谢谢", "还没修好", "路灯那个", "照片补上", "收到", "MH-20240301-000007"]),
    numbers.map(lambda n: f"{n} 到哪了"),
)  # fmt: skip
instants = st.integers(-10_000, 0).map(lambda minutes: NOW + timedelta(minutes=minutes))
someones = st.builds(
    Candidate, id=ids, number=numbers, open=st.booleans(), done=st.booleans(), waiting=st.booleans(),
    over=st.booleans(), item=st.sampled_from(["INF-01", "ENV-01", None]), words=st.text(max_size=20),
    opened_at=instants, asked_at=st.one_of(st.none(), instants),
)  # fmt: skip
intents = st.sampled_from(["new_request", "status", "rating", "addition", "greeting", "cancel", "other"])


@settings(max_examples=300)
@given(
    mine=st.lists(someones, max_size=6, unique_by=lambda c: c.id), others=st.lists(someones, max_size=4),
    text=texts, intent=intents, side=st.sampled_from(list(Side)), pictures=st.booleans(), data=st.data(),
)  # fmt: skip
def test_a_message_is_never_bound_to_anybody_elses_case(
    mine: list[Candidate],
    others: list[Candidate],
    text: str,
    intent: str,
    side: Side,
    pictures: bool,
    data: st.DataObject,
) -> None:
    """Whatever is replied to, listed, remembered or typed: only the sender's own cases can come out, at most four."""
    own = {case.id for case in mine}
    everyone = sorted(own | {case.id for case in others} | {"gone"})
    line = st.builds(
        Line, at=instants, incoming=st.booleans(), case_id=st.one_of(st.none(), st.sampled_from(everyone)),
        notice=st.sampled_from(["", "asked", "added", "done", "noted"]), text=st.text(max_size=12),
        listed=st.lists(st.sampled_from(everyone), max_size=4).map(tuple),
    )  # fmt: skip
    lines = sorted(data.draw(st.lists(line, max_size=6)), key=lambda one: one.at)
    number = data.draw(st.sampled_from([case.number for case in others] or [""]))
    signals = said(
        f"{text} {number}" if data.draw(st.booleans()) else text, side=side, understood=understood(intent),
        pictures=pictures, reply_case=data.draw(st.one_of(st.none(), st.sampled_from(everyone))),
        writing=data.draw(st.booleans()), sent_at=data.draw(instants),
    )  # fmt: skip
    verdict = bind(signals, mine, Memory(lines=tuple(lines)), NOW)
    match verdict:
        case Bound(case_id=case_id):
            assert case_id in own
        case Ask(case_ids=case_ids):
            assert set(case_ids) <= own and len(case_ids) <= BUTTONS_MOST
            assert case_ids or not mine


files = st.builds(
    FileRef, kind=st.just(MessageKind.PHOTO), ref=st.text(max_size=8), digest=st.text(max_size=8)
)
held = st.builds(
    Held, id=ids, text=st.text(max_size=30), files=st.lists(files, max_size=2).map(tuple),
    lines=st.lists(ids, min_size=1, max_size=3).map(tuple), intent=intents,
    part=st.one_of(st.none(), st.builds(Part, text=st.text(max_size=20), because=st.just({}))), spot=st.none(),
    choices=st.just(({"id": "a", "case": "MH-20240301-000001", "item": None, "place": None},)),
    at=instants, due_at=instants, ends_at=instants, reminded=st.booleans(),
)  # fmt: skip
parts = st.lists(st.builds(Part, text=st.text(max_size=9), because=st.just({})), max_size=2).map(tuple)
drafts = st.builds(
    Draft, id=ids, created_at=instants, asked=st.sampled_from(list(Asked)), held=st.one_of(st.none(), held),
    due_at=st.one_of(st.none(), instants), parts=parts,
)  # fmt: skip


@given(draft=drafts)
def test_what_waits_survives_the_tray(draft: Draft) -> None:
    """A draft that is written down and read again is the same, the waiting message with its files included."""
    assert draft_from_json(json.loads(json.dumps(draft_to_json(draft)))) == draft


@given(draft=drafts)
def test_what_waits_outlives_the_request_beside_it(draft: Draft) -> None:
    """Filed, cancelled or expired: the end of a draft is not the end of a message that waits for another case."""
    left = kept(draft, [Drop()])
    if draft.held is None:
        assert left == [Drop()]
    else:
        assert isinstance(left[-1], Keep) and left[-1].draft.held == draft.held
        assert left[-1].draft.wakes_at is not None
    assert kept(draft, [Drop(held=True)]) == [Drop(held=True)]


def test_the_written_conversations_hold_what_the_docs_say() -> None:
    rows = [
        json.loads(row) for row in (Path(__file__).parent / "binding.jsonl").read_text("utf-8").splitlines()
    ]
    messages = [step for row in rows for step in row["steps"] if "want" in step]
    assert len(rows) >= 120 and len(messages) >= 400
    halves = {part: sum(row["part"] == part for row in rows) for part in ("tune", "held")}
    assert abs(halves["tune"] - halves["held"]) <= 2
