"""C-12: the server commits, the answer is lost, the client repeats with its key: one effect, the same record."""

from .audit import Auditor
from .lost_answers import Repeater
from .rest import CATALOG
from .scale import Scale

NOT_IN_THE_STORY = {
    "CreateSession": "a second session is what a second sign-in asks for",
    "DeleteSession": "ends the caller's own session; a second time it is refused as unknown",
    "ApproveQuote": "without a limit for discounts no quote waits for approval",
    "RejectQuote": "without a limit for discounts no quote waits for approval",
    "CreateLeadImport": "needs an uploaded file; test_import_kills repeats it",
    "CancelLeadImport": "needs an import at work; what is cancelled cannot be cancelled again",
    "UploadLeadFile": "a file uploaded twice is two files nobody imports; the import is the effect",
    "RebuildProjections": "starting a rebuild that has begun changes nothing; reporting proves it",
    "CreateBulkChange": "its work goes on beside the repeat; kit/tests/test_bulk_changes proves it",
    "CancelBulkChange": "its work goes on beside the repeat; kit/tests/test_bulk_changes proves it",
    "UndoBulkChange": "its work goes on beside the repeat; kit/tests/test_bulk_changes proves it",
    "DigestEvents": "only asks; its question is too long for a URL",
    "RetryOperation": "needs a stuck operation; kit/tests/test_operations proves it",
    "CancelOperation": "needs a stuck operation; kit/tests/test_operations proves it",
    "RetryDeadLetter": "needs a dead letter; kit/tests/messaging proves it",
    "DiscardDeadLetter": "needs a dead letter; kit/tests/messaging proves it",
}
"""Routes that no story of business passes through, each with its reason."""


def test_a_repeat_after_a_lost_answer_has_no_second_effect_on_any_route(story: Repeater) -> None:
    assert not story.wrong, "\n".join(story.wrong)


def test_the_story_passes_through_the_mutating_routes(story: Repeater) -> None:
    mutating = {operation.name for operation in CATALOG.operations.values() if operation.verb != "GET"}
    forgotten = mutating - story.done - NOT_IN_THE_STORY.keys()
    assert not forgotten


async def test_everything_holds_after_the_story(story: Repeater, auditor: Auditor, counts: Scale) -> None:
    wrong = await auditor.settled(counts.settle_seconds)
    assert not wrong, "\n".join(wrong)
