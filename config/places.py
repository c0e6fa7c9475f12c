"""Where things lie unless somebody says otherwise: the same answer for every command."""

from __future__ import annotations

import os
from pathlib import Path

HERE = Path(__file__).resolve().parent
LOCALES = HERE / "locales"
TERRITORIES = HERE / "territory"
TERRITORY = "fuyang"
HOST = "127.0.0.1"
PORT = 8000


def checkout() -> Path | None:
    """The top of the checkout that this code runs from; None when it was installed as a package."""
    return HERE.parent if (HERE.parent / "pyproject.toml").is_file() else None


def data_folder() -> Path:
    """`data` in a checkout, else the user's own folder for data of programs."""
    top = checkout()
    if top is not None:
        return top / "data"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "minhu"


def territory_folder(name: str) -> Path:
    """A name stands for a territory that Minhu brings along, anything else for a folder."""
    brought = TERRITORIES / name
    return brought if brought.is_dir() and "/" not in name else Path(name)


def weights_folder(data: Path) -> Path:
    """Where the speech model lies once `minhu voice setup` has fetched it."""
    return data / "weights" / "whisper-base"


def held_out() -> tuple[Path, ...]:
    """Labelled messages of the checkout that nothing is taught from; none where Minhu was installed as a package."""
    top = checkout()
    return tuple(sorted((top / "tests" / "intake").glob("heldout*.jsonl"))) if top is not None else ()


def names_folder(data: Path) -> Path:
    """Where the index of place names is kept between starts; it can be thrown away and is made again."""
    return data / "names"


def record_url(data: Path) -> str:
    """The embedded default: one SQLite file in the data folder."""
    return f"sqlite+aiosqlite:///{data.absolute() / 'minhu.db'}"
