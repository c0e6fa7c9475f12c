"""Learning: what counts as a lesson, what a lesson changes, what is refused, and taking a version up."""

from __future__ import annotations

import asyncio
import logging
import shutil
from pathlib import Path

import numpy as np
import pytest

from casecore import corrections, models
from casecore.authority import Actor
from casecore.corrections import Corrected
from casecore.errors import Refusal
from casecore.parties import Post
from casecore.store.tables import ModelVersion
from casecore.vocabulary import AliasState, CorrectionKind, Role, Side
from intake.learning.adapt import load
from intake.learning.compare import worse_beyond_noise
from intake.learning.examples import Gathered, gather
from intake.learning.files import VersionBroken, file_of, verify, verify_shipped
from intake.learning.live import Learned, require_sound
from intake.matter.model import MODEL, ModelBroken, TextModel
from intake.understand import Understander
from tests.intake.learned import Files

DUCK = "村口的大黄鸭又歪了"
ADMIN = Actor(person_id=None, side=Side.HANDLER, posts=(Post(role=Role.ADMIN, unit_id="x", on_duty=True),))


async def gathered(files: Files) -> Gathered:
    async with files.record.read() as session:
        rows = await corrections.since(session, files.clock.now())
    sorter = files.base.matters
    return gather(rows, files.territory, sorter.model.codes, lambda text: sorter.sort(text).chances)


def reasons(found: Gathered) -> list[str]:
    return [each.why for each in found.left_out]


async def test_a_confirmed_correction_is_a_lesson_with_the_weight_of_its_role(files: Files) -> None:
    for role in (Role.RESIDENT, Role.GRID_FULL, Role.TOWN_DESK):
        await files.case(f"大黄鸭没亮，{role.value}说的", judged="BLD-02", right="INF-01", by=role)
    found = await gathered(files)
    assert [(each.by_role, each.weight) for each in found.lessons] == [
        ("resident", 0.5), ("grid_full", 0.8), ("town_desk", 1.0),
    ]  # fmt: skip
    assert {each.code for each in found.lessons} == {"INF-01"}
    assert found.left_out == ()


async def test_a_correction_without_a_good_end_of_its_case_is_no_lesson(files: Files) -> None:
    await files.case(DUCK, judged="BLD-02", right="INF-01", settled=False)
    assert reasons(await gathered(files)) == ["awaits_outcome"]


async def test_a_correction_that_was_changed_again_is_no_lesson(files: Files) -> None:
    case = await files.case(DUCK, judged="BLD-02", right="ENV-01")
    async with files.record.begin() as uow:
        again = await uow.session.get_one(type(case), case.id)
        again.item_code = "INF-01"
    assert reasons(await gathered(files)) == ["undone"]


async def test_contradicting_corrections_cancel_each_other_and_are_named(files: Files) -> None:
    first = await files.case("大黄鸭没亮了呀", judged="BLD-02", right="INF-01")
    second = await files.case("大黄鸭没亮了呀！", judged="BLD-02", right="ENV-01")
    found = await gathered(files)
    assert found.lessons == ()
    assert {each.case for each in found.left_out} == {first.number, second.number}
    assert set(reasons(found)) == {"contradictory"}


async def test_one_person_does_not_teach_one_thing_without_end(files: Files) -> None:
    most = files.territory.levels.learn_person_most
    texts = [
        "路口",
        "桥头",
        "学校边",
        "菜场旁",
        "公园里",
        "河边",
        "停车场",
        "操场",
        "车站",
        "医院前",
        "祠堂",
        "码头",
    ]
    for text in texts:
        await files.case(
            f"{text}的大黄鸭没亮", judged="BLD-02", right="INF-01", by=Role.RESIDENT, person="one"
        )
    found = await gathered(files)
    assert len(found.lessons) == most
    assert reasons(found) == ["too_many"] * (len(texts) - most)


async def test_nothing_of_a_sensitive_case_is_kept(files: Files) -> None:
    assert files.territory.items["NBR-04"].sensitive
    await files.case("有人打人", judged="NBR-01", right="NBR-04")
    await files.case("有人打人了", judged="NBR-04", right="NBR-01")
    found = await gathered(files)
    assert (found.lessons, found.left_out) == ((), ())


async def test_a_lesson_carries_no_name_and_no_number(files: Files) -> None:
    await files.case("我叫王小明13812345678，大黄鸭没亮", judged="BLD-02", right="INF-01")
    (lesson,) = (await gathered(files)).lessons
    assert "王小明" not in lesson.text
    assert "138" not in lesson.text
    assert "大黄鸭没亮" in lesson.text


async def test_an_upheld_return_to_a_department_teaches_the_matter_it_leads(files: Files) -> None:
    """The unit is named, the matter follows from the words, when only one of the unit's matters fits them."""
    lead = files.territory.items["UTL-01"].lead_department
    case = await files.case(
        "家里突然停水了", judged="ENV-01", right=None,
        what=Corrected(kind=CorrectionKind.RETURN, item_before="ENV-01", unit_before="g", unit_after=lead),
    )  # fmt: skip
    async with files.record.begin() as uow:
        (await uow.session.get_one(type(case), case.id)).unit_id = lead
    assert [each.code for each in (await gathered(files)).lessons] == ["UTL-01"]


async def test_a_correction_changes_the_answer_and_the_file_is_safe_and_the_same_each_time(
    files: Files,
) -> None:
    await files.case(DUCK, judged="BLD-02", right="INF-01")
    before = files.base.understand("大黄鸭歪了").matters[0].code
    assert before != "INF-01"
    outcome = await files.course().run()
    assert (outcome.state, outcome.version) == ("activated", 1), outcome.report
    file = file_of(files.models, 1)
    taught = files.base.taught(model=file, version=1).understand("大黄鸭歪了")
    assert (taught.matters[0].code, taught.model) == ("INF-01", 1)
    assert any("鸭" in because.text for because in taught.matters[0].because)
    with np.load(file, allow_pickle=False) as arrays:
        assert all(arrays[name].dtype != object for name in arrays.files)
    again = await Files(
        record=files.record, base=files.base, models=files.models / "other", clock=files.clock
    ).course().run(dry=True)  # fmt: skip
    assert again.state == "same"  # the same lessons make the same model: there is nothing new in them
    assert again.report["data_hash"] == outcome.report["data_hash"]


async def test_a_dry_run_writes_neither_file_nor_record(files: Files) -> None:
    await files.case(DUCK, judged="BLD-02", right="INF-01")
    outcome = await files.course().run(dry=True)
    assert outcome.state == "activated"
    assert not files.models.exists()
    async with files.record.read() as session:
        assert not await models.versions(session)


async def test_a_poisoned_batch_does_not_take_over(files: Files) -> None:
    """Many agreeing people and well-ended cases: still what was known about lamps may not be unlearned."""
    where = [
        "村口",
        "桥头",
        "学校门口",
        "菜场",
        "公园",
        "河边",
        "车站",
        "医院",
        "祠堂",
        "码头",
        "广场",
        "小区",
    ]
    how = ["路灯不亮", "路灯坏了", "路灯不亮了晚上很黑", "路灯一闪一闪"]
    for number, place in enumerate(where):
        await files.case(
            f"{place}{how[number % len(how)]}", judged="INF-01", right="ENV-01", person=f"p{number}"
        )
    outcome = await files.course(sample=3).run()
    assert outcome.state == "kept_old"
    assert outcome.report["worse"]
    async with files.record.read() as session:
        assert await models.active(session) is None
        (row,) = await models.versions(session)
    assert (row.better, row.file_sha256, row.active) == (False, "", False)
    assert not file_of(files.models, 1).exists()
    async with files.record.begin() as uow:
        with pytest.raises(Refusal, match="version_unknown"):
            await models.activate(uow, 1)


# -- taking up


async def fake_version(files: Files, number: int = 1) -> ModelVersion:
    """The shipped file as if it had been learned: what taking up does is the same."""
    file = file_of(files.models, number)
    file.parent.mkdir(parents=True)
    shutil.copyfile(MODEL, file)
    from intake.learning.files import sha256_of

    async with files.record.begin() as uow:
        row = await models.add(
            uow, number=number, parent=0, data_hash="d", file_sha256=sha256_of(file), better=True, report={}
        )
        await models.activate(uow, number)
    return row


async def test_the_running_house_takes_a_version_up_at_the_bell_and_goes_back(files: Files) -> None:
    learned = Learned(files.record, files.base, files.models)
    assert (await learned.current()).version == 0
    await fake_version(files)
    taken = await learned.current()
    assert taken.version == 1
    assert taken.understand("路灯不亮").model == 1
    async with files.record.begin() as uow:
        await models.activate(uow, models.SHIPPED)
    assert (await learned.current()).version == 0


async def test_a_changed_file_is_not_taken_up_and_the_start_is_refused_with_the_way_back(
    files: Files, caplog: pytest.LogCaptureFixture
) -> None:
    await fake_version(files, 1)
    await fake_version(files, 2)
    assert await require_sound(files.record, files.models) == file_of(files.models, 2)
    broken = file_of(files.models, 2)
    broken.write_bytes(broken.read_bytes()[:-1] + b"x")
    with pytest.raises(VersionBroken, match="minhu learn rollback 1") as refused:
        await require_sound(files.record, files.models)
    assert (refused.value.version, refused.value.back) == (2, 1)
    file_of(files.models, 1).unlink()
    with pytest.raises(VersionBroken, match="minhu learn rollback 0"):
        await require_sound(files.record, files.models)
    learned = Learned(files.record, files.base, files.models)
    with caplog.at_level(logging.ERROR):
        assert (await learned.current()).version == 0
    assert "rollback" in caplog.text


def test_a_damaged_shipped_file_is_named(tmp_path: Path) -> None:
    copy = tmp_path / "model.npz"
    copy.write_bytes(MODEL.read_bytes())
    verify_shipped(copy)
    spoiled = bytearray(copy.read_bytes())
    spoiled[len(spoiled) // 2] ^= 0xFF
    copy.write_bytes(spoiled)
    with pytest.raises(ModelBroken, match=r"model\.npz"):
        verify_shipped(copy)


def test_a_file_made_for_other_word_vectors_is_refused_at_the_start(tmp_path: Path) -> None:
    """A newer program may bring newer vectors: the learned weights mean nothing beside them."""
    arrays = load(MODEL)
    arrays["vectors_digest"] = np.array("other")
    from intake.learning.adapt import write
    from intake.matter.model import digest

    arrays["digest"] = np.array(digest(arrays))
    (tmp_path / "1").mkdir()
    sha = write(arrays, tmp_path / "1" / "model.npz")
    with pytest.raises(VersionBroken, match="vectors"):
        verify(tmp_path, 1, sha)
    with pytest.raises(ModelBroken):
        TextModel(tmp_path / "1" / "model.npz")


# -- place names


async def test_a_changed_place_is_proposed_and_known_once_an_administrator_confirms(files: Files) -> None:
    territory = files.territory
    right = territory.find_path("新登镇/双塔村").id
    await files.case(
        "红房子那边路灯不亮", judged="INF-01", right=None,
        what=Corrected(
            kind=CorrectionKind.CARD_PLACE, unit_before="elsewhere", unit_after=right, place_words="红房子"
        ),
    )  # fmt: skip
    async with files.record.begin() as uow:
        (alias,) = await _aliases(uow.session)
        assert (alias.words, alias.unit_id, alias.state) == ("红房子", right, AliasState.PROPOSED)
        nobody = Actor(person_id=None, side=Side.HANDLER, posts=())
        with pytest.raises(Refusal, match="not_yours"):
            await corrections.decide(uow, territory, nobody, alias.id, confirm=True)
    learned = Learned(files.record, files.base, files.models)
    assert all(
        place.text != "红房子" for place in (await learned.current()).understand("红房子路灯不亮").places
    )
    async with files.record.begin() as uow:
        await corrections.decide(uow, territory, ADMIN, alias.id, confirm=True)
    best = (await learned.current()).understand("红房子路灯不亮").places[0]
    assert (best.unit_id, best.text) == (right, "红房子")


async def _aliases(session: corrections.AsyncSession) -> list[corrections.PlaceAlias]:
    from sqlalchemy import select

    return list(await session.scalars(select(corrections.PlaceAlias)))


async def test_a_name_that_exists_or_says_too_much_is_not_proposed(files: Files) -> None:
    right = files.territory.find_path("新登镇/双塔村").id
    for words in ("双塔村", "灯", "从桥过去左转第三家店对面的那个很大的院子里", "3幢502室"):
        await files.case(
            "路灯不亮", judged="INF-01", right=None,
            what=Corrected(kind=CorrectionKind.CARD_PLACE, unit_after=right, place_words=words),
        )  # fmt: skip
    async with files.record.read() as session:
        assert await _aliases(session) == []


# -- noise


def test_a_handful_of_misses_is_noise_and_a_clear_loss_is_not() -> None:
    old = [1.0] * 100
    assert not worse_beyond_noise(old, [0.0, *[1.0] * 99])
    assert worse_beyond_noise(old, [*[0.0] * 10, *[1.0] * 90])
    assert not worse_beyond_noise([0.0] * 10, [1.0] * 10)


async def test_loading_a_version_does_not_stop_the_loop(files: Files) -> None:
    """Messages of other conversations go on while a model is read: it is read in a thread."""
    await fake_version(files)
    learned = Learned(files.record, files.base, files.models)
    taking = asyncio.create_task(learned.current())
    turns = 0
    while not taking.done():
        await asyncio.sleep(0)
        turns += 1
    assert (await taking).version == 1
    assert turns > 10


def test_importing_the_learned_seam_loads_no_numpy() -> None:
    """The start with web chat alone stays quick: models are opened by the worker's first message."""
    import subprocess
    import sys

    code = "import sys, intake.learning.live; print('numpy' in sys.modules)"
    root = Path(__file__).resolve().parents[2]
    seen = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "False"
    assert isinstance(Understander, type)
