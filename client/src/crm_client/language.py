"""What ``crm`` itself says, in the reader's language: English sentences are the keys."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from crm_client.chinese import CHINESE

ENGLISH: Final = "en"
SIMPLIFIED: Final = "zh-CN"
LANGUAGES: Final = (ENGLISH, SIMPLIFIED)


def choose_language(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """``--language`` wins, then ``CRM_LANGUAGE``, then the locale; English unless one of them says Chinese."""
    words = list(arguments)
    for position, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name == "--language":
            value = value if equals else (words[position + 1 : position + 2] or [""])[0]
            return SIMPLIFIED if value.lower().startswith("zh") else ENGLISH
    for variable in ("CRM_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(variable):
            return SIMPLIFIED if environment[variable].lower().startswith("zh") else ENGLISH
    return ENGLISH


def translate(language: str, text: str, facts: Mapping[str, Any]) -> str:
    """The sentence with its facts; a sentence without a translation stays English."""
    if language != SIMPLIFIED:
        return text.format(**facts)
    spoken = {**facts, "kind": CHINESE.get(str(facts["kind"]), facts["kind"])} if "kind" in facts else facts
    return CHINESE.get(text, text).format(**spoken)
