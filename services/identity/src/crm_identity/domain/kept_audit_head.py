"""Where the chains of all services' audit trails had come to, as they signed it."""

from sqlalchemy import BigInteger, Column, DateTime, LargeBinary, Table, Text

from crm_identity.domain.record import Record
from crm_kit.errors import FailedPrecondition, PermissionDenied

kept_audit_head = Table(
    "kept_audit_head",
    Record.metadata,
    Column("service", Text, primary_key=True),
    Column("chain_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    Column("time", DateTime(timezone=True), nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("keep_time", DateTime(timezone=True), nullable=False),
)


class AuditChainRewritten(FailedPrecondition):
    """A head contradicts one that is kept: the chain it comes from is not the one that was signed before."""

    en = "The audit chain of {service} was rewritten: position {chain_seq} contradicts the head kept of it."
    zh = "{service} 的审计链被重写：位置 {chain_seq} 与已保存的链头不一致。"


class AuditHeadNotSigned(PermissionDenied):
    """Only a service itself states how far its chain is, and signs it with its own key."""

    en = "This head of the audit chain of {service} is not signed by a key of {service}."
    zh = "{service} 审计链的链头不是由 {service} 的密钥签名。"
