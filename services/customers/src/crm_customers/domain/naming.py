"""The short names customers go by: proposed mnemonics, and codes of the unit's series (domain rule 3.2)."""

import re
import unicodedata

from pypinyin import Style, lazy_pinyin

from crm_kit.errors import Violation

LONGEST_MNEMONIC = 12
LONGEST_SINGLE_WORD = 8
_WORD = re.compile(r"[^\W_]+")
_LEGAL_FORM = re.compile(
    r"(股份有限公司|有限责任公司|有限公司|集团公司|公司)(?=$|[（(])"
    r"|[\s,]+(?:co\.?,?\s*ltd|company|ltd|limited|inc|corp|llc|gmbh|ag|plc|s\.?a\.?|b\.?v\.?)\.?$",
    re.IGNORECASE,
)
_AUTOMATIC = re.compile(r"CU-(?:[A-Z0-9]+-)*\d{4}-\d{6,}")


def propose_mnemonic(name: str) -> str:
    """Pinyin initials and the initials of Latin words, without the legal form; of a single Latin word its beginning.

    At most 12 letters and digits, upper case; empty when the name has none.
    """
    plain = _LEGAL_FORM.sub("", name).strip() or name
    # Chinese comes back one letter a character, read in its context; what lies between as one piece.
    pieces = lazy_pinyin(plain, style=Style.FIRST_LETTER, strict=False)
    words: list[str] = [word for piece in pieces for word in _WORD.findall(_without_accents(piece))]
    if len(words) == 1:
        return words[0][:LONGEST_SINGLE_WORD].upper()
    return "".join(word[0] for word in words).upper()[:LONGEST_MNEMONIC]


def _without_accents(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))


def series(unit_path: str) -> str:
    """The prefix of a unit's codes: ``CU`` at headquarters, ``CU-EAST-D1`` for ``/hq/east/d1/``.

    Every unit counts for itself, so that nobody reads from a code how many customers others win; the path keeps codes
    unique in the enterprise.
    """
    below_headquarters = unit_path.strip("/").split("/")[1:]
    return "-".join(["CU", *below_headquarters]).upper()


def code_faults(code: str) -> list[Violation]:
    """What is wrong with a code given by hand: the form of the automatic ones is theirs alone."""
    if not _AUTOMATIC.fullmatch(code.upper()):
        return []
    return [
        Violation(
            "code",
            "RESERVED",
            "Codes of this form are given automatically. Leave the code empty or choose another form.",
            "该格式的编号由系统自动生成，请留空或使用其他格式。",
        )
    ]
