"""Counting tries to sign in, in one statement each, so that tries at the same moment are all counted."""

from datetime import datetime
from math import ceil

from sqlalchemy import BindParameter, bindparam, case, func, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert

from crm_identity.domain.throttle import (
    ACCOUNT,
    ADDRESS,
    KEPT,
    LONGEST_DELAY,
    Patience,
    TooManyTries,
    account_key,
    address_key,
    pair_key,
    throttle,
)
from crm_kit.call import Call
from crm_kit.tx import Tx, begin

_MOST_DOUBLINGS = 20


async def count_try(call: Call, login: str, address: str) -> list[bytes]:
    """Counts one try; answers what it was counted under. TooManyTries with the seconds to wait."""
    pair = pair_key(login, address)
    async with begin(call) as tx:
        trusted = select(throttle.c.trusted).where(throttle.c.key == pair)
        known = bool((await tx.session.execute(trusted)).scalar_one_or_none())
        # Always in the same order, so that two tries cannot wait for each other in a circle.
        counted = sorted([(pair if known else account_key(login), ACCOUNT), (address_key(address), ADDRESS)])
        waits = [await _count(tx, key, patience) for key, patience in counted]
    if any(waits):
        raise TooManyTries(seconds=max(waits))
    return [key for key, _ in counted]


async def forgive(tx: Tx, counted: list[bytes], login: str, address: str) -> None:
    """The try was right: it does not count, and from here this account is known."""
    back = case((throttle.c.key == address_key(address), func.greatest(throttle.c.tries - 1, 0)), else_=0)
    await tx.session.execute(
        update(throttle).where(throttle.c.key.in_(sorted(counted))).values(tries=back, open_time=tx.now)
    )
    known = insert(throttle).values(
        key=pair_key(login, address), tries=0, trusted=True, last_time=tx.now, open_time=tx.now
    )
    await tx.session.execute(known.on_conflict_do_update(index_elements=["key"], set_={"trusted": True}))
    await tx.session.execute(throttle.delete().where(throttle.c.last_time < tx.now - KEPT))


async def _count(tx: Tx, key: bytes, patience: Patience) -> int:
    """0, or the seconds until the next try is looked at."""
    now: BindParameter[datetime] = bindparam("now", tx.now)
    gone = func.floor(func.extract("epoch", now - throttle.c.last_time) / patience.forgets.total_seconds())
    tries = func.greatest(0, throttle.c.tries - gone) + 1
    doubled = func.power(2, func.least(tries - patience.free, _MOST_DOUBLINGS))
    delay = case((tries > patience.free, func.least(doubled, LONGEST_DELAY.total_seconds())), else_=0)
    counted = (
        insert(throttle)
        .values(key=key, tries=1, trusted=False, last_time=tx.now, open_time=tx.now)
        .on_conflict_do_update(
            index_elements=["key"],
            set_={"tries": tries, "last_time": now, "open_time": now + delay * literal_column("interval '1 second'")},
            where=throttle.c.open_time <= now,
        )
        .returning(throttle.c.key)
    )
    if (await tx.session.execute(counted)).one_or_none() is not None:
        return 0
    opens: datetime = (await tx.session.execute(select(throttle.c.open_time).where(throttle.c.key == key))).scalar_one()
    return max(1, ceil((opens - tx.now).total_seconds()))
