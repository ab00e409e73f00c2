"""What may be asked of bulk changes: refusals, and how much at once."""

from uuid import UUID

from crm.ops.v1.bulk_change_pb2 import BulkChange

from crm_kit.errors import FailedPrecondition, InvalidArgument, PermissionDenied, ResourceExhausted, Violation

MOST_NAMED, MOST_MATCHING, MOST_OPEN = 5_000, 10_000, 6


class OnlyPeopleChangeMany(PermissionDenied):
    """The work goes on in a person's name; a key proves itself with each request."""

    en = "Only a person can ask for a bulk change. Sign in as a user."
    zh = "只有用户可以发起批量操作，请以用户身份登录。"


class TooManyBulkChanges(ResourceExhausted):
    """One at work and five waiting are enough for a person. Facts: open."""

    en = "{open} of your bulk changes wait or are at work. Let one end, or cancel it, and try again."
    zh = "您已有 {open} 个批量操作正在执行或排队，请等待其完成或取消后再试。"


class BulkChangeEnded(FailedPrecondition):
    """Nothing is left to stop."""

    en = "The bulk change has ended already."
    zh = "该批量操作已结束。"


class NotUndoable(FailedPrecondition):
    """There is no way back, or no more: its verb has none, a day has passed, nothing was changed, or it was undone."""

    en = "This bulk change cannot be undone: its action has no way back, a day has passed, or it was undone already."
    zh = "该批量操作无法撤销：操作本身不可撤销、已超过 24 小时，或已撤销过。"


def ids_of(asked: BulkChange) -> list[UUID]:
    """The records that are named; InvalidArgument unless there are some, or all that match are meant, and not both."""
    if asked.all_matching:
        if asked.ids:
            en, zh = "Name ids, or all that match, not both.", "请指定 ID 或全部匹配的记录，不能同时指定。"
            raise InvalidArgument.of("ids", "NOT_BOTH", en, zh)
        return []
    if asked.filter or asked.search:
        en = "Say `all_matching` to mean all records that match."
        zh = "如需处理全部匹配的记录，请设置 `all_matching`。"
        raise InvalidArgument.of("all_matching", "REQUIRED", en, zh)
    if not 0 < len(asked.ids) <= MOST_NAMED:
        en, zh = f"Name 1 to {MOST_NAMED:,} records.", f"请指定 1 到 {MOST_NAMED:,} 条记录。"
        raise InvalidArgument.of("ids", "COUNT", en, zh)
    wrong, found = [], []
    for number, id in enumerate(asked.ids):
        try:
            found.append(UUID(id))
        except ValueError:
            wrong.append(Violation(f"ids[{number}]", "NOT_A_UUID", "Give the id of a record.", "请填写记录 ID。"))
    if wrong:
        raise InvalidArgument(wrong[:20])
    return list(dict.fromkeys(found))
