"""Free text search: how a writer prepares text, and the one clause that finds it again at a million rows.

A writer stores ``search_text(*texts)`` in a text column with a ``gin_trgm_ops`` index and ``grams(*texts)`` in a text[]
column with a GIN index. Trigrams find Latin from three letters on but give nothing for the commonest Chinese search,
two characters: those are found by the grams. So are e-mail addresses and long numbers, whose trigrams all records share.
One or two Latin letters match the beginning of a word.
"""

import re
import unicodedata
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from crm_kit.filtering.faults import QueryError

SHORTEST, LONGEST, MOST_WORDS = 2, 200, 8
TRIGRAM = 3
CJK = re.compile(
    "[\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)
GRAM = re.compile(f"(?=({CJK.pattern}\\S|\\S{CJK.pattern}))")
# Of fixed length, so that every gram of a part is a gram of the whole.
ANCHOR = re.compile(r"(?=([^\s@]{4}@|@[^\s@]{4}|[0-9]{7}))", re.ASCII)


def normal(text: str) -> str:
    """NFKC, in which full width is half width, with single spaces."""
    return " ".join((text if text.isascii() else unicodedata.normalize("NFKC", text)).split())


def fold(text: str) -> str:
    """The form in which search columns hold text and are asked: normal and without case."""
    return normal(normal(text).casefold())


def search_text(*texts: str | None) -> str:
    """What the search column of a record holds: each folded text on a line of its own that begins with a space."""
    return "".join(f" {fold(text)}\n" for text in texts if text)


def grams(*texts: str | None) -> list[str]:
    """What the gram column of a record holds, distinct and sorted.

    Pairs of neighbouring characters of which at least one is Chinese, Japanese or Korean; the four characters before
    and behind an @; every seven digits in a row.
    """
    folded = [fold(text) for text in texts if text]
    pairs = {gram for text in folded if not text.isascii() for gram in GRAM.findall(text)}
    return sorted(pairs.union(*map(ANCHOR.findall, folded)))


def words_of(text: str) -> list[str]:
    """The words of a search, of which one has at least two characters; else a QueryError."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise refused("a character is damaged. Type it again.", "含有损坏的字符，请重新输入。") from None
    words = normal(text.replace("\0", " ")).split()
    if len(text) > LONGEST or len(words) > MOST_WORDS:
        raise refused(
            f"search for at most {MOST_WORDS} words and {LONGEST} characters.",
            f"最多 {MOST_WORDS} 个词、{LONGEST} 个字符。",
        )
    if max(map(len, words), default=0) < SHORTEST:
        raise refused(
            f"search for at least {SHORTEST} characters without a space between them.",
            f"请输入至少 {SHORTEST} 个相连的字符。",
        )
    return words


def refused(en: str, zh: str) -> QueryError:
    return QueryError("SEARCH_REFUSED", en[0].upper() + en[1:], zh)


def needle(phrase: str) -> str:
    """What must occur in ``search_text`` for the folded phrase to be found."""
    return f" {phrase}" if len(phrase) < TRIGRAM and not CJK.search(phrase) else phrase


def like_escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def phrases_clause(
    phrases: Iterable[str],
    search_text_column: sa.ColumnElement[str],
    grams_column: sa.ColumnElement[list[str]] | None,
) -> sa.ColumnElement[bool]:
    """Every phrase occurs; each is written so that one of the two indexes can find it."""
    clauses: list[sa.ColumnElement[bool]] = []
    for phrase in map(fold, phrases):
        pairs = grams(phrase) if grams_column is not None else []
        if pairs:
            clauses.append(sa.type_coerce(grams_column, ARRAY(sa.Text())).contains(pairs))
        if any(map(str.isascii, pairs)):
            # Not as LIKE: the planner would read the trigrams as well, of which every record has most.
            clauses.append(sa.func.strpos(search_text_column, sa.literal(phrase, sa.Text())) > 0)
        elif pairs != [phrase]:
            pattern = f"%{like_escaped(needle(phrase))}%"
            clauses.append(search_text_column.like(sa.literal(pattern, sa.Text())))
    return sa.and_(*clauses)
