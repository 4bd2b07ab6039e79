"""The published contract: the JSON Schema of events says what the reader does, and the page says what both do."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from hypothesis import given, settings
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from floorwatch.cli.schema import Document, schema, text_of
from floorwatch.clock import ScaledClock
from floorwatch.config.file import Queue
from floorwatch.contract import events as contract
from floorwatch.contract.words import CHANNELS, EXAMPLES, WORDS
from floorwatch.floor.events import EVENT_TYPES, EXIT_REASONS, INTERNAL_PREFIXES, REFUSE_REASONS
from floorwatch.floor.order import RANK
from floorwatch.floor.settings import Settings
from floorwatch.floor.source import REMEMBERED_IDS
from floorwatch.ingest.events import OBJECT_BYTES_MAX, TEXT_BYTES_MAX, EventReader
from floorwatch.ingest.http.protocol import LINES_MAX, UNPACKED_BYTES_MAX, UNREAD, UnusableBodyError, split, unpacked
from floorwatch.ingest.http.receiver import HttpFeed, HttpReceiver
from floorwatch.ingest.inbox import Inbox
from floorwatch.ingest.mqtt.client import REFUSALS
from floorwatch.ingest.mqtt.translate import MESSAGE_BYTES_MAX, MessageReader
from floorwatch.replay import replay
from tests.contract_forms import EVENT, EVENTS, SCHEMA, fits
from tests.ingest.bad_input import REASONS, WAYS, cases, to_line

PUBLISHED = {
    Document.events: "events.schema.json",
    Document.asyncapi: "asyncapi.yaml",
    Document.config: "config.schema.json",
}
NOW_MS = 1_772_442_000_000  # 2026-03-02 10:00 in Berlin: after everything in the page's examples


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    """The contract in prose."""
    return (repository / "docs/contract/README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("document", Document)
def test_what_is_published_is_what_the_code_says(repository: Path, document: Document) -> None:
    """Nobody changes an event, or the configuration, without the published contract changing with it."""
    path = repository / "docs/contract" / PUBLISHED[document]
    fix = f"floorwatch schema {document} --out docs/contract/{path.name}"
    assert path.read_text(encoding="utf-8") == text_of(document), fix


@pytest.mark.parametrize("document", [Document.events, Document.config])
def test_the_schemas_are_json_schema(document: Document) -> None:
    """Both fit the schema of their dialect, and every reference in them leads somewhere."""
    published = json.loads(text_of(document))
    Draft202012Validator.check_schema(published)
    targets = [part["$ref"] for part in parts_of(published) if "$ref" in part]
    assert targets
    assert all(target.removeprefix("#/$defs/") in published["$defs"] for target in targets)


def parts_of(content: Any) -> Iterator[dict[str, Any]]:
    """Every object inside a document."""
    if isinstance(content, dict):
        yield content
        content = list(content.values())
    if isinstance(content, list):
        for part in content:
            yield from parts_of(part)


def test_every_attribute_says_what_it_means(monkeypatch: pytest.MonkeyPatch) -> None:
    """A type, a part or an attribute without words cannot be published."""
    for name, form in SCHEMA["$defs"].items():
        assert form["description"].strip(), name
        for attribute, published in form.get("properties", {}).items():
            meaning = published.get("description") or SCHEMA["$defs"][attribute]["description"]
            assert meaning.endswith((".", "''.")), (name, attribute)
    monkeypatch.setattr(contract, "MEANINGS", {**contract.MEANINGS, "penalty": None})
    with pytest.raises(contract.NoWordsError, match=r"agent\.joined.*penalty"):
        contract.events_schema()


def test_the_words_are_those_the_code_knows() -> None:
    """Reasons and channels that are documented are the ones that are counted by name, and free text stays free."""
    assert set(WORDS["contact.exited", "reason"]) == EXIT_REASONS
    assert set(WORDS["contact.refused", "reason"]) == REFUSE_REASONS
    assert get_args(Queue.model_fields["channel"].annotation) == CHANNELS
    for tag, attribute in WORDS:
        assert "enum" not in SCHEMA["$defs"][tag]["properties"][attribute]


def test_the_schema_is_open() -> None:
    """An attribute we do not know is no mistake, neither in an event nor in a part of one."""
    assert not any("additionalProperties" in part for part in parts_of(SCHEMA))
    event = {**EXAMPLES["floor.reported"], "specversion": "1.0", "tenant": {"id": 7}}
    event["waiting"] = [{"contact": "c1", "queue": "sales", "position": 1}]
    assert EVENT.is_valid(event)
    assert EventReader("file").decode(to_line(event)) is not None


@settings(max_examples=400)
@given(EVENTS)
def test_what_the_contract_allows_both_accept(event: dict[str, Any]) -> None:
    """Any event made from the types, in any script and any offset, fits the schema and is read."""
    reader = EventReader("file")
    assert EVENT.is_valid(event), list(EVENT.iter_errors(event))
    assert reader.decode(to_line(event)) is not None, (reader.counts.invalid, event)


def parsed(line: bytes) -> Any:
    """What a strict JSON parser makes of a line. Raises `ValueError` or `RecursionError`."""

    def no_constant(name: str) -> None:
        raise ValueError(name)

    return json.loads(line.decode(), parse_constant=no_constant)


def test_what_the_reader_refuses_the_schema_refuses() -> None:
    """Of thousands of spoiled events the schema lets through only those that the page says it cannot see."""
    let_through: set[tuple[str, str]] = set()
    refused: set[str] = set()
    for case in cases(len(WAYS) * len(EVENT_TYPES) * 8, seed=7):
        reader = EventReader("file")
        event = reader.decode(case.line)
        try:
            content = parsed(case.line)
        except (ValueError, RecursionError):
            assert event is None, case.how
            continue
        if event is not None:
            assert fits(content), (case.how, case.line[:200])
            continue
        (reason,) = reader.counts.invalid
        if fits(content):
            let_through.add((case.how, content["time"] if case.how.endswith("_time") else reason))
        else:
            refused.add(reason)
    assert let_through == {
        ("long_text", "text_too_long"),  # bytes, where the schema counts characters
        ("large", "object_too_large"),
        ("after_received", "impossible_time"),
        ("impossible_time", "2000-01-01T00:00:00+00:01"),  # a minute before 2000
        ("wrong_time", "2026-02-30T08:00:00Z"),
        ("lone_surrogate", "malformed_json"),
    }
    assert refused == REASONS - {"malformed_json", "object_too_large"}


def test_one_answer_whether_asked_of_the_whole_schema_or_of_one_type() -> None:
    """The short cut of these tests is none: the whole schema says the same of every kind of spoiled event."""
    for case in cases(len(WAYS) * len(EVENT_TYPES), seed=8):
        try:
            content = parsed(case.line)
        except (ValueError, RecursionError):
            continue
        assert EVENT.is_valid(content) == fits(content), case.line[:200]


@pytest.mark.parametrize("recorded", ["events.jsonl.gz", "events_messy.jsonl.gz"])
def test_a_whole_day_fits_the_schema(repository: Path, recorded: str) -> None:
    """Ten thousand events of a day that others wrote down: every one."""
    with gzip.open(repository / "tests/reference_days/small" / recorded) as lines:
        events = [json.loads(line) for line in lines]
    assert len(events) > 10_000
    assert [event for event in events if not fits(event)] == []


def test_the_page_lists_every_event_with_its_attributes(page: str) -> None:
    """The table of events says of each what the schema says: which attributes there are, and which may be left out."""
    rows = dict(re.findall(r"^\| `([a-z]+\.[a-z]+)` \| ([^|]*)\|", page, re.MULTILINE))
    assert list(rows) == list(EVENT_TYPES)
    shared = SCHEMA["$defs"]["source.heartbeat"]["properties"].keys()
    for tag, attributes in rows.items():
        form = SCHEMA["$defs"][tag]
        required, _, optional = attributes.strip().rstrip("]").partition("[")
        assert set(required.split()) == set(form["required"]) - {"type", "time"}, tag
        assert set(optional.split()) == form["properties"].keys() - shared - set(form["required"]), tag


def test_the_page_knows_every_word(page: str) -> None:
    """The words of a reason, a mode or a state stand in the row of their event."""
    rows = {line.split("`")[1]: line for line in page.splitlines() if line.startswith("| `")}
    for (tag, attribute), words in WORDS.items():
        if tag in EVENT_TYPES and attribute in ("reason", "mode", "by") and tag != "agent.state":
            assert set(re.findall(r"`(\w+)`", rows[tag])) >= set(words), tag
    states = SCHEMA["$defs"]["agent.state"]["properties"]["state"]["enum"]
    assert set(re.findall(r"`(\w+)`", rows["agent.state"])) >= set(states)


async def test_the_page_knows_every_reason_why_an_event_is_refused(page: str) -> None:
    """Those of the reader, and those of the transports, found by provoking them or as the transport lists them."""
    table = page.partition("| reason | what was wrong |\n")[2].partition("\n\n")[0]
    told = {word for line in table.splitlines() for word in re.findall(r"`(\w+)`", line.split("|")[1])}
    mqtt = MessageReader("broker")
    mqtt.events(b'{"type":"source.up","time":1772438400000}', NOW_MS)
    mqtt.events(b" " * (MESSAGE_BYTES_MAX + 1), NOW_MS)
    found = {*REASONS, *mqtt.counts.invalid, *REFUSALS, *UNREAD, *await reasons_of_posts()}
    for unusable in (
        lambda: unpacked(b"", "br"),
        lambda: unpacked(b"no gzip", "gzip"),
        lambda: unpacked(gzip.compress(b" " * (UNPACKED_BYTES_MAX + 1)), "gzip"),
        lambda: split(b"", "text/html"),
        lambda: split(b"{}\n" * (LINES_MAX + 1), "application/x-ndjson"),
    ):
        with pytest.raises(UnusableBodyError) as wrong:
            unusable()
        found.add(wrong.value.reason)
    assert told == found
    assert all(prefix.rstrip(".") in table for prefix in INTERNAL_PREFIXES)


async def reasons_of_posts() -> list[str]:
    """What is answered to a bearer who may speak for two sources and names none, a third, or no id."""
    clock = ScaledClock(NOW_MS, 1)
    feeds = [HttpFeed("north", clock), HttpFeed("south", clock)]
    feeds[0].inbox = Inbox(clock)
    up = {"type": "source.up", "time": 1772438400000}
    lines = [{**up, "id": "1"}, {**up, "id": "2", "source": "west"}, {**up, "source": "south"}]
    body = b"\n".join(map(to_line, lines))
    outcome = await HttpReceiver(feeds).receive(body, "application/x-ndjson", "", actor="test", sources=None)
    return [reason for _, reason in outcome.rejected]


def test_the_page_states_the_limits_as_they_are(page: str) -> None:
    """Numbers in prose are the constants of the code."""
    for limit in (TEXT_BYTES_MAX, OBJECT_BYTES_MAX, REMEMBERED_IDS, LINES_MAX):
        assert f"{limit:,}" in page
    assert {MESSAGE_BYTES_MAX, UNPACKED_BYTES_MAX} == {1 << 20}
    assert "up to 1 MiB" in page
    order = re.search(r"in the order ([^`]+)`agent\.state`", page.replace("\n", " "))
    assert order is not None
    told = [word.strip() for word in order[1].replace("then", "").split(",") if word.strip()]
    tags = {kind: tag for tag, kind in EVENT_TYPES.items()}
    ranked = [tags[kind].partition(".")[2] for kind in RANK if tags.get(kind, "").startswith(("agent.", "contact."))]
    assert told == [name for name in ranked if name not in ("described", "state")]


def test_the_three_contacts_of_the_page_give_the_figures_it_states(page: str, tmp_path: Path) -> None:
    """The example is replayed, as the page says, and the table beside it is what comes out."""
    lines = re.findall(r"```json\n(.*?)```", page, re.DOTALL)[0]
    (tmp_path / "day.jsonl").write_text(lines, encoding="utf-8")
    assert all(EVENT.is_valid(json.loads(line)) for line in lines.splitlines())
    report = replay([tmp_path / "day.jsonl"], Settings())
    assert (report["input"]["applied"], report["input"]["anomalies"]) == (20, {})
    queue = report["queues"]["sales"]
    told = dict(re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", page, re.MULTILINE))
    assert len(told) == 10
    assert {figure: float(value) for figure, value in told.items()} == {figure: queue[figure] for figure in told}
    assert queue["service_level"]["short_abandons_excluded"] == pytest.approx(1 / 3)


def test_the_message_of_the_page_is_two_events(page: str) -> None:
    """The array for MQTT is read as it stands, and fits the schema."""
    message = re.findall(r"```json\n(.*?)```", page, re.DOTALL)[1]
    reader = MessageReader("broker")
    assert [event.contact for event in reader.events(message.encode(), NOW_MS)] == ["881", "881"]  # type: ignore[attr-defined]
    assert not reader.counts.invalid
    assert all(EVENT.is_valid(event) for event in json.loads(message))


def command(*args: object) -> Any:
    """`floorwatch schema`, alone."""
    app = typer.Typer()
    app.command()(schema)
    return CliRunner().invoke(app, [str(arg) for arg in args])


def test_the_command_prints_or_writes(tmp_path: Path) -> None:
    """To stdout, or with --out to a file; the bytes are the same."""
    for document in Document:
        printed = command(document)
        assert printed.exit_code == 0
        assert printed.stdout == text_of(document)
        assert command(document, "--out", tmp_path / document).exit_code == 0
        assert (tmp_path / document).read_text(encoding="utf-8") == printed.stdout


def test_the_command_says_what_it_cannot_do(tmp_path: Path) -> None:
    """An unknown document, or a folder that is not there: one sentence, exit status 2."""
    assert command("openapi").exit_code == 2
    nowhere = command("events", "--out", tmp_path / "none" / "events.json")
    assert (nowhere.exit_code, nowhere.stdout) == (2, "")
    assert nowhere.stderr == f"--out: {tmp_path}/none/events.json: no such file or directory\n"
