"""What a session of a transaction does when it stores its entities by itself: sealed, stamped, among the rows they belong to."""

from sqlalchemy import event
from sqlalchemy.orm import Session

from crm_kit import privacy
from crm_kit.asking import Asking
from crm_kit.call import Call
from crm_kit.database import ScopedSession
from crm_kit.entity import Entity


def attend(session: Session, call: Call, asking: Asking) -> None:
    """Have the session's flushes follow the call of its transaction."""
    session.info.update(call=call, asking=asking, subjects=call.db.subjects)


@event.listens_for(ScopedSession, "before_flush")
def _stamp(session: Session, _context: object, _instances: object) -> None:
    """Every changed entity tells when it changed; all are written seeing the rows they are among."""
    asking: Asking | None = session.info.get("asking")
    privacy.seal_before_flush(session, session.info.get("subjects"))
    if asking is None:
        return
    for entity in session.dirty:
        if isinstance(entity, Entity) and session.is_modified(entity):
            entity.update_time = session.info["call"].now
    touched = (*session.new, *session.dirty, *session.deleted)
    asking.flushing([one for one in touched if isinstance(one, Entity)])


@event.listens_for(ScopedSession, "after_flush")
def _as_usual(session: Session, _context: object) -> None:
    asking: Asking | None = session.info.get("asking")
    if asking is not None:
        asking.flushed()


@event.listens_for(ScopedSession, "after_flush_postexec")
def _open_again(session: Session, _context: object) -> None:
    privacy.open_after_flush(session, session.info.get("subjects"))
