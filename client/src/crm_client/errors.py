"""What can go wrong between a person and the server, and the exit code each kind has.

``ClientError``
 ├─ ``Usage``        the request makes no sense before it is sent (2)
 ├─ ``Refused``      the server understood and refused (1)
 └─ ``Unreachable``  nobody, or nobody of ours, answered (3)
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

_TEMPORARY = (502, 503, 504)


class ClientError(Exception):
    """An English sentence with facts in braces; the sentence, like the fact ``kind``, is the key of its translation."""

    def __init__(self, text: str, **facts: Any) -> None:
        self.text, self.facts = text, facts
        super().__init__(text.format(**facts))

    @property
    def exit_code(self) -> int:
        return 1


class Usage(ClientError):
    """The words do not fit the contract: an unknown name, a value of the wrong type."""

    @property
    def exit_code(self) -> int:
        return 2


class Unreachable(ClientError):
    """No answer, or an answer that is not Tributary's."""

    @property
    def exit_code(self) -> int:
        return 3


@dataclass(frozen=True, slots=True)
class FieldError:
    """One refused field: its path, a reason code and what to do."""

    field: str
    reason: str
    message: str


class Refused(ClientError):
    """A problem as the server told it, already in the reader's language."""

    def __init__(
        self, status: int, reason: str, detail: str, errors: Iterable[FieldError] = (), request_id: str = ""
    ) -> None:
        self.status, self.reason, self.detail, self.request_id = status, reason, detail, request_id
        self.errors = tuple(errors)
        super().__init__("{detail}", detail=detail)

    @property
    def exit_code(self) -> int:
        # A part of the platform is down: the same request may work in a moment.
        return 3 if self.status in _TEMPORARY else 1


def unknown(kind: str, name: str, known: Iterable[str], *, within: str = "") -> Usage:
    """There is no such name; says which come near, or all there are when none does."""
    choices = sorted(known)
    near = get_close_matches(name, choices, n=3, cutoff=0.6)
    offered = ", ".join(near or choices)
    text = "There is no {kind} {name} in {within}. " if within else "There is no {kind} {name}. "
    text += "Did you mean {offered}?" if near else "There are: {offered}."
    return Usage(text, kind=kind, name=name, within=within, offered=offered)
