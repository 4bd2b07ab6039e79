"""The dashboards as files: written by the code beside them, understood by Grafana's own models, and in good order."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from floorwatch.floor.outputs import PUBLIC_SCOPES
from floorwatch.metrics.catalogue import FIGURES, LANGUAGES, described
from floorwatch.view import WINDOWS
from grafana.boards.alerts import LINK_TO_A_PAGE
from grafana.sheet import ALERTS_UID, RUNBOOK_ID
from grafana.write import BOARDS, written
from tests.grafana.boards import FOLDER, NAMES, Json, board, panels

EVERY = [(name, lang) for lang in LANGUAGES for name in NAMES]
every_board = pytest.mark.parametrize(("name", "lang"), EVERY)
DEPRECATED = {"graph", "singlestat", "table-old", "piechart-old", "worldmap", "grafana-worldmap-panel"}
WITHOUT_UNIT = {"text"}


def exprs(dashboard: Json) -> list[str]:
    return [target["expr"] for panel in panels(dashboard) for target in panel.get("targets", ())]


def test_what_is_committed_is_what_the_code_writes() -> None:
    """Written again, every dashboard of both languages is the same to the byte, and there is none besides."""
    files = {str(path.relative_to(FOLDER)): path.read_bytes() for path in FOLDER.rglob("*") if path.is_file()}
    again = {name: text.encode() for name, text in written().items()}
    assert [name for name in sorted(files | again) if files.get(name) != again.get(name)] == [], "make dashboards"
    assert set(BOARDS) == set(NAMES)


def again(dashboard: Json) -> Any:
    """Read into the models of the SDK and written out."""
    register_default_plugins()
    return json.loads(json.dumps(Dashboard.from_json(dashboard), cls=JSONEncoder))


@every_board
def test_nothing_is_lost_on_the_way_through_the_models(name: str, lang: str) -> None:
    """The models of the SDK know every key that a dashboard has: what they do not know they drop."""
    assert again(board(name, lang)) == board(name, lang)


def test_a_key_that_no_model_knows_is_found() -> None:
    """A typing mistake in the options of a panel does not survive the way through the models."""
    wrong = board("floor-overview")
    defaults = next(panel for panel in panels(wrong) if panel["type"] == "stat")["fieldConfig"]["defaults"]
    defaults["tresholds"] = defaults.pop("thresholds")
    assert again(wrong) != wrong


@every_board
def test_every_panel_says_what_it_shows(name: str, lang: str) -> None:
    """A title, a unit, a description and the templated data source; no plug-in that Grafana has given up."""
    for panel in panels(board(name, lang)):
        assert panel["title"]
        assert panel["description"], panel["title"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}, panel["title"]
        assert panel["type"] not in DEPRECATED
        if panel["type"] not in WITHOUT_UNIT:
            assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]


@every_board
def test_descriptions_are_those_of_the_catalogue(name: str, lang: str) -> None:
    """What a description says of a figure is word for word what HELP, cards and docs say; Markdown eats none of it."""
    known = {f"**{FIGURES[id_].name(lang)}**: {described(FIGURES[id_], lang)}" for id_ in FIGURES}  # type: ignore[arg-type]
    quoted = 0
    for panel in panels(board(name, lang)):
        for part in panel["description"].split("\n\n"):
            if part.startswith("**"):
                assert part in known, part
                assert not re.search(r"<\w|[`*]", part.replace("**", "")), part
                quoted += 1
    assert quoted > 2


@every_board
def test_panels_do_not_lie_on_each_other(name: str, lang: str) -> None:
    """Every panel has its own place within 24 columns, and its own id."""
    places = [panel["gridPos"] for panel in board(name, lang)["panels"]]
    ids = [panel["id"] for panel in board(name, lang)["panels"]]
    assert len(ids) == len(set(ids))
    assert all(place["x"] + place["w"] <= 24 for place in places)
    for one, other in combinations(places, 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)


@every_board
def test_the_board_behaves(name: str, lang: str) -> None:
    """Fixed and distinct uid, shared crosshair, zone of the browser, the variables, annotations and links there are."""
    dashboard = board(name, lang)
    assert re.fullmatch(r"floorwatch-\w+" + ("-zh" if lang == "zh" else ""), dashboard["uid"])
    assert (dashboard["graphTooltip"], dashboard["timezone"], dashboard["schemaVersion"]) == (1, "browser", 42)
    variables = {variable["name"]: variable for variable in dashboard["templating"]["list"]}
    assert {"datasource", "site", "wallboard"} <= variables.keys()
    if name != "feeds-and-daemon":
        assert "queue" in variables
    if "window" in variables:
        assert [option["value"] for option in variables["window"]["options"]] == list(WINDOWS)
    assert variables["wallboard"]["hide"] == 2
    assert [note["datasource"]["uid"] for note in dashboard["annotations"]["list"]] == ["${datasource}"] * 2
    links = {link["url"] for link in dashboard["links"] if link["type"] == "link"}
    uid = ALERTS_UID if lang == "en" else f"{ALERTS_UID}-{lang}"
    assert links == {"${wallboard}/", f"/d/{uid}?viewPanel=panel-{RUNBOOK_ID}"}


def test_the_uids_are_distinct() -> None:
    """Both languages can be provisioned side by side."""
    assert len({board(name, lang)["uid"] for name, lang in EVERY}) == len(EVERY)


@every_board
def test_queries_keep_the_rules(name: str, lang: str) -> None:
    """A rate looks back over `$__rate_interval`, an increase over that or an interval somebody chose; no query names a
    job or an instance; every figure of the floor can be chosen by site."""
    for expr in exprs(board(name, lang)):
        for function, span in re.findall(r"\b(rate|irate|increase)\([^[]*\[([^\]]*)\]", expr):
            assert span == "$__rate_interval" or (function == "increase" and span in ("$interval", "1h")), expr
        assert not re.search(r'(job|instance)\s*=~?\s*"', expr), expr
        for matchers in re.findall(r"floorwatch_\w+(\{[^}]*\})?", expr):
            assert 'site=~"$site"' in matchers, expr


def test_no_target_is_written_down() -> None:
    """A colour that depends on a target hangs on the distance to the queue's own: no step lies between 0 and 1."""
    for name in NAMES:
        text = json.dumps(board(name))
        steps = [json.loads(found) for found in re.findall(r'\{"color": "[^"]*", "value": [^}]*\}', text)]
        assert steps
        assert all(step["value"] is None or not 0 < step["value"] < 1 for step in steps)


def test_alerts_are_told_apart_by_all_that_they_may_be_about() -> None:
    """Where alerts are put together by one of their subjects, they are by each: none hides another."""
    grouped = [
        {*labels.split(", ")}
        for name in NAMES
        for labels in re.findall(r"max by \(([^)]*)\) \(floorwatch_alert_state", json.dumps(board(name)))
    ]
    assert len(grouped) > 5
    assert all(labels >= PUBLIC_SCOPES for labels in grouped)


def test_nothing_is_coloured_of_which_too_little_is_known() -> None:
    """Whatever is held against a target asks for the least sample first."""
    found = [
        target["expr"]
        for name in NAMES
        for panel in panels(board(name))
        for target in panel.get("targets", ())
        if re.search(r"- (ignoring \(window\) |max\()\(?floorwatch_queue_target_ratio", target["expr"])
    ]
    assert len(found) > 5
    assert [expr for expr in found if "floorwatch_min_sample_contacts" not in expr] == []


def test_both_languages_ask_the_same() -> None:
    """They differ in words only: the same panels at the same places with the same queries, and no English title in
    Chinese."""
    for name in NAMES:
        english, chinese = board(name, "en"), board(name, "zh")
        assert exprs(english) == exprs(chinese)
        assert [panel["gridPos"] for panel in english["panels"]] == [panel["gridPos"] for panel in chinese["panels"]]
        titles = [panel["title"] for panel in chinese["panels"]]
        assert [title for title in titles if not re.search(r"[\u4e00-\u9fff]", title)] in ([], ["floorwatch 自身"])


def test_the_runbook_is_on_the_board(repository: Path) -> None:
    """The page of the docs is the panel that the links of all dashboards lead to; it has a part for each built-in
    rule, and a line for each alert of Prometheus."""
    import yaml

    for lang, page in (("en", "runbook.md"), ("zh", "runbook.zh.md")):
        text = (repository / "docs" / page).read_text(encoding="utf-8")
        (panel,) = (panel for panel in panels(board("alerts-and-actions", lang)) if panel["id"] == RUNBOOK_ID)
        assert panel["options"]["content"] in LINK_TO_A_PAGE.sub(r"\1", text)
        assert not re.search(r"\]\((?!https?://)", panel["options"]["content"]), "a link that leads nowhere"
        rules = yaml.safe_load((repository / "docs/examples/rules/built_in.yaml").read_text(encoding="utf-8"))
        assert set(rules) <= set(re.findall(r"^## (\w+)$", text, re.MULTILINE))
        (group,) = yaml.safe_load((repository / "grafana/prometheus/rules/alerts.yml").read_text())["groups"]
        assert {rule["alert"] for rule in group["rules"]} == set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
