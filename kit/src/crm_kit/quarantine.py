"""A restored system before it is opened: people look, nobody changes anything, nothing happens by itself.

Timers and jobs wait. Events still go out and arrive, and commands over several services go on to their end, because
that is how the services come to agree again.
"""

from crm_kit.errors import Unavailable
from crm_kit.rpc.descriptors import Method

NEEDED = ("identity.session.", "ops.operation.", "ops.dead_letter.")
"""Permissions without which nobody could come in, look, bring what is stuck to its end, and leave."""


class InQuarantine(Unavailable):
    """Records may be read and not changed until somebody has looked at what was restored."""

    en = "The system was restored from a backup and is being checked. You can read, not change anything yet. Try again later."
    zh = "系统刚从备份恢复，正在核对。目前只能查看，不能修改，请稍后再试。"


def refuse_changes(method: Method) -> None:
    """InQuarantine for a call by a person or a key that may change a record."""
    if not (method.reads or method.internal or method.anonymous or method.permission.startswith(NEEDED)):
        raise InQuarantine
