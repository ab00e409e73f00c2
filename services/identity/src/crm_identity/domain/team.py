"""People who share records, across units (团队)."""

from uuid import UUID

from sqlalchemy import Index, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from crm_identity.domain.record import Record
from crm_kit.errors import FailedPrecondition, InvalidArgument
from crm_kit.searchable import Searchable, search_indexes

MOST_MEMBERS = 1000


class DirectoryKeepsTeam(FailedPrecondition):
    """What the directory does not know of would be undone by it, and its groups give roles. Facts: name."""

    en = "The team {name} is kept by the company's directory. Change its group there."
    zh = "团队 {name} 由企业目录维护，请在目录中修改对应的用户组。"


class Team(Searchable, Record):
    """A unit keeps it; its members may be anywhere."""

    __tablename__ = "team"
    __searched__ = ("name",)

    name: Mapped[str] = mapped_column(default="")
    unit_id: Mapped[UUID] = mapped_column(default=None)
    member_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), default_factory=list)
    external_id: Mapped[str] = mapped_column(default="")
    provider_id: Mapped[UUID | None] = mapped_column(default=None)

    __table_args__ = (
        Index("uq_team_name", text("lower(name)"), unique=True, postgresql_where=text("delete_time IS NULL")),
        Index("ix_team_member_ids", "member_ids", postgresql_using="gin"),
        Index("ix_team_unit_path", "unit_path", "id"),
        Index("ix_team_provider_id", "provider_id", postgresql_where=text("provider_id IS NOT NULL")),
        *search_indexes("team"),
    )

    def set_members(self, members: list[UUID]) -> None:
        """Each once, in the order given."""
        self.member_ids = list(dict.fromkeys(members))
        if len(self.member_ids) > MOST_MEMBERS:
            en = f"A team has at most {MOST_MEMBERS} members; this has {len(self.member_ids)}."
            zh = f"团队最多 {MOST_MEMBERS} 名成员，当前 {len(self.member_ids)} 名。"
            raise InvalidArgument.of("member_ids", "TOO_MANY", en, zh)
