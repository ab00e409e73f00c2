"""What a failure of a handler means: wait, try again, or give up."""

import grpc
from asyncpg.exceptions import InterfaceError, PostgresError
from google.protobuf.message import DecodeError
from nats.errors import Error as NatsError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from crm_kit.errors import Error, Overloaded

LOST = frozenset({"08", "53", "57", "58"})
"""Classes of PostgreSQL's codes that tell of the server, not of the statement: connection, resources, operator, system."""


def is_infrastructure(error: BaseException) -> bool:
    """Whether the database, the broker or the network failed rather than the handler: worth waiting, not counting."""
    if isinstance(error, Error):
        away = error.status in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}
        return away or isinstance(error, Overloaded)
    if isinstance(error, DBAPIError):
        state = str(getattr(error.orig, "sqlstate", "") or "")
        return error.connection_invalidated or state[:2] in LOST
    if isinstance(error, PostgresError):
        return str(error.sqlstate or "")[:2] in LOST
    if isinstance(error, InterfaceError):
        # What the driver says of a connection that has gone, unless it is a value that it cannot send.
        return not isinstance(error, ValueError)
    return isinstance(error, (OSError, TimeoutError, PoolTimeout, NatsError))


def is_refusal(error: Exception) -> bool:
    """Whether the content of the event itself was refused, so that trying again cannot help."""
    return isinstance(error, DecodeError) or (
        isinstance(error, Error) and error.status is grpc.StatusCode.INVALID_ARGUMENT
    )


def describe(error: Exception) -> str:
    """The failure without personal data: texts of foreign errors may quote values, ours only name fields."""
    if isinstance(error, Error):
        return f"{error.reason}: {error}"[:500]
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    place = f" at {where.tb_frame.f_globals.get('__name__')}:{where.tb_lineno}" if where is not None else ""
    return f"{type(error).__name__}{place}"
