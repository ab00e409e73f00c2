"""OpenID Connect providers, and which of their accounts is whom here."""

import re
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Column, DateTime, Index, Table, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_identity.domain.record import Record
from crm_kit.errors import Violation

CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
ADMINISTRATOR = "administrator"
USUAL_SCOPES = ("profile", "email")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class IdentityProvider(Record):
    """Where people sign in with the account of their company."""

    __tablename__ = "identity_provider"
    __unscoped__ = "a provider serves the whole enterprise, and its name stands on the sign-in page"

    code: Mapped[str] = mapped_column(default="")
    name: Mapped[str] = mapped_column(default="")
    issuer: Mapped[str] = mapped_column(default="")
    client_id: Mapped[str] = mapped_column(default="")
    client_secret_sealed: Mapped[bytes] = mapped_column(default=b"")
    scopes: Mapped[list[str]] = mapped_column(default_factory=list)
    group_claim: Mapped[str] = mapped_column(default="")
    group_roles: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    provision: Mapped[bool] = mapped_column(default=False)
    default_unit_id: Mapped[UUID | None] = mapped_column(default=None)
    default_roles: Mapped[list[str]] = mapped_column(default_factory=list)
    disabled: Mapped[bool] = mapped_column(default=False)
    directory_key_id: Mapped[UUID | None] = mapped_column(default=None)

    __table_args__ = (
        Index("uq_identity_provider_code", "code", unique=True, postgresql_where=text("delete_time IS NULL")),
        Index(
            "uq_identity_provider_directory_key_id",
            "directory_key_id",
            unique=True,
            postgresql_where=text("delete_time IS NULL AND directory_key_id IS NOT NULL"),
        ),
    )

    @property
    def place_of_secret(self) -> str:
        """What its sealed client secret is bound to."""
        return f"identity|identity_provider|client_secret|{self.id}"

    def roles_of(self, groups: list[str], held: list[str]) -> list[str]:
        """The roles after a sign-in: those the list gives by group come and go with the groups, others stay."""
        given = {one["role"] for one in self.group_roles if one.get("group") in groups} - {ADMINISTRATOR}
        managed = {one["role"] for one in self.group_roles} - {ADMINISTRATOR}
        return [role for role in held if role not in managed or role in given] + sorted(given - set(held))

    def faults(self) -> list[Violation]:
        """What is wrong with it, but for roles and units that do not exist."""
        wrong: list[Violation] = []
        if not CODE.fullmatch(self.code):
            en = "Use 1 to 40 lower-case letters, digits and hyphens."
            wrong.append(Violation("code", "BAD_CODE", en, "请使用 1 到 40 个小写字母、数字或连字符。"))
        if not _is_issuer(self.issuer):
            en = "Give the https:// URL of the issuer, without ? and #; http:// only for this machine."
            wrong.append(Violation("issuer", "BAD_URL", en, "请填写以 https:// 开头且不含 ? 和 # 的签发方地址。"))
        named = {"group_roles": [one.get("role", "") for one in self.group_roles], "default_roles": self.default_roles}
        for field, roles in named.items():
            if ADMINISTRATOR in roles:
                en = "A provider never gives the role administrator; give it by hand."
                wrong.append(Violation(field, "NEVER_GIVEN", en, "身份提供方不能授予 administrator 角色，请手动授予。"))
        if self.group_roles and not (self.group_claim or self.directory_key_id):
            en = "Name the claim that lists the groups, or in directory_key_id the key of the directory."
            zh = "请填写列出用户组的声明名称，或在 directory_key_id 中指定目录所用的密钥。"
            wrong.append(Violation("group_claim", "REQUIRED", en, zh))
        if self.group_claim and self.directory_key_id:
            en = (
                "Groups come from the claim or from the directory: leave one of group_claim and directory_key_id empty."
            )
            zh = "用户组只能来自声明或目录之一，请将 group_claim 或 directory_key_id 留空。"
            wrong.append(Violation("directory_key_id", "ONE_SOURCE", en, zh))
        if self.provision and self.default_unit_id is None:
            en = "Name the unit of people who are made users at their first sign-in."
            wrong.append(Violation("default_unit_id", "REQUIRED", en, "请指定首次登录时自动建立的用户所属的组织。"))
        return wrong


identity_link = Table(
    "identity_link",
    Record.metadata,
    # Only these two together say who somebody is; an e-mail address does not.
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("provider_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Index("ix_identity_link_user_id", "user_id"),
)


def _is_issuer(issuer: str) -> bool:
    try:
        parts = urlsplit(issuer)
    except ValueError:
        return False
    local = parts.scheme == "http" and parts.hostname in _LOOPBACK
    return (
        bool(parts.hostname)
        and (parts.scheme == "https" or local)
        and not (parts.query or parts.fragment or parts.username or parts.password)
    )
