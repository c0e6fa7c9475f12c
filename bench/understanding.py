"""`python -m bench understanding [FILE.jsonl …]`: how well and how fast messages are understood, against the bars.

Quality on the held-out half of the project's own labelled set (or on the files named), and the abstain table. Speed on
one core, each size of gazetteer in a process of its own, so that memory is that size's alone:

    cold     the index of names is made from gazetteer.csv       warm     it is opened from the data folder
    text     a message read in full, the set's own texts          point    one point among all microgrids

Loading and texts are processor time of the whole process, so that a busy machine does not spoil them; a point, too
short for that clock, is by the wall. Memory is the process's largest resident set.
"""

from __future__ import annotations

import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TypeVar

from casecore.messages import Point
from casecore.territory.model import Territory
from casecore.territory.reader import read_territory
from config.territory.build_fuyang.names import write
from intake.evaluate import Judged, judge_lines, measures, read_lines, right_item
from intake.understand import Understander

Value = TypeVar("Value")
ROOT = Path(__file__).resolve().parent.parent
FUYANG = ROOT / "config" / "territory" / "fuyang"
HELD = ROOT / "tests" / "intake" / "heldout.jsonl"
SIZES = (10_000, 100_000, 1_000_000)
POINTS = 20_000
# The bars of the work order: at 100,000 entries, and how much worse ten times as many may be.
TEXT_MS, POINT_US, LOAD_S, WORKER_MB, TENFOLD = 5.0, 10.0, 2.0, 300.0, 2.0
BAR_SIZE = 100_000


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--one"]:
        print(json.dumps(_measure(Path(arguments[1]), Path(arguments[2]))))
        return
    if arguments[:1] != ["--speed"]:
        _quality([Path(a) for a in arguments])
    _speed()


# -- quality


def _quality(files: list[Path]) -> None:
    understander = Understander(read_territory(FUYANG))
    understander.warm()
    for path in files or [HELD]:
        lines = read_lines(path)
        judged = judge_lines(lines[1::2] if path == HELD else lines, understander)
        print(f"{path.name}{' (the half that calibrated nothing)' if path == HELD else ''}")
        print(json.dumps(measures(judged), indent=2))
        _abstain_table(judged)


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


# -- speed


def _speed() -> None:
    found: dict[int, dict[str, float]] = {}
    print(
        f"{'entries':>9} {'cold s':>7} {'warm s':>7} {'text ms':>8} {'p99 ms':>7} {'point µs':>8} {'MB':>6}"
    )
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            territory, keep = Path(folder) / "territory", Path(folder) / "names"
            shutil.copytree(FUYANG, territory)
            write(read_territory(territory), size, territory)
            cold, warm = (_in_a_process(territory, keep) for _ in range(2))
        found[size] = {**warm, "cold": cold["load"], "cold_mb": cold["mb"]}
        print(
            f"{size:>9} {cold['load']:>7.2f} {warm['load']:>7.2f} {warm['text']:>8.2f} {warm['p99']:>7.2f} "
            f"{warm['point']:>8.1f} {warm['mb']:>6.0f}"
        )
    _against_the_bars(found)


def _against_the_bars(found: dict[int, dict[str, float]]) -> None:
    bar, tenfold = found[BAR_SIZE], found[10 * BAR_SIZE]
    for name, value, most in (
        ("text message, median ms", bar["text"], TEXT_MS),
        ("point in polygon, median µs", bar["point"], POINT_US),
        ("loading cold, s", bar["cold"], LOAD_S),
        ("loading warm, s", bar["load"], LOAD_S),
        ("worker while loading cold, MB", bar["cold_mb"], WORKER_MB),
        ("worker, MB", bar["mb"], WORKER_MB),
        ("ten times the entries, times the time", tenfold["text"] / bar["text"], TENFOLD),
        ("web process, parts of it that are loaded", _web_process(), 0.5),
    ):
        print(
            f"{name:<38} {value:>8.2f}  bar {most:>6g}  {value / most:>5.2f} {'✓' if value <= most else '✗'}"
        )


def _in_a_process(territory: Path, keep: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench", "understanding", "--one", str(territory), str(keep)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(answer.stdout)
    return found


def _measure(folder: Path, keep: Path) -> dict[str, float]:
    """One size: seconds to load all that a message needs, milliseconds a text, microseconds a point, megabytes."""
    territory = read_territory(folder)
    started = time.process_time()
    understander = Understander(territory, keep=keep)
    understander.warm()
    loaded = time.process_time() - started
    texts = [line.text for line in read_lines(HELD)]
    spent = sorted(_each(understander.understand, texts))
    return {
        "load": loaded,
        "text": median(spent) * 1e3,
        "p99": spent[int(len(spent) * 0.99)] * 1e3,
        "point": _points(territory, understander),
        "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _points(territory: Territory, understander: Understander) -> float:
    """The median over points spread evenly over the district's box that lie in the district."""
    dice = random.Random(1)
    centres = [unit.centre for unit in territory.units.values() if unit.centre]
    low, high = min(c.lat for c in centres), max(c.lat for c in centres)
    west, east = min(c.lon for c in centres), max(c.lon for c in centres)
    thrown = [Point(lat=dice.uniform(low, high), lon=dice.uniform(west, east)) for _ in range(POINTS)]
    inside = [point for point in thrown if understander.locate_point(point)]
    return median(_each(understander.places.covering, inside, time.perf_counter)) * 1e6


def _web_process() -> float:
    """How many of the heavy parts a process has loaded that has accepted messages and understood none yet."""
    code = (
        "import sys, intake.worker, intake.understand, config.compose;"
        "from casecore.territory.reader import read_territory;from pathlib import Path;"
        f"intake.understand.Understander(read_territory(Path({str(FUYANG)!r})));"
        "print(sum(m in sys.modules for m in ('numpy', 'shapely', 'intake.places.namebook')))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return float(answer.stdout)


def _each(
    act: Callable[[Value], object], values: list[Value], clock: Callable[[], float] = time.process_time
) -> list[float]:
    """Seconds of each call."""
    spent: list[float] = []
    for value in values:
        started = clock()
        act(value)
        spent.append(clock() - started)
    return spent
