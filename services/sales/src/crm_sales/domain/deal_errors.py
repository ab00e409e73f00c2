"""Why a deal may not move (domain rule 4.2)."""

from collections.abc import Sequence
from uuid import UUID

from crm_kit.errors import FailedPrecondition, InvalidArgument, Violation


class OpportunityClosed(FailedPrecondition):
    """A closed deal does not move. Facts: number, state."""

    en = "The deal {number} is closed ({state}). Reopen it first."
    zh = "商机 {number} 已关闭（{state}），请先重新打开。"


class OpportunityNotClosed(FailedPrecondition):
    """Only a closed deal can be reopened. Facts: number."""

    en = "The deal {number} is open already."
    zh = "商机 {number} 仍在进行中。"


class AlreadyInStage(FailedPrecondition):
    """The deal is there. Facts: stage."""

    en = "The deal is in the stage {stage} already."
    zh = "商机已处于阶段“{stage}”。"


class UseWinOrLose(FailedPrecondition):
    """Closing needs facts that a move does not carry. Facts: stage."""

    en = "{stage} closes the deal: use win or lose."
    zh = "阶段“{stage}”会关闭商机，请使用赢单或输单操作。"


class BackwardNeedsNote(FailedPrecondition):
    """Going back needs a reason. Facts: stage, present."""

    en = "{stage} comes before {present}: say in the note why the deal goes back."
    zh = "“{stage}”在“{present}”之前：请在备注中说明回退原因。"


class WinNeedsAmount(FailedPrecondition):
    """A won deal is worth something."""

    en = "Enter the amount of the deal before you win it."
    zh = "赢单前请填写商机金额。"


class WinNeedsEvidence(FailedPrecondition):
    """The pipeline's policy asks for proof. Facts: policy."""

    en = "This pipeline needs {policy} before a deal is won."
    zh = "该流程要求先有{policy_zh}才能赢单。"


class ClosedDealFrozen(FailedPrecondition):
    """What a closed deal was worth is history. Facts: fields."""

    en = "The deal is closed: {fields} can no longer change. Reopen it first."
    zh = "商机已关闭，{fields} 不能再修改，请先重新打开。"


class StageRequirementsUnmet(FailedPrecondition):
    """Everything a stage needs and the deal lacks, not only the first."""

    en = "The stage {stage} needs: {fields}. Fill them and try again."
    zh = "进入阶段“{stage}”需要填写：{fields}。"

    def __init__(self, stage: str, missing: Sequence[str]) -> None:
        self._missing = tuple(missing)
        super().__init__(stage=stage, fields=", ".join(missing))

    @property
    def violations(self) -> tuple[Violation, ...]:
        return tuple(
            Violation(name, "STAGE_NEEDS_IT", "The stage needs a value here.", "进入该阶段前必须填写。")
            for name in self._missing
        )


def check_loss(reason: str, note: str, competitor_id: UUID | None, reasons: Sequence[str]) -> None:
    """InvalidArgument unless the loss is explained: known reason, a note for `other`, a name for `competitor`."""
    found = []
    if reason not in reasons:
        choices = ", ".join(reasons)
        found.append(Violation("reason", "UNKNOWN_VALUE", f"Choose one of {choices}.", f"请选择：{choices}。"))
    if reason == "other" and not note:
        found.append(
            Violation("note", "REQUIRED", "Say in the note why the deal was lost.", "请在备注中说明输单原因。")
        )
    if reason == "competitor" and competitor_id is None:
        found.append(
            Violation("competitor_id", "REQUIRED", "Name the competitor who got it.", "请指定赢得此单的竞争对手。")
        )
    if found:
        raise InvalidArgument(found)
