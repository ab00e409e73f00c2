"""What errors of the database mean to whoever called."""

from asyncpg.exceptions import PostgresError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from crm_kit.errors import AlreadyExists, DeadlineExceeded, InvalidArgument, Overloaded, Unavailable

NUL_STATES = frozenset({"22021", "22P05"})
"""What PostgreSQL says of a NUL in a text or in JSON; most are refused earlier, with the field's name."""


def refusal(error: Exception) -> Exception:
    """What a database error means to the caller; the error itself when it is a bug."""
    # Versions that callers send are compared under lock; this is about rows the use case changed unlocked: try again.
    if isinstance(error, (StaleDataError, TimeoutError, ConnectionError)):
        return Unavailable()
    # Nothing was asked of the database yet; to try again at once would only lengthen the queue.
    if isinstance(error, PoolTimeout):
        return Overloaded()
    # COPY and connecting reach the driver directly; all else comes wrapped.
    if not isinstance(error, (DBAPIError, PostgresError)):
        return error
    driver = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig is not None else error
    state = str(getattr(error.orig if isinstance(error, DBAPIError) else error, "sqlstate", "") or "")
    if state == "23505":
        name = str(getattr(driver, "constraint_name", "") or "")
        table = str(getattr(driver, "table_name", "") or "record")
        return AlreadyExists(resource=table, field=name.removeprefix(f"uq_{table}_").removeprefix("ix_"), value=None)
    if state == "57014":
        return DeadlineExceeded()
    if state in NUL_STATES:
        return InvalidArgument.of("", "NUL_CHARACTER", "Remove the NUL character.", "请删除空字符（NUL）。")
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if lost or state in {"40001", "40P01", "55P03"} or state[:2] in {"08", "53", "57"}:
        return Unavailable()
    return error
