"""`python -m bench understanding [FILE.jsonl …]`: how well and how fast messages are understood.

Quality on the held-out half of the project's own labelled set (or on the files named), the abstain table, and speed on
one core: a text message over the shipped gazetteer and over made-up landmarks ten and a hundred times as many, a
point among the microgrids' outlines, loading, and memory.
"""

from __future__ import annotations

import json
import random
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TypeVar

from casecore.messages import Point
from casecore.territory.model import Landmark, Territory
from casecore.territory.reader import read_territory
from casecore.vocabulary import Level
from intake.evaluate import Judged, judge_lines, measures, read_lines, right_item
from intake.understand import Understander

Value = TypeVar("Value")
ROOT = Path(__file__).resolve().parent.parent
HELD = ROOT / "tests" / "intake" / "heldout.jsonl"
SIZES = (10_000, 100_000, 1_000_000)
SYLLABLES = "金银翠竹湖山云溪江春秋月明阳兰桂松柏鹤龙凤东西南北上下新古天和安康宁泰丰盛华景福禄"
KINDS = ("苑", "小区", "花园", "路", "大厦", "公寓", "新村", "广场", "家园", "巷")


def main(arguments: list[str]) -> None:
    started = time.perf_counter()
    before = _memory()
    territory = read_territory(ROOT / "config" / "territory" / "fuyang")
    understander = Understander(territory)
    read_at = time.perf_counter()
    understander.warm()
    print(f"load: territory {read_at - started:.2f} s, understanding {time.perf_counter() - read_at:.2f} s")
    print(f"memory: {before:.0f} MB before, {_memory():.0f} MB after the first message")
    for path in [Path(a) for a in arguments] or [HELD]:
        lines = read_lines(path)
        judged = judge_lines(lines[1::2] if path == HELD else lines, understander)
        print(f"{path.name}{' (the half that calibrated nothing)' if path == HELD else ''}")
        print(json.dumps(measures(judged), indent=2))
        _abstain_table(judged)
    _points(territory, understander)
    _scale(territory)


def _abstain_table(judged: list[Judged]) -> None:
    pairs = [
        (j.got.matters[0].probability, right_item(j, 1)) for j in judged if j.line.codes and j.got.matters
    ]
    for threshold in (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95):
        kept = [right for p, right in pairs if p >= threshold]
        if kept:
            print(
                f"  p ≥ {threshold}: {len(kept) / len(pairs):.3f} of messages, {sum(kept) / len(kept):.3f} right"
            )


def _points(territory: Territory, understander: Understander) -> None:
    cells = [u.centre for u in territory.units.values() if u.level is Level.MICROGRID and u.centre]
    points = [Point(lat=c.lat, lon=c.lon) for c in cells[:5000]]
    understander.locate_point(points[0])
    print(
        f"point in polygon: {_each(understander.locate_point, points) * 1e6:.1f} µs over {len(cells)} microgrids"
    )


def _scale(territory: Territory) -> None:
    texts = [line.text for line in read_lines(HELD)]
    for size in SIZES:
        started = time.perf_counter()
        larger = replace(
            territory, landmarks=(*territory.landmarks, *made_up(territory, size - len(territory.landmarks)))
        )
        made = time.perf_counter()
        understander = Understander(larger)
        understander.warm()
        loaded = time.perf_counter() - made
        spent = sorted(_each(understander.understand, [t]) for t in texts)
        print(
            f"{size:>9} landmarks: load {loaded:.1f} s (making them {made - started:.1f} s), "
            f"median {median(spent) * 1000:.2f} ms, p99 {spent[int(len(spent) * 0.99)] * 1000:.2f} ms, "
            f"{_memory():.0f} MB"
        )


def made_up(territory: Territory, count: int) -> list[Landmark]:
    """Compounds and roads with plausible names below real villages; the same for the same count."""
    chance = random.Random(count)
    villages = [u.id for u in territory.units.values() if u.level is Level.VILLAGE]
    return [
        Landmark(
            names={
                "zh-CN": "".join(chance.choices(SYLLABLES, k=chance.choice((2, 3, 3, 4))))
                + chance.choice(KINDS)
            },
            kind="compound",
            unit=chance.choice(villages),
        )
        for _ in range(count)
    ]


def _each(act: Callable[[Value], object], values: list[Value]) -> float:
    started = time.perf_counter()
    for value in values:
        act(value)
    return (time.perf_counter() - started) / len(values)


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
