"""The demo roster: roster.yaml read, each post's role and unit found."""

from __future__ import annotations

from casecore.territory.document import Document
from casecore.territory.model import Post, Territory
from casecore.territory.places import ORDER
from casecore.vocabulary import LEVEL_OF_ROLE, Level, Role

FILE = "roster.yaml"
_KEYS = ("key", "role", "unit", "names")


def read_roster(document: Document, territory: Territory) -> tuple[Post, ...]:
    """The posts in the file's order; `unit` is written as a path (Territory.find_path) and kept as an id."""
    document.only_keys(("posts",))
    entries = document.data.get("posts")
    if not isinstance(entries, list):
        document.note(("posts",), "not_a_list", value=entries)
        return ()
    posts: list[Post] = []
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            document.note(("posts", index), "not_a_mapping", value=entry)
            continue
        post = _post(document, index, territory)
        if post is not None and _is_new(document, index, post, posts):
            posts.append(post)
    return tuple(posts)


def _post(document: Document, index: int, territory: Territory) -> Post | None:
    here = ("posts", index)
    document.only_keys(_KEYS, *here)
    key, role_code, path = (document.text(*here, word) for word in ("key", "role", "unit"))
    names = document.names(territory.languages, *here, "names")
    role = next((r for r in Role if r.value == role_code), None)
    unlisted = bool(territory.roles) and role not in territory.roles  # an unread roles.csv is told once
    if role_code and (role is None or unlisted or role not in LEVEL_OF_ROLE):
        document.note((*here, "role"), "unknown_role", value=role_code)
        role = None
    unit = _unit_at(document, index, path, territory)
    if role is None or unit is None or not key:
        return None
    _check_reach(document, index, role, unit, territory)
    return Post(key=key, role=role, unit=unit, names=names)


def _unit_at(document: Document, index: int, path: str, territory: Territory) -> str | None:
    if not path:
        return None
    try:
        return territory.find_path(path).id
    except KeyError:
        document.note(("posts", index, "unit"), "unknown_unit", value=path)
        return None


def _check_reach(document: Document, index: int, role: Role, unit_id: str, territory: Territory) -> None:
    """A post covers the units of its role's level inside its unit; one that covers none is a slip."""
    level, wanted = territory.unit(unit_id).level, LEVEL_OF_ROLE[role]
    if level is wanted or unit_id == territory.root:
        return
    places = (*ORDER, None)
    below = Level.DEPARTMENT not in (level, wanted) and places.index(wanted) > places.index(level)
    if not below:
        document.note(
            ("posts", index, "unit"), "post_below_role", value=unit_id, role=role, wanted=wanted, got=level
        )


def _is_new(document: Document, index: int, post: Post, posts: list[Post]) -> bool:
    twin = next((n for n, other in enumerate(posts) if other.key == post.key), None)
    if twin is None:
        return True
    document.note(
        ("posts", index, "key"), "duplicate", value=post.key, first=document.lines["posts", twin, "key"]
    )
    return False
