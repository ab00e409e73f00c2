"""The words of a condition with their places, and the values they spell."""

import re
from typing import NamedTuple

from crm_kit.filtering.faults import syntax
from crm_kit.filtering.syntax import Literal

MAX_STARS = 4

# Numbers and instants come before plain text because "." and ":" inside them are no member access and no comparator.
TOKENS = re.compile(
    r"""\s*(?:
      (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<comparator><=|>=|!=|=|<|>|:)
    | (?P<mark>[().,])
    | (?P<text>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?(?=[\s)]|$)
             | -?\d+\.\d+(?=[\s),]|$)
             | (?:[^\s"'().,<>=:!]|!(?!=))(?:[^\s"().,<>=:!]|!(?!=))*)
    )""",
    re.VERBOSE | re.DOTALL,
)

ESCAPES = re.compile(r"(\\.|\*)", re.DOTALL)


class Token(NamedTuple):
    kind: str
    text: str
    position: int
    end: int


END = "end"


def tokenize(text: str) -> list[Token]:
    tokens, position, end = [], 0, len(text.rstrip())
    while position < end:
        found = TOKENS.match(text, position)
        if found is None:
            start = position + len(text[position:]) - len(text[position:].lstrip())
            if text[start] in "\"'":
                raise syntax(
                    start, "this quotation mark is never closed. Close it.", "引号没有结束，请补上另一个引号。"
                )
            raise syntax(
                start, f"{text[start]} is not expected. Quote the value.", f"不应出现 {text[start]}，请给值加引号。"
            )
        kind = found.lastgroup or END
        tokens.append(Token(kind, found.group(kind), found.start(kind), found.end()))
        position = found.end()
    tokens.append(Token(END, "", end, end))
    return tokens


def plain_literal(text: str, position: int, *, quoted: bool = False) -> Literal:
    stars = tuple(at for at, character in enumerate(text) if character == "*") if "*" in text else ()
    return limited(Literal(text, quoted, stars, position))


def quoted_literal(token: Token) -> Literal:
    """A backslash makes the next character plain, so that ``\\*`` is a star and no wildcard."""
    inside = token.text[1:-1]
    if "\\" not in inside:
        return plain_literal(inside, token.position, quoted=True)
    text, stars = "", []
    for piece in ESCAPES.split(inside):
        if piece == "*":
            stars.append(len(text))
        text += piece.removeprefix("\\")
    return limited(Literal(text, quoted=True, stars=tuple(stars), position=token.position))


def limited(literal: Literal) -> Literal:
    if len(literal.stars) > MAX_STARS:
        raise syntax(
            literal.position,
            f"a value may hold {MAX_STARS} wildcards. Use fewer, or write \\* for a star.",
            f"一个值最多包含 {MAX_STARS} 个通配符，请减少，或用 \\* 表示星号。",
        )
    return literal
