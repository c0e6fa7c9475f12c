"""The writers' gate: one at a time, the awaited every other turn, and nobody who goes away takes the gate along."""

from __future__ import annotations

import asyncio

from casecore.store.gate import Gate


async def test_one_at_a_time_and_turns_between_the_queues() -> None:
    """Six workers queue before three receivers do: the receivers still have every other turn."""
    gate, order, inside = Gate(), [], 0

    async def pass_through(name: str, *, awaited: bool) -> None:
        nonlocal inside
        async with gate.turn(awaited=awaited):
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            order.append(name)
            inside -= 1

    async with gate.turn(awaited=False):
        async with asyncio.TaskGroup() as group:
            for n in range(6):
                group.create_task(pass_through(f"w{n}", awaited=False))
            for n in range(3):
                group.create_task(pass_through(f"r{n}", awaited=True))
            await asyncio.sleep(0)
            gate._release()  # the holder's turn ends while the others wait in the group
        await gate._acquire(gate._others)  # hold it again for the block's own end
    assert order == ["r0", "w0", "r1", "w1", "r2", "w2", "w3", "w4", "w5"]


async def test_whoever_goes_away_while_waiting_is_passed_over() -> None:
    gate, done = Gate(), []

    async def pass_through(name: str) -> None:
        async with gate.turn(awaited=True):
            done.append(name)

    await gate._acquire(gate._others)
    tasks = [asyncio.create_task(pass_through(str(n))) for n in range(3)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    gate._release()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert done == ["1", "2"]
    assert not gate._held


async def test_a_turn_given_to_someone_who_just_went_away_goes_to_the_next() -> None:
    gate, done = Gate(), []

    async def pass_through(name: str) -> None:
        async with gate.turn(awaited=True):
            done.append(name)

    await gate._acquire(gate._others)
    first, second = asyncio.create_task(pass_through("a")), asyncio.create_task(pass_through("b"))
    await asyncio.sleep(0)
    gate._release()
    first.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    assert done == ["b"]
    assert not gate._held
