"""The console has words in both languages for codes that services make up, and no words for codes nobody makes."""

from pathlib import Path

import orjson
import pytest

from crm_leads.domain.scoring import FIT

LOCALES = Path(__file__).resolve().parents[2] / "gateway" / "console" / "src" / "locales"
WHAT_MOVES_A_SCORE = {*(name for name, _ in FIT), "suspicious_fields", "repeated_interest", "touches"}


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_whatever_moves_a_score_is_said_in_words(language: str) -> None:
    words = orjson.loads((LOCALES / language / "leads.json").read_bytes())
    assert words["values"]["rule"].keys() == WHAT_MOVES_A_SCORE
