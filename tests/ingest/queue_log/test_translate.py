from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorwatch.floor import events as e
from floorwatch.ingest.queue_log.recording import QueueLog
from floorwatch.ingest.queue_log.translate import Translator

T0 = 1_795_291_940
"""Second 0 of every test's clock."""
LOG = (Path(__file__).parents[2] / "transcripts/outcomes.queue_log").read_bytes()


def told(*lines: str, interfaces: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """What the lines (`second|contact|queue|agent|EVENT|data`) become, in seconds of the test's clock."""
    translator = Translator("pbx", interfaces)
    events = []
    for line in lines:
        at, _, rest = line.partition("|")
        for event in translator.line(f"{T0 + float(at):.6f}|{rest}".replace(".000000|", "|", 1).encode()):
            plain = msgspec.to_builtins(event)
            plain["time"] = (plain["time"] - T0 * 1000) / 1000
            del plain["source"], plain["seq"]
            events.append(plain)
    assert not translator.counts.invalid
    return events


def times(events: list[dict[str, Any]]) -> list[tuple[str, float]]:
    return [(event["type"].removeprefix("contact."), event["time"]) for event in events]


STAY = {"contact": "1.0", "queue": "sales"}
ENTER = "10|1.0|sales|NONE|ENTERQUEUE||2125550100|1"


def test_waits_and_talk_are_the_logged_seconds_whatever_the_lines_say() -> None:
    """The entry stays; a line that is a second late or early is moved to where its own seconds put it."""
    assert times(told(ENTER, "16|1.0|sales|A17|CONNECT|5|1.1|2", "60|1.0|sales|A17|COMPLETEAGENT|5|45|1")) == [
        ("offered", 10),
        ("answered", 15),
        ("ended", 60),
    ]
    assert times(told(ENTER, "14|1.0|sales|A17|CONNECT|5|1.1|2", "59|1.0|sales|A17|COMPLETECALLER|5|45|1")) == [
        ("offered", 10),
        ("answered", 15),
        ("ended", 60),
    ]
    assert times(told(ENTER, "31|1.0|sales|NONE|ABANDON|1|1|20")) == [("offered", 10), ("abandoned", 30)]


def test_seconds_that_cannot_belong_to_the_entry_leave_the_line_where_it_is() -> None:
    """An entry of another visit (its own was lost) and a wait that contradicts both clocks by minutes."""
    assert times(told(ENTER, "100|1.0|sales|A17|CONNECT|5|1.1|2")) == [("offered", 10), ("answered", 100)]
    assert times(told("60|1.0|sales|A17|COMPLETEAGENT|5|45|1")) == [("ended", 60)]


def test_a_visit_does_not_overlap_the_next_of_its_contact() -> None:
    """Sent back to the same queue in the second of a transfer that was moved ahead: the new entry waits for the end."""
    events = told(
        ENTER,
        "15|1.0|sales|A17|CONNECT|5|1.1|2",
        "44|1.0|sales|A17|BLINDTRANSFER|8001|from-agent|5|30|1",
        "44|1.0|sales|NONE|ENTERQUEUE||2125550100|1",
        "50|1.0|sales|A18|CONNECT|5|1.2|2",
    )
    assert times(events) == [("offered", 10), ("answered", 15), ("transferred", 45), ("offered", 45), ("answered", 50)]


def test_microseconds_are_kept_and_the_logged_seconds_still_hold() -> None:
    """Logs of switches that write them: instants to the millisecond, durations in whole seconds."""
    assert times(told("10.544978|1.0|sales|NONE|ENTERQUEUE||x|1", "14.9|1.0|sales|A17|CONNECT|4|1.1|2")) == [
        ("offered", 10.544),
        ("answered", 14.544),
    ]


@pytest.mark.parametrize(
    ("line", "event"),
    [
        ("EXITWITHTIMEOUT|1|6|20", {"type": "contact.exited", "reason": "timeout", **STAY}),
        ("EXITEMPTY|1|2|20", {"type": "contact.exited", "reason": "empty", **STAY}),
        ("EXITWITHKEY|1|4|10|20", {"type": "contact.exited", "reason": "key", **STAY}),
        ("WITHDRAW|1|2|20|moved", {"type": "contact.exited", "reason": "withdrawn", **STAY}),
        ("ABANDON|1|2|20", {"type": "contact.abandoned", **STAY}),
    ],
)
def test_every_way_to_leave_unanswered_carries_its_wait(line: str, event: dict[str, Any]) -> None:
    """The position fields before the seconds differ from event to event."""
    assert told(ENTER, f"31|1.0|sales|NONE|{line}")[1:] == [{"time": 30, **event}]


@pytest.mark.parametrize("line", ["SYSCOMPAT|", "EXITWITHPOSITION|2"])
def test_a_call_dropped_for_other_reasons_has_left(line: str) -> None:
    """Without logged seconds the line's own time counts."""
    assert told(ENTER, f"31|1.0|sales|NONE|{line}")[1:] == [
        {"type": "contact.exited", "time": 31, "reason": "other", **STAY}
    ]


@pytest.mark.parametrize("line", ["EXITWITHTIMEOUT|1", "EXITWITHKEY|1|4"])
def test_old_logs_without_seconds_have_the_time_of_the_line(line: str) -> None:
    """Asterisk 1.4 wrote fewer fields."""
    assert told(ENTER, f"31|1.0|sales|NONE|{line}")[1]["time"] == 31


@pytest.mark.parametrize(
    ("line", "attributes"),
    [
        ("BLINDTRANSFER|9002|from-agent|5|30|1", {"to": "9002", "mode": "blind"}),
        ("TRANSFER|9002|from-agent|5|30|1", {"to": "9002", "mode": "blind"}),
        ("ATTENDEDTRANSFER|BRIDGE|118ec4ac|5|30|1", {"mode": "attended"}),
        ("ATTENDEDTRANSFER|APP|Queue|5|30|1", {"mode": "attended"}),
        ("ATTENDEDTRANSFER|LINK|PJSIP/a-1|PJSIP/b-2|5|30|1", {"mode": "attended"}),
    ],
)
def test_a_transfer_ends_the_agents_part_after_its_logged_talk(line: str, attributes: dict[str, str]) -> None:
    """Whatever fields the kind of transfer puts before the seconds."""
    transferred = told(ENTER, "15|1.0|sales|A17|CONNECT|5|1.1|2", f"46|1.0|sales|A17|{line}")[2]
    assert transferred == {"type": "contact.transferred", "time": 45, "agent": "A17", **STAY, **attributes}


def test_an_attempt_that_failed_is_declined_and_one_the_caller_ended_is_not() -> None:
    """RINGNOANSWER and AGENTDUMP; RINGCANCELED is the caller's doing."""
    events = told(
        ENTER,
        "18|1.0|sales|A17|RINGNOANSWER|8000",
        "19|1.0|sales|A18|AGENTDUMP|",
        "20|1.0|sales|A19|RINGCANCELED|640",
    )
    assert events[1:] == [
        {"type": "contact.declined", "time": 18, "agent": "A17", "reason": "no_answer", **STAY},
        {"type": "contact.declined", "time": 19, "agent": "A18", "reason": "rejected", **STAY},
    ]


def test_pauses_are_told_by_queue_and_only_when_they_change() -> None:
    """PAUSEALL comes with a PAUSE for every queue; a second reason replaces the first."""
    events = told(
        "10|NONE|NONE|A17|PAUSEALL|break",
        "10|NONE|sales|A17|PAUSE|break",
        "10|NONE|support|A17|PAUSE|break",
        "20|NONE|sales|A17|PAUSE|lunch",
        "21|NONE|sales|A17|PAUSE|lunch",
        "30|NONE|NONE|A17|UNPAUSEALL|",
        "30|NONE|sales|A17|UNPAUSE|",
        "31|NONE|sales|A17|UNPAUSE|",
    )
    assert [(event["time"], event["state"], event["queue"], event.get("reason")) for event in events] == [
        (10, "paused", "sales", "break"),
        (10, "paused", "support", "break"),
        (20, "paused", "sales", "lunch"),
        (30, "available", "sales", None),
    ]


LOGIN = ("10|MANAGER|sales|PJSIP/17|ADDMEMBER|", "20|NONE|sales|A17|PAUSE|break")
LOGOUT = "30|MANAGER|sales|PJSIP/17|REMOVEMEMBER|"


def test_an_interface_is_no_agent_until_the_configuration_says_whose_it_is() -> None:
    """Ignored and counted without; with it, log-in, log-out and the pause that ends with it."""
    assert [event["type"] for event in told(*LOGIN, LOGOUT)] == ["agent.state"]
    assert told(*LOGIN, LOGOUT, interfaces={"PJSIP/17": "A17"}) == [
        {"type": "agent.joined", "time": 10, "agent": "A17", "queue": "sales"},
        {"type": "agent.state", "time": 20, "agent": "A17", "state": "paused", "queue": "sales", "reason": "break"},
        {"type": "agent.left", "time": 30, "agent": "A17", "queue": "sales"},
    ]


def test_a_log_that_names_members_needs_no_configuration() -> None:
    """log_membername_as_agent=yes; and members without a name are known by their interface from their first call on."""
    assert [event["agent"] for event in told("10|MANAGER|sales|A17|ADDMEMBER|")] == ["A17"]
    events = told(
        "10|1.0|sales|PJSIP/17|CONNECT|5|1.1|2",
        "60|MANAGER|support|PJSIP/17|ADDMEMBER|",
    )
    assert [(event["type"], event["agent"]) for event in events] == [
        ("contact.answered", "PJSIP/17"),
        ("agent.joined", "PJSIP/17"),
    ]


def test_a_member_added_paused_is_paused() -> None:
    """ADDMEMBER says so in its data."""
    events = told("10|MANAGER|sales|A17|ADDMEMBER|PAUSED", "20|NONE|sales|A17|UNPAUSE|")
    assert [(event["time"], event.get("state")) for event in events] == [(10, None), (10, "paused"), (20, "available")]


def test_agents_of_the_agent_pool_log_in_and_out() -> None:
    """AGENTLOGIN and AGENTLOGOFF name an interface, too."""
    lines = ("10|NONE|NONE|Agent/1001|AGENTLOGIN|PJSIP/17-0001", "90|NONE|NONE|Agent/1001|AGENTLOGOFF|PJSIP/17-0001|80")
    assert told(*lines) == []
    assert [(event["time"], event["state"]) for event in told(*lines, interfaces={"Agent/1001": "A17"})] == [
        (10, "available"),
        (90, "offline"),
    ]


def test_a_restart_leaves_nobody_waiting_and_static_members_without_their_pauses() -> None:
    """A switch that was killed logs no ends, and no seconds: the report says who is there, and that nobody else is."""
    devices = {"PJSIP/17": "A17", "PJSIP/18": "A18"}
    events = told(
        "5|NONE|NONE|NONE|QUEUESTART|",
        "10|MANAGER|sales|PJSIP/17|ADDMEMBER|",
        "10|MANAGER|support|PJSIP/17|ADDMEMBER|",
        "11|NONE|sales|A17|PAUSE|lunch",
        "12|NONE|sales|A18|PAUSE|break",
        "20|1.0|sales|NONE|ENTERQUEUE||x|1",
        "40|NONE|NONE|NONE|QUEUESTART|",
        "41|1.0|sales|NONE|ENTERQUEUE||x|1",
        "42|1.0|sales|NONE|ABANDON|1|1|1",
        interfaces=devices,
    )
    assert events[0] == {"type": "source.up", "time": 5}
    assert [event for event in events if event["time"] == 40] == [
        {"type": "source.up", "time": 40},
        {
            "type": "floor.reported",
            "time": 40,
            "complete": True,
            "members": (
                {"agent": "A17", "queue": "sales", "paused": True, "reason": "lunch", "since": None},
                {"agent": "A17", "queue": "support", "paused": False, "reason": "", "since": None},
            ),
        },
        {"type": "agent.state", "time": 40, "agent": "A18", "state": "available", "queue": "sales"},
    ]
    assert times(events)[-2:] == [("offered", 41), ("abandoned", 42)]


def test_a_static_member_is_available_from_the_first_thing_it_does() -> None:
    """Nothing in the log ever logs it in; only a configured agent can be known to be one."""
    lines = (ENTER, "18|1.0|sales|A17|RINGNOANSWER|8000")
    assert [event.get("state") for event in told(*lines, interfaces={"PJSIP/17": "A17"})] == [None, "available", None]
    assert [event.get("state") for event in told(*lines)] == [None, None]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"hello", "malformed_line"),
        (b"1795291946|1.0|sales|NONE", "malformed_line"),
        (b"x1795291946|1.0|sales|NONE|ENTERQUEUE||x|1", "malformed_line"),
        ("١٢٣|1.0|sales|NONE|ENTERQUEUE||x|1".encode(), "malformed_line"),
        (b"12|1.0|sales|NONE|ENTERQUEUE||x|1", "impossible_time"),
        (b"9" * 40 + b"|1.0|sales|NONE|ENTERQUEUE||x|1", "impossible_time"),
        (b"1795291946|NONE|sales|NONE|ENTERQUEUE||x|1", "missing_attribute"),
        (b"1795291946|1.0||NONE|ENTERQUEUE||x|1", "missing_attribute"),
        (b"1795291946|1.0|sales|NONE|CONNECT|5|1.1|2", "missing_attribute"),
        (b"1795291946|NONE|NONE|A17|PAUSE|x", "missing_attribute"),
        (b"1795291946|1.0|sales|A17|CONNECT|five|1.1|2", "mistyped_attribute"),
        (b"1795291946|1.0|sales|A17|CONNECT|-5|1.1|2", "mistyped_attribute"),
        (b"1795291946|1.0|" + b"q" * 1025 + b"|NONE|ENTERQUEUE||x|1", "text_too_long"),
        (b"1795291946|1.0|sales|NONE|ENTERQUEUE||" + b"x" * 70_000, "line_too_long"),
    ],
)
def test_a_bad_line_is_counted_by_reason_and_the_next_is_read(line: bytes, reason: str) -> None:
    """And never raises."""
    translator = Translator()
    assert translator.line(line) == []
    assert translator.counts.invalid == {reason: 1}
    assert len(translator.line(b"1795291946|1.0|sales|NONE|ENTERQUEUE||x|1")) == 1
    assert (translator.counts.read, translator.counts.ignored) == (2, 0)


def test_wrong_utf8_is_counted_and_the_line_is_used() -> None:
    """A Latin-1 name is shown with replacement characters, not lost."""
    translator = Translator()
    (event,) = translator.line(b"1795291946|1.0|Verk\xe4ufe|NONE|ENTERQUEUE||x|1")
    assert event.queue == "Verk\ufffdufe"  # type: ignore[attr-defined]
    assert translator.counts.invalid == {"bad_utf8": 1}


def test_lines_that_change_nothing_are_ignored_and_counted() -> None:
    """Known ones, those of the dialplan's own QueueLog(), and unmatched interfaces; a blank line is not even read."""
    translator = Translator()
    for event in ("CONFIGRELOAD|", "DID|8001", "PENALTY|3", "RINGCANCELED|640", "MYEVENT|x", "ADDMEMBER|"):
        assert translator.line(f"1795291946|1.0|sales|PJSIP/17|{event}".encode()) == []
    assert translator.line(b"\r\n") == []
    assert (translator.counts.read, translator.counts.ignored, translator.counts.invalid.total()) == (6, 6, 0)


@given(st.lists(st.one_of(st.binary(max_size=80), st.sampled_from(LOG.splitlines()))))
def test_any_lines_are_survived(lines: list[bytes]) -> None:
    """In any order, with anything in between."""
    translator = Translator(interfaces={"PJSIP/a1020": "A1020"})
    for line in lines:
        translator.line(line)


def test_a_damaged_log_is_survived() -> None:
    """Bytes overwritten, lost and doubled: no crash, and every line is accounted for."""
    chance = random.Random(3)
    for _ in range(300):
        torn = bytearray(LOG)
        for _ in range(30):
            at = chance.randrange(len(torn))
            torn[at : at + chance.randint(0, 9)] = chance.randbytes(chance.randint(0, 9))
        translator = Translator()
        lines = [line for line in bytes(torn).split(b"\n") if line.strip()]
        for line in lines:
            translator.line(line)
        assert translator.counts.read == len(lines)


def test_a_leap_in_time_that_nothing_confirms_is_set_aside(tmp_path: Path) -> None:
    """A wrong year in one line; a night between two lines is no leap."""
    path = tmp_path / "queue_log"
    path.write_text(
        "1795291946|1.0|sales|NONE|ENTERQUEUE||x|1\n"
        "1895291947|2.0|sales|NONE|ENTERQUEUE||x|1\n"
        "1795291948|3.0|sales|NONE|ENTERQUEUE||x|1\n"
        "1795331948|4.0|sales|NONE|ENTERQUEUE||x|1\n"
        "1795331949|5.0|sales|NONE|ENTERQUEUE||x|1\n"
    )
    log = QueueLog(path)
    deliveries = list(log.deliveries())
    assert [(at // 1000, event.contact) for at, event in deliveries if isinstance(event, e.ContactOffered)] == [
        (1795291946, "1.0"),
        (1795291948, "3.0"),
        (1795331948, "4.0"),
        (1795331949, "5.0"),
    ]
    assert log.counts.invalid == {"impossible_time": 1}


def test_engine_time_never_goes_back(tmp_path: Path) -> None:
    """Moved instants and shuffled lines included."""
    path = tmp_path / "queue_log"
    lines = LOG.splitlines(keepends=True)
    random.Random(4).shuffle(lines)
    path.write_bytes(b"".join(lines))
    stamps = [at for at, _ in QueueLog(path).deliveries()]
    assert stamps == sorted(stamps)
