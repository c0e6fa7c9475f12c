"""What the product says to people: sentences by meaning, one TOML catalogue a language, none of them in code.

config/locales/zh-CN.toml   [cli.stop]  none = "民呼没有在运行。"
config/locales/en.toml      [cli.stop]  none = "Minhu is not running."

words.say("en", "cli.stop.none")
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from casecore.errors import Fault

# The language the product is written in: first in every list, and the one to fall back to.
SOURCE = "zh-CN"


class WordsInvalid(Fault):
    """The catalogues do not fit together: the message names file, key and what is wrong."""


class Words:
    """All catalogues of a folder. Immutable; every language knows the same keys and placeholders."""

    def __init__(self, catalogues: Mapping[str, Mapping[str, str]]) -> None:
        self._catalogues = {lang: dict(entries) for lang, entries in catalogues.items()}
        _require_same(self._catalogues)

    @classmethod
    def load(cls, folder: Path) -> Words:
        """Every `<lang>.toml` of `folder`. Raises WordsInvalid for a file or an entry that does not fit."""
        files = sorted(folder.glob("*.toml"), key=lambda file: (file.stem != SOURCE, file.stem))
        if not files:
            raise WordsInvalid(f"no catalogue (<language>.toml) in {folder}")
        return cls({file.stem: dict(_entries(_parse(file))) for file in files})

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self._catalogues)

    def nearest(self, tag: str | None, *, default: str = SOURCE) -> str:
        """The language we have that is closest to a tag as others write it (`zh_TW.UTF-8`, `en-GB`)."""
        wanted = (tag or "").replace("_", "-").split(".")[0].lower()
        for lang in self._catalogues:
            if lang.lower() == wanted:
                return lang
        primary = wanted.split("-")[0]
        return next((lang for lang in self._catalogues if lang.split("-")[0] == primary), default)

    def has(self, key: str) -> bool:
        return key in next(iter(self._catalogues.values()))

    def under(self, lang: str, prefix: str) -> dict[str, str]:
        """Every sentence below `prefix`, placeholders unfilled, for a surface that fills them itself."""
        entries = self._catalogues[lang].items()
        return {key: template for key, template in entries if key.startswith(f"{prefix}.")}

    def say(self, lang: str, key: str, /, **facts: Any) -> str:
        """The sentence for `key` with its placeholders filled. KeyError names what is missing, and where."""
        template = self._template(lang, key)
        try:
            return template.format_map(facts)
        except KeyError as missing:
            raise KeyError(f"{lang}: {key!r} needs the fact {missing}, got {sorted(facts)}") from None

    def _template(self, lang: str, key: str) -> str:
        try:
            return self._catalogues[lang][key]
        except KeyError:
            raise KeyError(f"{lang}: no words for {key!r}") from None


def placeholders(template: str) -> frozenset[str]:
    """The names of the facts that a sentence needs. WordsInvalid for a brace without its partner."""
    try:
        return frozenset(name for _, name, _, _ in string.Formatter().parse(template) if name is not None)
    except ValueError as error:
        raise WordsInvalid(f"{template!r}: {error}") from error


def _parse(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WordsInvalid(f"{file.name}: {error}") from error


def _entries(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        key = f"{prefix}{name}"
        if isinstance(value, str):
            yield key, value
        elif isinstance(value, Mapping):
            yield from _entries(value, f"{key}.")
        else:
            raise WordsInvalid(f"{key}: a text is wanted, not {value!r}")


def _require_same(catalogues: Mapping[str, Mapping[str, str]]) -> None:
    first, *others = catalogues
    for lang in others:
        for key in sorted(catalogues[first].keys() ^ catalogues[lang].keys()):
            absent = lang if key in catalogues[first] else first
            raise WordsInvalid(f"{absent}: no words for {key!r}")
        for key, template in catalogues[first].items():
            if placeholders(template) != placeholders(catalogues[lang][key]):
                raise WordsInvalid(f"{key!r}: {first} and {lang} do not name the same facts")
