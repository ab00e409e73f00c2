"""Which entity is which message."""

from datetime import UTC, datetime
from typing import Any

from crm.identity.v1 import (
    api_key_pb2,
    delegation_pb2,
    identity_provider_pb2,
    module_pb2,
    notification_pb2,
    position_pb2,
    preferences_pb2,
    restriction_rule_pb2,
    role_pb2,
    saved_view_pb2,
    team_pb2,
    territory_pb2,
    transfer_pb2,
    unit_pb2,
    user_pb2,
)

from crm_identity.domain.api_key import SCHEME, ApiKey, state_of
from crm_identity.domain.delegation import Delegation
from crm_identity.domain.identity_provider import IdentityProvider
from crm_identity.domain.module import TITLES, Module
from crm_identity.domain.notification import worded
from crm_identity.domain.position import Position
from crm_identity.domain.preferences import Preferences
from crm_identity.domain.restriction_rule import RestrictionRule
from crm_identity.domain.role import Role
from crm_identity.domain.saved_view import SavedView
from crm_identity.domain.team import Team
from crm_identity.domain.territory import Territory
from crm_identity.domain.territory_model import TerritoryModel
from crm_identity.domain.transfer import Transfer
from crm_identity.domain.unit import Unit
from crm_identity.domain.user import User
from crm_kit.mapping import Mapping

unit = Mapping(Unit, unit_pb2.Unit)
user = Mapping(User, user_pb2.User, hidden=("password",))
role = Mapping(Role, role_pb2.Role)
position = Mapping(Position, position_pb2.Position)
team = Mapping(Team, team_pb2.Team)
delegation = Mapping(Delegation, delegation_pb2.Delegation)
preferences = Mapping(Preferences, preferences_pb2.Preferences)
module = Mapping(
    Module,
    module_pb2.Module,
    computed={"title_en": lambda row: TITLES[row.code][0], "title_zh": lambda row: TITLES[row.code][1]},
    # Counted where it is asked for; an event does not tell it.
    hidden=("user_count",),
)
api_key = Mapping(
    ApiKey,
    api_key_pb2.ApiKey,
    computed={
        "state": lambda row: state_of(row, datetime.now(UTC)),
        "prefix": lambda row: f"{SCHEME}_{row.kid}",
    },
    hidden=("secret", "last_used_time", "last_used_address"),
)
identity_provider = Mapping(IdentityProvider, identity_provider_pb2.IdentityProvider, hidden=("client_secret",))
territory_model = Mapping(TerritoryModel, territory_pb2.TerritoryModel)
territory = Mapping(Territory, territory_pb2.Territory)
restriction_rule = Mapping(RestrictionRule, restriction_rule_pb2.RestrictionRule)
saved_view = Mapping(SavedView, saved_view_pb2.SavedView)
transfer = Mapping(Transfer, transfer_pb2.Transfer)


def notification_message(row: Any, language: str = "") -> notification_pb2.Notification:
    """A row of notifications, told in a language; without one no words are made."""
    return notification_pb2.Notification(
        id=str(row.id),
        owner_id=str(row.owner_id),
        kind=row.kind,
        text=worded(row.kind, row.record_count, language) if language else "",
        record_type=row.record_type,
        record_id=str(row.record_id or ""),
        record_count=row.record_count,
        actor=row.actor,
        create_time=row.create_time,
        read_time=row.read_time,
    )
