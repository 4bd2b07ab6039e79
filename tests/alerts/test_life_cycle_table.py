"""The table of the life-cycle as a whole: what it covers, and the page that shows it."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import pytest

from floorwatch.alerts.lifecycle import SIGHTS, TABLE, Done, Sight, State

BEGIN, END = "<!-- from lifecycle.TABLE -->\n", "<!-- end -->\n"
STATES: tuple[State, ...] = ("quiet", "pending", "firing", "acknowledged", "resolved")


def as_markdown() -> str:
    """The table as a diagram, and line by line: what docs/alerts.md shows."""
    arrows = [
        f"    {state} --> {following}: {', '.join(words)}"
        for (state, following), words in _sights(changes_only=True).items()
    ]
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> quiet", *arrows, "    resolved --> [*]", "```", ""]
    lines += ["| state | what is seen | next | what happens |", "|---|---|---|---|"]
    for (state, following, done), cells in groupby(sorted(TABLE.items(), key=_order), key=_outcome):
        seen = ", ".join(f"`{sight}`" for (_, sight), _ in cells)
        lines.append(f"| {state} | {seen} | {following} | {done or 'nothing'} |")
    lines += ["", "| what is seen | |", "|---|---|"]
    lines += [f"| `{sight}` | {meaning} |" for sight, meaning in SIGHTS.items()]
    return "\n".join((*lines, ""))


Line = tuple[tuple[State, Sight], tuple[State, Done]]


def _order(line: Line) -> tuple[int, int, str, int]:
    (state, sight), (following, done) = line
    return STATES.index(state), STATES.index(following), done, tuple(SIGHTS).index(sight)


def _outcome(line: Line) -> tuple[State, State, Done]:
    (state, _), (following, done) = line
    return state, following, done


def _sights(*, changes_only: bool) -> dict[tuple[State, State], list[Sight]]:
    found: dict[tuple[State, State], list[Sight]] = {}
    for (state, sight), (following, _) in sorted(TABLE.items(), key=_order):
        if state != following or not changes_only:
            found.setdefault((state, following), []).append(sight)
    return found


def test_the_page_shows_the_table(repository: Path) -> None:
    """docs/alerts.md is written from the table: whoever changes the life of an alert changes the page."""
    page = (repository / "docs/alerts.md").read_text(encoding="utf-8")
    assert page.partition(BEGIN)[2].partition(END)[0] == as_markdown()


def test_every_state_is_reached_from_quiet_and_ends() -> None:
    """Nothing is stuck: from each state that an alert can be in, it can be over."""
    ways = _sights(changes_only=True)
    reached, ahead = {"quiet"}, ["quiet"]
    while ahead:
        at = ahead.pop()
        for state, following in ways:
            if state == at and following not in reached:
                reached.add(following)
                ahead.append(following)
    assert reached == set(STATES)
    assert all(any((state, over) in ways for over in ("quiet", "resolved")) for state in STATES[1:4])
    assert not any(state == "resolved" for state, _ in TABLE), "what is resolved stays so: a new breach is a new alert"


@pytest.mark.parametrize("state", ["pending", "firing", "acknowledged"])
def test_a_living_alert_has_an_answer_to_all_that_can_be_seen(state: State) -> None:
    """Only what cannot be seen of it has no line: a raise of what does not fire, a hand on what nobody was told of."""
    answered = {sight for of, sight in TABLE if of == state}
    assert set(SIGHTS) - answered == ({"worse", "taken"} if state == "pending" else set())


def test_words_of_what_happens_fit_where_they_stand() -> None:
    """It fires when it begins to fire, is resolved when it ends, and nothing is said of what stays as it is."""
    for (state, sight), (following, done) in TABLE.items():
        assert (done == "fired") == (state in ("quiet", "pending") and following == "firing")
        assert (done == "resolved") == (following == "resolved")
        assert (done == "dropped") == (state == "pending" and following == "quiet")
        assert (done == "raised") == (sight == "worse")
        assert (done == "acknowledged") == (sight == "taken")
        assert (done == "starts") == (state == "quiet" and following == "pending")


def test_no_data_changes_nothing_that_fires() -> None:
    """terms.md: null, unknown, or a sample too small holds an alert as it is, and starts a hold anew."""
    for state in ("firing", "acknowledged"):
        assert TABLE[state, "no_data"] == (state, "")
    assert TABLE["pending", "no_data"] == ("quiet", "dropped")
    assert ("quiet", "no_data") not in TABLE
