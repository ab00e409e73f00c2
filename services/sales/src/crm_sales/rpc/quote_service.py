"""crm.sales.v1.QuoteService."""

from collections.abc import Sequence

from crm.sales.v1 import contract_pb2, quote_pb2
from crm.sales.v1 import quote_service_pb2 as pb

from crm_kit.call import Call
from crm_kit.tx import begin
from crm_sales.domain.policy import SalesPolicy
from crm_sales.domain.quote import Quote
from crm_sales.mappings import contracts, quotes
from crm_sales.rpc.arguments import amount, required
from crm_sales.usecases import answer_quote, draft_quote
from crm_sales.usecases.draft_contract import draft_contract
from crm_sales.usecases.price_quote import ClientTotal


class QuoteService:
    """Offers with exact money arithmetic; every round is kept."""

    GetQuote = quotes.get
    ListQuotes = quotes.list

    def __init__(self, policy: SalesPolicy) -> None:
        self._policy = policy

    async def CreateQuote(self, request: pb.CreateQuoteRequest, call: Call) -> quote_pb2.Quote:
        expected = client_total(request.quote)
        quote = await quotes.read(call, without_total(request.quote))
        async with begin(call) as tx:
            await draft_quote.draft_quote(tx, quote, self._policy, expected)
        return quotes.write(quote)

    async def UpdateQuote(self, request: pb.UpdateQuoteRequest, call: Call) -> quote_pb2.Quote:
        paths: Sequence[str] = request.update_mask.paths
        expected = client_total(request.quote) if not paths or "total" in paths else None
        # A mask of the total alone changes nothing; no mask at all is a change of everything.
        kept = [path for path in paths if path != "total"] or (["id"] if paths else [])
        values = await quotes.changes(call, without_total(request.quote), kept)
        async with begin(call) as tx:
            quote = await tx.load(Quote, request.quote.id, etag=request.quote.etag)
            await draft_quote.edit_quote(tx, quote, values, self._policy, expected)
        return quotes.write(quote)

    async def SubmitQuote(self, request: pb.SubmitQuoteRequest, call: Call) -> quote_pb2.Quote:
        async with begin(call) as tx:
            quote = await answer_quote.submit_quote(tx, request.id, self._policy, etag=request.etag)
        return quotes.write(quote)

    async def ApproveQuote(self, request: pb.ApproveQuoteRequest, call: Call) -> quote_pb2.Quote:
        async with begin(call) as tx:
            quote = await answer_quote.approve_quote(tx, request.id, etag=request.etag)
        return quotes.write(quote)

    async def RejectQuote(self, request: pb.RejectQuoteRequest, call: Call) -> quote_pb2.Quote:
        reason = required("reason", request.reason)
        async with begin(call) as tx:
            quote = await answer_quote.reject_quote(tx, request.id, reason=reason, etag=request.etag)
        return quotes.write(quote)

    async def SendQuote(self, request: pb.SendQuoteRequest, call: Call) -> quote_pb2.Quote:
        async with begin(call) as tx:
            quote = await answer_quote.send_quote(tx, request.id, self._policy, etag=request.etag)
        return quotes.write(quote)

    async def AcceptQuote(self, request: pb.AcceptQuoteRequest, call: Call) -> quote_pb2.Quote:
        async with begin(call) as tx:
            quote = await answer_quote.accept_quote(
                tx, request.id, confirm_older=request.confirm_older, etag=request.etag
            )
        return quotes.write(quote)

    async def DeclineQuote(self, request: pb.DeclineQuoteRequest, call: Call) -> quote_pb2.Quote:
        async with begin(call) as tx:
            quote = await answer_quote.decline_quote(tx, request.id, reason=request.reason, etag=request.etag)
        return quotes.write(quote)

    async def WithdrawQuote(self, request: pb.WithdrawQuoteRequest, call: Call) -> quote_pb2.Quote:
        async with begin(call) as tx:
            quote = await answer_quote.withdraw_quote(tx, request.id, reason=request.reason, etag=request.etag)
        return quotes.write(quote)

    async def ReviseQuote(self, request: pb.ReviseQuoteRequest, call: Call) -> quote_pb2.Quote:
        async with begin(call) as tx:
            quote = await draft_quote.revise_quote(tx, request.id, etag=request.etag)
        return quotes.write(quote)

    async def MakeQuotePrimary(self, request: pb.MakeQuotePrimaryRequest, call: Call) -> quote_pb2.Quote:
        async with begin(call) as tx:
            quote = await draft_quote.make_primary(tx, request.id, etag=request.etag)
        return quotes.write(quote)

    async def CreateQuoteContract(self, request: pb.CreateQuoteContractRequest, call: Call) -> contract_pb2.Contract:
        facts = contract_pb2.Contract()
        facts.CopyFrom(request.contract)
        facts.quote_id = required("id", request.id)
        contract = await contracts.read(call, facts)
        async with begin(call) as tx:
            if request.etag:
                await tx.load(Quote, request.id, etag=request.etag)
            await draft_contract(tx, contract, facts.payment_plan, self._policy)
        return contracts.write(contract)


def client_total(quote: quote_pb2.Quote) -> ClientTotal | None:
    """The total the client computed, if it sent one."""
    if not quote.HasField("total"):
        return None
    return ClientTotal(required("total.amount", amount("total.amount", quote.total.amount)), quote.total.currency)


def without_total(quote: quote_pb2.Quote) -> quote_pb2.Quote:
    """The quote as it is read: its total is only ever computed."""
    read = quote_pb2.Quote()
    read.CopyFrom(quote)
    read.ClearField("total")
    return read
