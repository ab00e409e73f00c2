"""Accessibility as axe-core sees it, by the tags of WCAG 2.2 AA and best practice."""

from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).parents[2] / "gateway" / "console" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Endless ones, as a spinner's, never rest and change no colour.
RESTS = (
    "() => document.getAnimations().every("
    "each => each.playState !== 'running' || each.effect.getTiming().iterations === Infinity)"
)


def violations(page: Any) -> list[str]:
    """One line per rule broken, with the first places."""
    # What fades has the contrast of no design: a notice on its way out is judged before or after, not between.
    page.wait_for_function(RESTS)
    # Evaluated by the debugger, not by the page, so the page's policy stays as strict as it is.
    page.evaluate(SCRIPT.read_text())
    found = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS)
    return [
        f"{rule['id']} ({rule['impact']}): " + " | ".join(node["html"][:160] for node in rule["nodes"][:4])
        for rule in found["violations"]
    ]
