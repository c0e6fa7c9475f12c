"""The page of what was learned, place names decided on it, and the panel that says why a case went where it is."""

from __future__ import annotations

from casecore import corrections, models
from casecore.corrections import Corrected
from casecore.store.tables import Case, PlaceAlias
from casecore.vocabulary import AliasState, CorrectionKind, Role
from tests.console.conftest import Browsers
from tests.console.world import World

REPORT = {
    "lessons": 3, "left_out": {"contradictory": 2}, "contradictory": ["MH-20240304-000001"], "worse": ["list.ST-01"],
    "held": {"n": 5, "old": {"item_top1": 0.8}, "new": {"item_top1": 0.9}},
    "taught": {"n": 7, "old": 1.0, "new": 1.0}, "shadow": {"n": 9, "changed": 1},
    "changes": [
        {"where": "shadow", "case": "MH-2", "text": "<b>leaves</b> everywhere", "old": "ST-01", "old_share": 0.5,
         "new": "ST-02", "new_share": 0.9, "right": None}
    ],
}  # fmt: skip


async def version(world: World, number: int = 1) -> None:
    async with world.record.begin() as uow:
        await models.add(
            uow, number=number, parent=0, data_hash="abcdef", file_sha256="f", better=True, report=REPORT
        )
        await models.activate(uow, number)


async def alias(world: World, words: str = "the red <i>barn</i>") -> str:
    number = await world.case("leaves", item="ST-01", place="LB-T1-V1-G01", place_text=words)
    async with world.record.begin() as uow:
        from casecore.cases import load

        case = await load(uow.session, number)
        what = Corrected(
            kind=CorrectionKind.CARD_PLACE,
            unit_before="LB-T1-V2",
            unit_after="LB-T1-V1",
            place_words=words[:16],
        )
        await corrections.note(uow, world.territory, case, await _nobody(), what)
        return (await uow.session.scalars(_aliases())).one().id


def _aliases() -> object:
    from sqlalchemy import select

    return select(PlaceAlias)


async def _nobody() -> corrections.Actor:
    return corrections.Actor(person_id=None)


async def test_the_version_in_force_and_its_report_are_shown_escaped(
    browsers: Browsers, world: World
) -> None:
    await version(world)
    desk = await browsers.of(Role.DISTRICT_DESK)
    page = (await desk.get("/learning")).text
    for part in (
        "version 1 in force",
        "abcdef",
        "0.800",
        "0.900",
        "Unlearned what it knew",
        "× 2",
        "MH-20240304-000001",
    ):
        assert part in page, part
    assert "&lt;b&gt;leaves&lt;/b&gt; everywhere" in page
    assert "<b>leaves" not in page


async def test_an_administrator_sees_no_words_of_messages(browsers: Browsers, world: World) -> None:
    await version(world)
    page = (await (await browsers.of(Role.ADMIN)).get("/learning")).text
    assert "9 recent messages" in page
    assert "everywhere" not in page


async def test_before_anything_was_learned_the_page_says_so(browsers: Browsers) -> None:
    page = (await (await browsers.of(Role.ADMIN)).get("/learning?version=99")).text
    assert "version 0 in force" in page


async def test_only_an_administrator_decides_on_a_name_and_may_take_it_back(
    browsers: Browsers, world: World
) -> None:
    name = await alias(world)
    desk, keeper = await browsers.of(Role.DISTRICT_DESK), await browsers.of(Role.ADMIN)
    assert "&lt;i&gt;" in (await desk.get("/learning")).text
    assert (await desk.post("/learning/name", id=name, verdict="confirm")).status_code == 403
    for verdict, state in (("confirm", AliasState.CONFIRMED), ("reject", AliasState.REJECTED)):
        assert (await keeper.post("/learning/name", id=name, verdict=verdict)).status_code == 303
        async with world.record.read() as session:
            assert (await session.get_one(PlaceAlias, name)).state is state
    assert (await keeper.post("/learning/name", id="nothing", verdict="confirm")).status_code == 409
    assert (await keeper.post("/learning/name", id=name, verdict="perhaps")).status_code == 404


async def test_a_desks_correction_is_kept_as_an_example_by_role(browsers: Browsers, world: World) -> None:
    number = await world.case("leaves", item="ST-01", place="LB-T1-V1-G01")
    desk = await browsers.of(Role.TOWN_DESK, "LB-T1")
    assert (await desk.post(f"/cases/{number}/reclassify", item="ST-02")).status_code == 303
    async with world.record.read() as session:
        ((kept, case),) = await corrections.since(session, world.clock.now())
    assert (kept.kind, kept.item_before, kept.item_after) == (CorrectionKind.RECLASSIFIED, "ST-01", "ST-02")
    assert (kept.by_role, kept.text, case.number) == ("town_desk", "leaves", number)
    assert "matter or place put right" in (await (await browsers.of(Role.ADMIN)).get("/learning")).text


async def test_the_case_page_says_why_in_sentences_with_escaped_words(
    browsers: Browsers, world: World
) -> None:
    number = await world.case("<script>leaves", item="ST-01", place="LB-T1-V1-G01", place_text="the <u>hall")
    desk = await browsers.of(Role.DISTRICT_DESK)
    page = (await desk.get(f"/cases/{number}")).text
    panel = page[page.index('id="why"') :]
    assert "“&lt;script&gt;leav”" in panel
    assert "Responsibility list" in panel
    assert "Who gets it first" in panel
    assert "R1.6</small>" in panel
    assert "version 0 of the model" in panel
    assert "<script>leav" not in page


async def test_a_masked_case_explains_nothing(browsers: Browsers, world: World) -> None:
    number = await world.case("leaves", item="ST-01", place="LB-T1-V1-G01")
    async with world.record.begin() as uow:
        from casecore.cases import load

        case: Case = await load(uow.session, number)
        case.sensitive = True
    page = (await (await browsers.of(Role.DISTRICT_DESK)).get(f"/cases/{number}")).text
    assert 'id="why"' not in page
