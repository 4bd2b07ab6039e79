"""The queue_log as it is written: the lines of every kind of visit, and their shape beside those of a real switch."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from floorwatch.ingest.queue_log.protocol import parse
from simulators.speakers.files import queue_log_speaker
from simulators.speakers.queue_log import QueueLog

START_S = 1_772_528_400


def lines(*events: Event) -> list[str]:
    """What is written, without the first line, and times as seconds after START_S."""
    log = QueueLog()
    written = [line.decode() for event in events for line in log.lines(event)]
    assert written[0].endswith("|NONE|NONE|NONE|QUEUESTART|")
    return [f"{int(line[:10]) - START_S}{line[10:]}" for line in written[1:]]


def visit(kind: type[Event], at_ms: int, contact: str = "c1", **more: str) -> Event:
    """Something about a contact of `sales`."""
    return kind(time=START_S * 1000 + at_ms, contact=contact, queue="sales", **more)  # type: ignore[arg-type]


def agent(kind: type[Event], at_ms: int, **more: str) -> Event:
    """Something about an agent."""
    return kind(time=START_S * 1000 + at_ms, agent="Ben Carter", **more)  # type: ignore[arg-type]


def test_an_answered_contact() -> None:
    """Seconds are differences of whole ones, as the switch's are: from 0.9 s to 4.1 s it waited 4."""
    assert lines(
        visit(e.ContactOffered, 900),
        visit(e.ContactAlerting, 1_100, agent="A"),
        visit(e.ContactDeclined, 3_600, agent="A", reason="busy"),
        visit(e.ContactAlerting, 3_700, agent="B"),
        visit(e.ContactAnswered, 4_100, agent="B"),
        visit(e.ContactHeld, 5_000, agent="B"),
        visit(e.ContactEnded, 9_999, agent="B", by="customer"),
    ) == [
        "0|c1|sales|NONE|ENTERQUEUE|||1",
        "3|c1|sales|A|RINGNOANSWER|2500",
        "4|c1|sales|B|CONNECT|4|c1-B|1",
        "9|c1|sales|B|COMPLETECALLER|4|5|1",
    ]


def test_who_leaves_the_line_and_where_he_stood() -> None:
    """Place now, place at entry, seconds waited; the key before them; one reason that has no line of its own."""
    assert lines(
        *(visit(e.ContactOffered, 0, contact) for contact in ("c1", "c2", "c3", "c4")),
        visit(e.ContactAbandoned, 5_000, "c1"),
        visit(e.ContactExited, 7_000, "c3", reason="timeout"),
        visit(e.ContactExited, 8_000, "c4", reason="key"),
        visit(e.ContactExited, 9_000, "c2", reason="other"),
    )[4:] == [
        "5|c1|sales|NONE|ABANDON|1|1|5",
        "7|c3|sales|NONE|EXITWITHTIMEOUT|2|3|7",
        "8|c4|sales|NONE|EXITWITHKEY|1|2|4|8",
        "9|c2|sales|NONE|SYSCOMPAT",
    ]


def test_transfers_name_where_to_and_how() -> None:
    """Hold time and talk time stand behind it."""
    assert lines(
        visit(e.ContactOffered, 0),
        visit(e.ContactAnswered, 2_000, agent="A"),
        visit(e.ContactTransferred, 9_000, agent="A", to="billing", mode="blind"),
        visit(e.ContactOffered, 10_000, "c2"),
        visit(e.ContactAnswered, 10_500, "c2", agent="A"),
        visit(e.ContactTransferred, 19_000, "c2", agent="A", mode="attended"),
    )[2::3] == [
        "9|c1|sales|A|BLINDTRANSFER|billing|out|2|7|1",
        "19|c2|sales|A|ATTENDEDTRANSFER|BRIDGE|s|0|9|1",
    ]


def test_a_pause_is_one_of_every_queue() -> None:
    """And of all of them, once; wrap-up and what follows it are not known to a queue."""
    assert lines(
        agent(e.AgentJoined, 0, queue="sales"),
        agent(e.AgentJoined, 0, queue="billing"),
        agent(e.AgentStateChanged, 0, state="available"),
        agent(e.AgentStateChanged, 5_000, state="wrap_up"),
        agent(e.AgentStateChanged, 6_000, state="available"),
        agent(e.AgentStateChanged, 7_000, state="paused", reason="lunch"),
        agent(e.AgentLeft, 8_000, queue="billing"),
        agent(e.AgentStateChanged, 9_000, state="available"),
        agent(e.AgentStateChanged, 9_500, state="offline"),
    ) == [
        "0|MANAGER|sales|Ben Carter|ADDMEMBER|",
        "0|MANAGER|billing|Ben Carter|ADDMEMBER|",
        "7|NONE|sales|Ben Carter|PAUSE|lunch",
        "7|NONE|billing|Ben Carter|PAUSE|lunch",
        "7|NONE|NONE|Ben Carter|PAUSEALL|lunch",
        "8|MANAGER|billing|Ben Carter|REMOVEMEMBER|",
        "9|NONE|sales|Ben Carter|UNPAUSE|",
        "9|NONE|NONE|Ben Carter|UNPAUSEALL|",
    ]


def test_no_name_breaks_a_line() -> None:
    """A bar or a line end in it would make another line of it."""
    (line,) = lines(visit(e.ContactOffered, 0, "a|b\nc"))
    assert line == "0|a/b c|sales|NONE|ENTERQUEUE|||1"


def test_lines_have_the_shape_of_a_real_switchs(repository: Path) -> None:
    """As many fields for each event, and numbers where an Asterisk has numbers."""
    real = defaultdict(set)
    for name in ("outcomes", "restart", "lost_connection"):
        for raw in (repository / f"tests/transcripts/{name}.queue_log").read_bytes().splitlines():
            line = parse(raw)
            real[line.event].add(tuple(field.isdigit() for field in line.fields))
    talk = (visit(e.ContactOffered, 0), visit(e.ContactAnswered, 2_000, agent="A"))
    log = QueueLog()
    told = [
        *(agent(e.AgentJoined, 0, queue="sales"), agent(e.AgentStateChanged, 0, state="paused", reason="lunch")),
        *(agent(e.AgentStateChanged, 0, state="available"), agent(e.AgentLeft, 0, queue="sales")),
        *(*talk, visit(e.ContactEnded, 3_000, agent="A", by="agent")),
        *(*talk, visit(e.ContactEnded, 3_000, agent="A", by="customer")),
        *(*talk, visit(e.ContactTransferred, 3_000, agent="A", mode="attended")),
        *(talk[0], visit(e.ContactDeclined, 1_000, agent="A"), visit(e.ContactAbandoned, 3_000)),
        *(talk[0], visit(e.ContactExited, 3_000, reason="timeout"), talk[0]),
        *(visit(e.ContactExited, 3_000, reason="key"), talk[0], visit(e.ContactExited, 3_000, reason="empty")),
    ]
    seen = set()
    for event in told:
        for raw in log.lines(event):
            line = parse(raw)
            seen.add(line.event)
            lengths = {len(shape) for shape in real[line.event]} or {len(line.fields)}
            assert len(line.fields) in lengths, (raw, real[line.event])
    assert {"ENTERQUEUE", "CONNECT", "COMPLETEAGENT", "ABANDON", "PAUSE", "ADDMEMBER"} <= seen & real.keys()


async def test_the_file_is_gone_on_with(tmp_path: Path) -> None:
    """What stood in it stays, and lines are counted as a reader does."""
    path = tmp_path / "queue_log"
    path.write_bytes(b"1772528399|NONE|NONE|NONE|QUEUESTART|\n")
    speaker = queue_log_speaker(path)
    await speaker.start()
    assert await speaker.say([visit(e.ContactOffered, 0), b"nonsense", visit(e.ContactAbandoned, 9_000)]) == 3
    await speaker.stop()
    assert [line.split("|")[4] for line in path.read_text(encoding="utf-8").splitlines()] == [
        "QUEUESTART",
        "QUEUESTART",
        "ENTERQUEUE",
        "ABANDON",
    ]
