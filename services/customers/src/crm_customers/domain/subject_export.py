"""The files of accesses that are done, sealed, for as long as they can be fetched."""

from sqlalchemy import Column, DateTime, LargeBinary, Table, Uuid

from crm_customers.domain.record import Record

subject_export = Table(
    "subject_export",
    Record.metadata,
    Column("request_id", Uuid, primary_key=True),
    # Whose key sealed it: a file has a key of its own, destroyed when its time is up.
    Column("file_id", Uuid, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
)

FILE_PLACE = "subject_export|content"
"""Where the sealed bytes lie."""
