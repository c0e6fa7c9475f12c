"""Spoken on Telegram to the real model: a voice note on one bot is a task on the other, on the right grid."""

from __future__ import annotations

import base64
from pathlib import Path

from casecore.login import person_of
from casecore.parties import give_post, make_binding_code
from casecore.vocabulary import Level, Role
from tests.journeys.telegram_stage import HANDLERS, RESIDENTS, Chat, Town, town

# What is said in the recording that is used, and where it is.
WORDS, PLACE = "路灯", "金苑社区"


async def test_a_voice_note_becomes_a_task_with_its_words_and_its_sound(
    speech_model: Path, shared_data: Path, tmp_path: Path
) -> None:
    sound = next((shared_data / "speech" / "civic_noisy").glob("00_*.ogg"))
    async with town(tmp_path, "polling", territory="fuyang", voice_model=speech_model) as place:
        worker = await _on_the_grids(place, PLACE)
        resident = await place.chat(RESIDENTS, "Wang")
        await resident.write("中文")
        await resident.heard("中文")
        await resident.act("voice", content=base64.b64encode(sound.read_bytes()).decode(), duration=8)
        await resident.heard("正在听")
        await resident.heard(PLACE, WORDS, button="misheard")
        await resident.press("confirm")
        await worker.heard(PLACE, WORDS, button="accept")
        (case,) = await place.cases()
        territory = place.house.territory
        assert case.unit_id is not None
        village = territory.at_level(case.unit_id, Level.VILLAGE)
        assert village is not None and village.names["zh-CN"] == PLACE
        assert case.item_code == "INF-01"
        assert any({"voice", "audio"} & message.keys() for message in await worker.history()), (
            "no sound came along"
        )


async def _on_the_grids(place: Town, name: str) -> Chat:
    """The demo's grid worker, bound to the handlers' bot, with the grids of this village as well."""
    territory = place.house.territory
    village = next(unit for unit in territory.units.values() if unit.names.get("zh-CN") == name)
    async with place.house.record.begin() as uow:
        person = await person_of(uow.session, place.usernames["demo_grid"])
        assert person is not None
        for grid in territory.children(village.id):
            await give_post(uow, person, Role.GRID_FULL, grid.id)
        code = await make_binding_code(uow, person)
    chat = await place.chat(HANDLERS, "Li")
    await chat.act("start", payload=f"bind_{code}")
    await chat.heard("Bound")
    return chat
