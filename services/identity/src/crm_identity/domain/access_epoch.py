"""How often rights have changed, as one number that only grows."""

from sqlalchemy import BigInteger, Boolean, Column, Table

from crm_identity.domain.record import Record

access_epoch = Table(
    "access_epoch",
    Record.metadata,
    Column("one", Boolean, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
)
"""One row. Its lock puts changes in order, so an answer that has read epoch 7 has also read every change up to 7; a
sequence would show 7 before its change is committed."""
