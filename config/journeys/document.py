"""YAML as a journey writes it: mappings remember their lines, and words stay words (`no`, `12:30`, a date)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml


class JourneyInvalid(Exception):
    """The file cannot be read as a journey; the message names file, line and step."""

    def __init__(self, file: Path, line: int, text: str, *, step: int | None = None) -> None:
        where = f"{file.name}:{line}" + (f", step {step}" if step is not None else "")
        super().__init__(f"{where}: {text}")
        self.file, self.line, self.step, self.text = file, line, step, text


class Table(dict[str, Any]):
    """A mapping of the file; `line` is where it begins, `lines` where each key stands (counted from 1)."""

    line: int = 1
    lines: dict[str, int]


class _Loader(yaml.SafeLoader):
    """YAML 1.2's plain scalars: only true/false, null and decimal numbers are anything but text.

    YAML 1.1 would read 21:03 as a number in base sixty, `no` as false and a bare date as a date without a zone.
    """


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:bool", r"^(?:true|false)$", "tf"),
    ("tag:yaml.org,2002:null", r"^(?:~|null|)$", ["~", "n", ""]),
    ("tag:yaml.org,2002:int", r"^-?(?:0|[1-9][0-9]*)$", "-0123456789"),
    ("tag:yaml.org,2002:float", r"^-?(?:0|[1-9][0-9]*)\.[0-9]+$", "-0123456789"),
):
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), list(_first))


def _table(loader: _Loader, node: yaml.MappingNode) -> Table:
    table = Table()
    table.line, table.lines = node.start_mark.line + 1, {}
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node, deep=True))
        if key in table:
            raise yaml.constructor.ConstructorError(
                None, None, f"{key!r} stands here twice", key_node.start_mark
            )
        table.lines[key] = key_node.start_mark.line + 1
        table[key] = loader.construct_object(value_node, deep=True)
    return table


_Loader.add_constructor("tag:yaml.org,2002:map", _table)


def load(file: Path) -> Table:
    """The file's top mapping. Raises JourneyInvalid."""
    try:
        found = yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506  # a SafeLoader
    except OSError as error:
        raise JourneyInvalid(file, 1, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise JourneyInvalid(file, 1, f"not UTF-8: {error.reason}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise JourneyInvalid(file, mark.line + 1 if mark else 1, error.problem or str(error)) from error
    except yaml.YAMLError as error:
        raise JourneyInvalid(file, 1, str(error)) from error
    if not isinstance(found, Table):
        raise JourneyInvalid(file, 1, "a journey is a mapping with title, territory, start and steps")
    return found
