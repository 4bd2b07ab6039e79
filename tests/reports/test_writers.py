"""What the writers make of a report: nothing that a name could break out of, and the same figures everywhere."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
from datetime import date
from html.parser import HTMLParser

import pytest

from floorwatch.floor.settings import Settings
from floorwatch.reports import page, table, text
from floorwatch.reports.build import build
from floorwatch.reports.period import period_of
from floorwatch.reports.sums import Json
from tests.reports.floors import HOUR, MINUTE, contact, lost, told, written

START = 1_793_750_400_000
"""2026-11-04 00:00 UTC."""
QUEUE = '=HYPERLINK("http://x")<script>alert(1)</script>'
AGENT = "@SUM(A1)<b>"


@pytest.fixture(scope="module")
def report() -> Json:
    """A day with one queue and one agent whose names are attacks."""
    facts = [fact for n in range(6) for fact in contact(START + 9 * HOUR + n * MINUTE, queue=QUEUE, agent=AGENT)]
    facts += [fact for n in range(30) for fact in lost(START + 10 * HOUR + n * MINUTE // 3, queue=QUEUE)]
    history = written(told(Settings(), facts, START + 26 * HOUR))
    return build(history, period_of("day", date(2026, 11, 4)), individuals=True)


def _rows(content: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content)))


def test_no_cell_of_a_csv_is_a_formula(report: Json) -> None:
    """A queue, an agent, an alert's sentence: an apostrophe stands before what a spreadsheet would run."""
    for content in (table.render_lines(report), table.render_alerts(report, "en"), table.render_agents(report)):
        cells = [cell for row in csv.reader(io.StringIO(content)) for cell in row]
        assert not [cell for cell in cells if re.match(r"[=+@\t\r]|-\D", cell)]
        assert [cell for cell in cells if cell.startswith(("'=", "'@"))]


def test_a_csv_holds_the_figures_of_the_document(report: Json) -> None:
    """Every line is there; null is an empty cell, 0 is 0; the halves of the day add up to it."""
    rows = [row for row in _rows(table.render_lines(report)) if row["queue"]]
    slots = {row["start"][11:16]: row for row in rows if row["line"] == "slot"}
    (total,) = (row for row in rows if row["line"] == "total")
    assert (slots["08:30"]["offered"], slots["08:30"]["service_level"]) == ("", "")
    assert (slots["11:30"]["offered"], slots["11:30"]["service_level"], slots["11:30"]["asa_seconds"]) == ("0", "", "")
    assert (slots["09:00"]["service_level"], slots["09:00"]["asa_seconds"]) == ("1.0", "5.0")
    assert sum(int(slot["offered"] or 0) for slot in slots.values()) == int(total["offered"]) == 36
    assert float(total["service_level"]) == 6 / 36
    (agent,) = (row for row in _rows(table.render_agents(report)) if not row["day"])
    assert (agent["answered"], agent["talking_seconds"], agent["adherence"]) == ("6", "360.0", "")


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_page_runs_nothing_and_fetches_nothing(report: Json, lang: str) -> None:
    """No script, no handler, no address, no inline style; one style sheet, allowed by its digest and nothing else."""
    html = page.render_page(report, lang)  # type: ignore[arg-type]
    tags = _Tags()
    tags.feed(html)
    assert {"script", "link", "img", "iframe", "b", "a"}.isdisjoint(tag for tag, _ in tags.found)
    names = {name for _, attributes in tags.found for name in attributes}
    assert not {name for name in names if name.startswith("on") or name in ("style", "src", "href")}
    style = re.search("<style>(.*)</style>", html, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policies = [attributes["content"] for tag, attributes in tags.found if "http-equiv" in attributes]
    assert policies == [f"default-src 'none'; style-src 'sha256-{digest}'"]
    assert "&lt;script&gt;" in html
    assert "url(" not in style[1]


def test_null_is_a_dash_in_pages_and_tables(report: Json) -> None:
    """Of the half hour in which nothing was decided, no level is shown, and no wait."""
    (line,) = (line for line in text.render_text(report, "en").splitlines() if line.startswith("09:30"))
    assert line.split()[1:4] == ["0", "0", "0"]
    assert "–" in line
    assert '<td class="group none">–</td>' in page.render_page(report, "en")


def test_words_come_in_both_languages(report: Json) -> None:
    """Headings, notes, alerts and the legend; the names stay as they are."""
    chinese, english = text.render_text(report, "zh"), text.render_text(report, "en")
    assert "日报 2026-11-04" in chinese
    assert "服务水平" in chinese
    assert "Day report 2026-11-04" in english
    assert AGENT in chinese
    assert "answered" not in chinese.replace("short_abandons", "")
