"""One YAML document of a territory, with the line on which each of its values stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from casecore.territory.mistakes import Findings

Path = tuple[str | int, ...]
DEEPEST = 8  # no value we read lies deeper; an anchor that holds itself has no bottom


@dataclass(slots=True, kw_only=True)
class Document:
    """A mapping read from YAML; `lines` leads from the path of a value to its line, counted from 1."""

    file: str
    data: dict[str, Any]
    findings: Findings
    lines: dict[Path, int] = field(default_factory=dict)

    def note(self, path: Path, problem: str, *, value: object = "", **facts: object) -> None:
        line = next((self.lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.lines), None)
        column = ".".join(map(str, path))
        self.findings.note(self.file, line, column, value, problem, **facts)

    def text(self, *path: str | int) -> str:
        """The text at `path` (a bare number is text too: unit ids look like numbers); a mistake if none."""
        value: Any = self.data
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                self.note(path, "missing_key")
                return ""
        if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
            self.note(path, "not_text", value=value)
            return ""
        return str(value)

    def names(self, languages: tuple[str, ...], *path: str | int) -> dict[str, str]:
        """Language → name at `path`; the first language is required, a language unknown here is a mistake."""
        value: Any = self.data
        for step in path:
            value = value.get(step) if isinstance(value, dict) else value[step]
        if not isinstance(value, dict):
            self.note(path, "not_a_mapping", value=value)
            return {}
        for tag in value:
            if tag not in languages:
                self.note((*path, str(tag)), "unknown_key", value=tag)
        given = {tag: self.text(*path, tag) for tag in languages if tag in value or tag == languages[0]}
        return {tag: name for tag, name in given.items() if name}

    def only_keys(self, known: tuple[str, ...], *path: str | int) -> None:
        value: Any = self.data
        for step in path:
            value = value[step]
        for key in value:
            if key not in known:
                self.note((*path, str(key)), "unknown_key", value=key)


def read_document(file: str, raw: bytes, findings: Findings) -> Document | None:
    """The document, or None when it is no YAML mapping; keys that occur twice are mistakes."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        findings.note(file, raw[: error.start].count(b"\n") + 1, "", "", "not_utf8")
        return None
    try:
        node, data = _parse(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else None
        findings.note(file, line, "", "", "broken_yaml", detail=getattr(error, "problem", None) or error)
        return None
    except (ValueError, TypeError, RecursionError) as error:
        # PyYAML lets these through for values that look like a date or a number and are none, and for loops
        findings.note(file, None, "", "", "broken_yaml", detail=error)
        return None
    if not isinstance(data, dict):
        findings.note(file, 1, "", "", "not_a_mapping")
        return None
    document = Document(file=file, data={str(k): v for k, v in data.items()}, findings=findings)
    _locate(document, node, ())
    return document


def _parse(text: str) -> tuple[yaml.Node | None, Any]:
    """The nodes, which know their lines, and the same as plain values."""
    loader = yaml.SafeLoader(text)  # refuses control characters here already
    try:
        node = loader.get_single_node()
        return node, None if node is None else loader.construct_document(node)
    finally:
        loader.dispose()


def _locate(document: Document, node: yaml.Node | None, path: Path) -> None:
    if node is None or len(path) > DEEPEST:
        return
    document.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        _locate_keys(document, node, path)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _locate(document, item, (*path, index))


def _locate_keys(document: Document, node: yaml.MappingNode, path: Path) -> None:
    seen: set[str] = set()
    for key, value in node.value:
        here = (*path, str(key.value))
        document.lines[here] = key.start_mark.line + 1
        if str(key.value) in seen:
            document.note(here, "duplicate_key", value=key.value)
        seen.add(str(key.value))
        _locate(document, value, here)
