"""Who there is besides places: departments, provider types, key groups and roles, each from its table."""

from __future__ import annotations

from collections.abc import Sequence

from casecore.territory.model import Department, KeyGroup, ProviderType, RoleCard
from casecore.territory.table import Columns, FirstSeen, Row, column_for
from casecore.vocabulary import Role

DEPARTMENTS = "departments.csv"
DEPARTMENT_COLUMNS = Columns(plain=("code", "short", "aliases"))
PROVIDERS = "provider_types.csv"
PROVIDER_COLUMNS = Columns(plain=("code", "side", "basis", "fee"), worded=("name", "scope"))
KEY_GROUPS = "key_groups.csv"
KEY_GROUP_COLUMNS = Columns(
    plain=("code", "priority_weight", "halves_response", "privacy_level"), worded=("name", "effect")
)
ROLES = "roles.csv"
ROLE_COLUMNS = Columns(plain=("code", "level"), worded=("name", "permissions"))

SIDES = ("market", "society")
FEES = ("paid_quote", "free_in_contract", "gov_purchased", "free")
PRIVACY = ("P0", "P1", "P2", "P3", "P4")
# Spheres of roles.csv: the unit levels, and those who stand outside the tree.
SPHERES = (
    "resident", "microgrid", "grid", "village", "town", "department", "district", "provider", "visit",
    "system",
)  # fmt: skip


def read_departments(rows: Sequence[Row], languages: tuple[str, ...]) -> dict[str, Department]:
    codes, names = FirstSeen(), FirstSeen()
    found: dict[str, Department] = {}
    for row in rows:
        code = row.required("code")
        worded = row.names("name", languages)
        for tag, name in worded.items():
            names.takes(row, column_for("name", tag), (tag, name))
        if code and codes.takes(row, "code", code):
            found[code] = Department(
                id=code, names=worded, short=row.cells["short"], aliases=row.several("aliases")
            )
    return found


def read_provider_types(rows: Sequence[Row], languages: tuple[str, ...]) -> dict[str, ProviderType]:
    codes = FirstSeen()
    found: dict[str, ProviderType] = {}
    for row in rows:
        code, side, fee = row.required("code"), row.one_of("side", SIDES), row.one_of("fee", FEES)
        names, scope = row.names("name", languages), row.names("scope", languages)
        if code and codes.takes(row, "code", code) and side and fee:
            found[code] = ProviderType(
                id=code, side=side, names=names, scope=scope, basis=row.cells["basis"], fee=fee
            )
    return found


def read_key_groups(rows: Sequence[Row], languages: tuple[str, ...]) -> dict[str, KeyGroup]:
    codes = FirstSeen()
    found: dict[str, KeyGroup] = {}
    for row in rows:
        code = row.required("code")
        weight = row.number_in("priority_weight", 1, 10)
        group = KeyGroup(
            code=code,
            names=row.names("name", languages),
            weight=weight or 1,
            halves_response=row.flag("halves_response"),
            effect=row.names("effect", languages),
            privacy=row.one_of("privacy_level", PRIVACY) or "",
        )
        if code and codes.takes(row, "code", code):
            found[code] = group
    return found


def read_roles(rows: Sequence[Row], languages: tuple[str, ...]) -> dict[Role, RoleCard]:
    codes = FirstSeen()
    found: dict[Role, RoleCard] = {}
    for row in rows:
        role, sphere = row.word("code", Role), row.one_of("level", SPHERES)
        names, permissions = row.names("name", languages), row.names("permissions", languages)
        if role and sphere and codes.takes(row, "code", role):
            found[role] = RoleCard(role=role, names=names, sphere=sphere, permissions=permissions)
    return found
