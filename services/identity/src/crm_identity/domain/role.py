"""Roles: named sets of rights (角色)."""

import json
import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_identity.domain.field_rules import ADMINISTRATOR, FieldRule, RoleFacts
from crm_identity.domain.record import Record
from crm_kit.errors import FailedPrecondition, InvalidArgument, Violation
from crm_kit.principal import Scope
from crm_kit.searchable import Searchable, search_indexes

CODE = re.compile(r"[a-z][a-z0-9_]{0,49}")


class RoleFixed(FailedPrecondition):
    """The administrator's role is what brings everybody back in. Facts: code."""

    en = "The role {code} can be neither changed nor removed. Make a role of your own beside it."
    zh = "角色 {code} 不能修改或删除，请另建角色。"


class RoleInUse(FailedPrecondition):
    """Somebody holds it. Facts: code, holders."""

    en = "{holders} users or positions hold the role {code}. Give them another one first."
    zh = "有 {holders} 个用户或岗位持有角色 {code}，请先为其更换角色。"


class Role(Searchable, Record):
    """``grants``: ``{"permission", "scope"}``; ``field_rules``: ``{"field", "read", "read_only"}``, as in the contract.

    ``shipped`` is the fingerprint of what the platform last shipped under this code; a built-in role that still has it
    was changed by nobody, and follows the next release.
    """

    __tablename__ = "role"
    __searched__ = ("code", "title_en", "title_zh")
    __unscoped__ = "roles are of the whole enterprise; what they open is scoped where it is opened"

    code: Mapped[str] = mapped_column(default="")
    title_en: Mapped[str] = mapped_column(default="")
    title_zh: Mapped[str] = mapped_column(default="")
    built_in: Mapped[bool] = mapped_column(default=False)
    grants: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    field_rules: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    shipped: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        Index("uq_role_code", "code", unique=True, postgresql_where=text("delete_time IS NULL")),
        *search_indexes("role"),
    )

    def refuse_if_fixed(self) -> None:
        if self.code == ADMINISTRATOR:
            raise RoleFixed(code=self.code)

    @property
    def fingerprint(self) -> str:
        """Of what the role says, whoever said it."""
        said = [self.title_en, self.title_zh, self.grants, self.field_rules]
        return sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    @property
    def facts(self) -> RoleFacts:
        return facts_of(self.code, self.grants, self.field_rules)


def facts_of(code: str, grants: Sequence[dict[str, Any]], field_rules: Sequence[dict[str, Any]]) -> RoleFacts:
    """A role from its stored columns."""
    return RoleFacts(
        code,
        tuple((grant["permission"], Scope[grant["scope"].upper()]) for grant in grants),
        tuple(FieldRule(rule["field"], rule.get("read", "FULL"), rule.get("read_only", False)) for rule in field_rules),
    )


def check_code(code: str) -> None:
    if not CODE.fullmatch(code):
        raise InvalidArgument.of(
            "code",
            "BAD_CODE",
            "Use 1 to 50 lower-case letters, digits and underscores, beginning with a letter.",
            "请使用 1 到 50 个小写字母、数字和下划线，并以字母开头。",
        )


def unknown_roles(field: str, codes: Sequence[str], known: Sequence[str]) -> list[Violation]:
    """What to say about codes no role has."""
    unknown = sorted(set(codes) - set(known))
    if not unknown:
        return []
    named, allowed = ", ".join(unknown), ", ".join(sorted(known))
    return [
        Violation(
            field,
            "UNKNOWN_ROLE",
            f"There is no role {named}. Choose from {allowed}.",
            f"没有角色 {named}，请从以下角色中选择：{allowed}。",
        )
    ]
