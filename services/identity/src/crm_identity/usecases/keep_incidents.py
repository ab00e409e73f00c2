"""Tell administrators once what goes wrong in a service, and take it off their list when it is over."""

from collections.abc import Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from crm_identity.domain.identity_provider import ADMINISTRATOR
from crm_identity.domain.incident import KINDS, incident
from crm_identity.domain.notification import News, notification
from crm_identity.domain.user import User
from crm_identity.usecases.notify import notify
from crm_kit.access import unscoped
from crm_kit.call import Call
from crm_kit.tx import Tx, begin


class KeptIncidents:
    """The incidents kept here, of this service as of all others."""

    async def keep(self, call: Call, service: str, kinds: Sequence[str]) -> None:
        """``kinds`` is all that goes wrong in the service: the new ones are told, those not among them are over."""
        wrong = sorted(KINDS & set(kinds))
        async with begin(call) as tx:
            await _begin(tx, service, wrong)
            await _end(tx, service, wrong)


async def _begin(tx: Tx, service: str, kinds: Sequence[str]) -> None:
    if not kinds:
        return
    rows = [{"service": service, "kind": kind, "id": tx.new_id(), "open_time": tx.now} for kind in kinds]
    new = insert(incident).values(rows).on_conflict_do_nothing().returning(incident.c.id, incident.c.kind)
    opened = (await tx.session.execute(new)).all()
    if not opened:
        return
    people = select(User.id).where(User.roles.contains([ADMINISTRATOR]), ~User.disabled, User.delete_time.is_(None))
    owners = (await tx.session.execute(people, execution_options=_OF_ALL)).scalars().all()
    actor = f"service:{service}"
    news = [News(owner, row.kind, "", None, actor, _cause(row.id)) for owner in owners for row in opened]
    await notify(tx, tx.now, news)


async def _end(tx: Tx, service: str, lasting: Sequence[str]) -> None:
    over = delete(incident).where(incident.c.service == service, incident.c.kind.not_in(lasting))
    causes = [_cause(key) for key in (await tx.session.execute(over.returning(incident.c.id))).scalars()]
    if causes:
        told = update(notification).where(notification.c.cause.in_(causes), notification.c.read_time.is_(None))
        await tx.session.execute(told.values(read_time=tx.now))


def _cause(key: object) -> str:
    return f"incident:{key}"


_OF_ALL = unscoped("incidents are told to every administrator, wherever they work")
