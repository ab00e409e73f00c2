"""The sentence structure of a condition: what the parser makes and the resolver reads."""

from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Literal:
    """One value as written. ``stars`` are the positions in ``text`` of wildcards; an escaped ``\\*`` is not one."""

    text: str
    quoted: bool
    stars: tuple[int, ...]
    position: int

    @property
    def parts(self) -> tuple[str, ...]:
        """The fixed texts between the wildcards: ``"Ac*e"`` → ``("Ac", "e")``."""
        bounds = (-1, *self.stars, len(self.text))
        return tuple(self.text[start + 1 : end] for start, end in pairwise(bounds))

    @property
    def is_star(self) -> bool:
        return self.stars == (0,) and len(self.text) == 1


@dataclass(frozen=True, slots=True)
class Call:
    """A function call, for example ``days_ago(30)``."""

    name: str
    arguments: tuple[Literal, ...]
    position: int


Argument = Literal | Call


@dataclass(frozen=True, slots=True)
class Search:
    """A bare literal: free text in the declared search fields."""

    literal: Literal


@dataclass(frozen=True, slots=True)
class Restriction:
    """``name comparator argument``, for example ``score >= 60``."""

    name: str
    comparator: str
    argument: Argument
    position: int


@dataclass(frozen=True, slots=True)
class Not:
    part: "Node"


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple["Node", ...]


Node = Search | Restriction | Not | And | Or


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed condition; ``root`` is None when the text was blank, which holds for every record."""

    text: str
    root: Node | None
