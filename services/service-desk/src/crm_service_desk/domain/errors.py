"""What a ticket refuses, named by the fact."""

from crm_kit.errors import AlreadyExists, FailedPrecondition


class TicketOver(FailedPrecondition):
    """Closed and cancelled tickets change no more. Facts: number, state."""

    en = "Ticket {number} is {state}. Reopen it if it was closed, else open a new one."
    zh = "工单 {number} 已处于 {state} 状态。若已关闭请先重新打开，否则请新建工单。"


class TicketSolved(FailedPrecondition):
    """What only an unsolved ticket allows. Facts: number."""

    en = "Ticket {number} is solved already. Reopen it first."
    zh = "工单 {number} 已解决，请先重新打开。"


class TicketNotSolved(FailedPrecondition):
    """What only a solved ticket allows. Facts: number, state."""

    en = "Ticket {number} is {state}, not solved. Resolve it first."
    zh = "工单 {number} 处于 {state} 状态，尚未解决，请先解决。"


class TicketNotWaiting(FailedPrecondition):
    """Only waiting ends. Facts: number, state."""

    en = "Ticket {number} is {state} and waits for nothing, so there is nothing to resume."
    zh = "工单 {number} 处于 {state} 状态，并未挂起，无需恢复。"


class TicketAlreadyWaiting(FailedPrecondition):
    """It waits for the same already. Facts: number, state."""

    en = "Ticket {number} is {state} already."
    zh = "工单 {number} 已处于 {state} 状态。"


class SurveyClosed(FailedPrecondition):
    """A rating is taken from the resolving until it expires. Facts: number."""

    en = "Ticket {number} can only be rated after it was resolved and within 30 days of that."
    zh = "工单 {number} 只能在解决之后 30 天内评价。"


class AlreadyRated(AlreadyExists):
    """A ticket has one answer. Facts: number, id (of the answer)."""

    en = "Ticket {number} has been rated already. Change answer {id} instead."
    zh = "工单 {number} 已评价，请修改评价 {id}。"
