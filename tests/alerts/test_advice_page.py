"""docs/alerts.md shows what alerts say and advise: the page is written from the tables, and from what is said."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from floorwatch.alerts.advice import PLAYBOOKS, STEPS
from floorwatch.alerts.facts import FACTS
from floorwatch.metrics.phrases import PHRASES
from tests.alerts.scenes import samples

END = "<!-- end -->\n"


def facts_as_markdown() -> str:
    """Every fact that a rule's own advice may name."""
    lines = ["| fact | written as | what it is | |", "|---|---|---|---|"]
    for name, fact in FACTS.items():
        names = "; for a lead with names" if fact.has_names else ""
        lines.append(f"| `{name}` | {fact.kind}{names} | {fact.en} | {fact.zh} |")
    return "\n".join((*lines, ""))


def steps_as_markdown() -> str:
    """Every step with what it says, and the playbook of every figure."""
    lines = ["| step | what it says, the fullest first | |", "|---|---|---|"]
    for step, sayings in STEPS.items():
        keys = list(dict.fromkeys(f"advice.{saying.key}" for saying in sayings))
        lines.append(
            f"| `{step}` | {_cell(PHRASES[key][0] for key in keys)} | {_cell(PHRASES[key][1] for key in keys)} |"
        )
    lines += ["", "| figure | playbook |", "|---|---|"]
    lines += [f"| `{figure}` | {', '.join(f'`{step}`' for step in steps)} |" for figure, steps in PLAYBOOKS.items()]
    return "\n".join((*lines, ""))


def _cell(texts: Iterable[str]) -> str:
    return "<br>".join(text.replace("|", "\\|") for text in texts)


def samples_as_markdown() -> str:
    """Situations, and what is said in each."""
    lines = []
    for situation, said in samples().items():
        lines += [f"**{situation}.**", ""]
        for lang in ("en", "zh"):
            texts = [said.message[lang], said.public[lang]]
            lines += [f"> {text}  " if text is not texts[-1] else f"> {text}" for text in filter(None, texts)] + [">"]
        lines.pop()
        if said.lead != said.public:
            lines += ["", "and to a lead:", "", f"> {said.lead['en']}", ">", f"> {said.lead['zh']}"]
        lines.append("")
    return "\n".join(lines)


def test_the_page_shows_facts_steps_and_what_is_said(repository: Path) -> None:
    """Whoever changes a sentence, a step or a fact changes the page."""
    page = (repository / "docs/alerts.md").read_text(encoding="utf-8")
    for mark, written in (
        ("alerts.facts", facts_as_markdown()),
        ("alerts.advice", steps_as_markdown()),
        ("what is said", samples_as_markdown()),
    ):
        assert page.partition(f"<!-- from {mark} -->\n")[2].partition(END)[0] == written, mark
