"""Why a contract may not move (domain rule 4.6)."""

from crm_kit.errors import AlreadyExists, FailedPrecondition


class ContractNotInState(FailedPrecondition):
    """The verb does not fit the state. Facts: number, state, allowed."""

    en = "The contract {number} is {state}; this needs it to be {allowed}."
    zh = "合同 {number} 当前为 {state}，此操作需要 {allowed}。"


class ContractNotEditable(FailedPrecondition):
    """Only a draft changes. Facts: number, state."""

    en = "The contract {number} is {state} and can no longer be edited. Change a signed contract with amend."
    zh = "合同 {number} 当前为 {state}，不能再编辑。已签合同请用变更单修改。"


class ContractNeedsApproval(FailedPrecondition):
    """It departs from the accepted quote. Facts: number."""

    en = "The contract {number} is worth something else than its accepted quote, so it needs approval. Submit it first."
    zh = "合同 {number} 金额与已接受报价不一致，需要审批，请先提交。"


class QuoteNotAccepted(FailedPrecondition):
    """Contracts follow from what the customer accepted. Facts: number, state."""

    en = "The quote {number} is {state}; a contract is made from an accepted quote."
    zh = "报价 {number} 当前为 {state}，只有已接受的报价才能生成合同。"


class QuoteHasContract(AlreadyExists):
    """One contract per accepted quote. Facts: quote, number."""

    en = "The quote {quote} has the contract {number} already. Void that one first."
    zh = "报价 {quote} 已有合同 {number}，请先作废该合同。"
