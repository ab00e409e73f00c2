"""English and Chinese say the same."""

import ast
import string
from pathlib import Path

import pytest

import crm_client
from crm_client.chinese import CHINESE
from crm_client.language import choose_language, translate

SPEAKING = {"say", "Usage", "Unreachable", "Finding", "text", "_number", "unknown"}


def sentences() -> set[str]:
    """Every sentence the source hands to the terminal, an error, a finding or a help text."""
    found: set[str] = set()
    for file in Path(crm_client.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            spoken = [each for each in node.args[:1] if name in SPEAKING]
            spoken += [each.value for each in node.keywords if each.arg in ("help", "advice")]
            found |= {
                inner.value
                for each in spoken
                for inner in ast.walk(each)
                if isinstance(inner, ast.Constant) and isinstance(inner.value, str)
            }
    return found - {""}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_sentence_has_its_chinese() -> None:
    assert sorted(sentences() - CHINESE.keys()) == []


@pytest.mark.parametrize("english", sorted(CHINESE))
def test_a_translation_names_the_same_facts(english: str) -> None:
    assert placeholders(CHINESE[english]) == placeholders(english)


def test_the_option_wins_over_the_environment_and_the_locale_is_last() -> None:
    assert choose_language(["get", "--language", "zh-CN"], {"LANG": "en_US"}) == "zh-CN"
    assert choose_language(["--language=en"], {"LANG": "zh_CN.UTF-8"}) == "en"
    assert choose_language([], {"CRM_LANGUAGE": "zh", "LANG": "en_US"}) == "zh-CN"
    assert choose_language([], {"LANG": "zh_CN.UTF-8"}) == "zh-CN"
    assert choose_language([], {}) == "en"


def test_kinds_of_names_are_spoken_too() -> None:
    facts = {"kind": "resource", "name": "led", "offered": "leads"}
    text = translate("zh-CN", "There is no {kind} {name}. Did you mean {offered}?", facts)
    assert text == "没有名为 led 的资源。您是否想用：leads？"
