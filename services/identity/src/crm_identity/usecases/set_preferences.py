"""What the enterprise, a unit or a person says about how things are shown, and who may say it.

People say it for themselves, whoever leads a subtree for its units and people, administrators for the enterprise.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from crm.identity.v1 import identity_events_pb2 as events
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_identity.domain.preferences import ENTERPRISE, Preferences, check
from crm_identity.domain.unit import Unit
from crm_identity.domain.user import User
from crm_identity.usecases.change_access import access_changed
from crm_kit.access import in_reach, unscoped
from crm_kit.call import Call
from crm_kit.errors import InvalidArgument, NotFound, StaleEtag
from crm_kit.tx import Tx

_WHY = unscoped("where a level lies decides who may see it, and is asked right after")
EVERYWHERE = "/"
"""Above headquarters: what lies there is reached by the scope all and no other."""


@dataclass(frozen=True, slots=True)
class Level:
    """Who says something: its name, where it lies now, and the user if it is one."""

    holder: str
    owner_id: UUID | None
    unit_path: str
    user: User | None = None


async def level_of(session: AsyncSession, call: Call, holder: str) -> Level:
    """The level of that name, ``me`` for the caller's own; NotFound when it is absent or out of the caller's reach."""
    own = f"user:{call.principal.subject}"
    level = await _level(session, own if holder == "me" else holder)
    if level is None or not (
        level.holder == own or in_reach(call.principal, call.reach, level.owner_id, level.unit_path)
    ):
        raise NotFound(resource="preferences", id=holder)
    return level


async def words_of(session: AsyncSession, level: Level, *, for_update: bool = False) -> Preferences:
    """What the level says; an empty word when it says nothing yet."""
    statement = select(Preferences).where(Preferences.holder == level.holder)
    if for_update:
        statement = statement.with_for_update()
    found = (await session.execute(statement.execution_options(**_WHY))).scalar_one_or_none()
    return found or Preferences(holder=level.holder)


async def set_preferences(tx: Tx, level: Level, values: dict[str, Any], etag: str) -> Preferences:
    """The level's changed words, every value checked. A person's language is written where it is kept: at the user."""
    check(values)
    words = await words_of(tx.session, level, for_update=True)
    if etag and etag.strip('"') != words.etag:
        raise StaleEtag(etag=words.etag)
    if level.user is not None and "language" in values:
        await _set_language(tx, level.user, values.pop("language") or "")
    # Kept with the word so that lists of changes can tell where it belonged; whose it is now, the level knows.
    words.owner_id, words.unit_path = level.owner_id, level.unit_path
    for name, value in values.items():
        if getattr(words, name) != value:
            setattr(words, name, value)
    if words.id is None:
        tx.add(words)
    return words


async def _set_language(tx: Tx, user: User, language: str) -> None:
    if user.language == language:
        return
    user.language = language
    tx.publish(user, events.UserUpdated())
    await access_changed(tx, user, user.id)


async def _level(session: AsyncSession, holder: str) -> Level | None:
    if holder == ENTERPRISE:
        return Level(holder, None, EVERYWHERE)
    kind, _, text = holder.partition(":")
    if kind not in ("unit", "user"):
        en, zh = "Name enterprise, unit:<id>, user:<id> or me.", "请填写 enterprise、unit:<id>、user:<id> 或 me。"
        raise InvalidArgument.of("holder", "UNKNOWN_HOLDER", en, zh)
    try:
        key = UUID(text)
    except ValueError:
        return None
    if kind == "user":
        user = await session.get(User, key, execution_options=_WHY)
        gone = user is None or user.delete_time is not None
        return None if user is None or gone else Level(f"user:{key}", user.id, user.unit_path, user)
    unit = await session.get(Unit, key, execution_options=_WHY)
    if unit is None or unit.delete_time is not None:
        return None
    # Owned by the unit and by nobody in it: an owner-less record would be everybody's own there.
    return Level(f"unit:{key}", unit.id, unit.path)
