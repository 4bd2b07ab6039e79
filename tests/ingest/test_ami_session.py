"""What is said to a switch, and when: the conversation without a socket, on a clock of the test's."""

from __future__ import annotations

import hashlib

import pytest
from structlog.testing import capture_logs

from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from floorwatch.ingest.ami.actions import action
from floorwatch.ingest.ami.session import AsteriskConnection, Session
from floorwatch.ingest.ami.translate import Translator

T0_MS = 1_795_291_940_000


class Talk:
    """A session, and a switch that says what a test wants."""

    def __init__(self, *, is_private: bool = False, **connection: int) -> None:
        there = AsteriskConnection("pbx.example", 5038, "floorwatch", "s3cret", **connection)  # type: ignore[arg-type]
        self.translator = Translator("pbx")
        self.session = Session("pbx", there, self.translator, T0_MS, is_private=is_private)
        self.events: list[Event] = []

    def said(self) -> list[dict[str, str]]:
        """The actions sent since the last call."""
        blocks = self.session.to_send().decode().split("\r\n\r\n")
        return [dict(line.split(": ", 1) for line in block.split("\r\n")) for block in blocks if block]

    def asked(self) -> list[str]:
        return [sent["Action"] for sent in self.said()]

    def hears(self, at_s: float, *blocks: str) -> None:
        raw = "".join(block.replace("\n", "\r\n") + "\r\n\r\n" for block in blocks).encode()
        self.events += self.session.received(raw, T0_MS + round(at_s * 1000))

    def passes(self, at_s: float) -> None:
        self.events += self.session.passed(T0_MS + round(at_s * 1000))

    def logs_in(self, at_s: float = 0, *, booted: bool = True) -> None:
        self.hears(at_s, "Asterisk Call Manager/11.0.0\nResponse: Success\nActionID: challenge\nChallenge: 4711")
        self.hears(at_s, "Response: Success\nActionID: login\nMessage: Authentication accepted")
        if booted:
            self.hears(at_s, "Event: FullyBooted\nStatus: Fully Booted")
        self.hears(at_s, f"Response: Success\nActionID: clock\nPing: Pong\nTimestamp: {T0_MS // 1000 + at_s:.6f}")

    def lists(self, at_s: float) -> None:
        self.hears(at_s, "Event: CoreShowChannelsComplete\nListItems: 0", "Event: QueueStatusComplete\nListItems: 0")
        self.passes(at_s + 0.3)


def test_login_by_challenge_and_then_the_floor() -> None:
    """The secret is never sent; no event is asked for before the switch's clock is known; channels before queues."""
    talk = Talk()
    assert talk.said() == [{"Action": "Challenge", "ActionID": "challenge", "AuthType": "MD5"}]
    talk.hears(0, "Asterisk Call Manager/11.0.0\nResponse: Success\nActionID: challenge\nChallenge: 4711")
    (login,) = talk.said()
    assert login["Key"] == hashlib.md5(b"4711s3cret").hexdigest()
    assert (login["AuthType"], login["Username"], login["Events"]) == ("MD5", "floorwatch", "system")
    assert "s3cret" not in str(login)
    talk.hears(0, "Response: Success\nActionID: login\nMessage: Authentication accepted")
    talk.hears(0, "Event: FullyBooted\nStatus: Fully Booted")
    assert talk.asked() == ["Ping"]
    assert not talk.events
    talk.hears(0.1, f"Response: Success\nActionID: clock\nPing: Pong\nTimestamp: {T0_MS // 1000 - 40}.100000")
    assert talk.asked() == ["Events", "CoreShowChannels", "QueueStatus"]
    assert [(type(event), event.time) for event in talk.events] == [(e.SourceUp, T0_MS - 39_900)]
    talk.lists(0.2)
    assert isinstance(talk.events[-1], e.FloorReported)
    assert talk.session.is_hearing


@pytest.mark.parametrize("is_private", [True, False])
def test_a_refused_challenge_sends_the_secret_only_where_nobody_listens(is_private: bool) -> None:
    """Over TLS or to this machine; elsewhere the login ends, and says why."""
    talk = Talk(is_private=is_private)
    talk.said()
    talk.hears(0, "Response: Error\nActionID: challenge\nMessage: Must specify AuthType")
    if is_private:
        (login,) = talk.said()
        assert (login["Username"], login["Secret"]) == ("floorwatch", "s3cret")
    else:
        assert not talk.said()
        assert talk.session.ended == "login_refused"
        assert "TLS" in talk.session.explanation


def test_a_refused_login_ends_the_session_in_the_switchs_words() -> None:
    """Whoever reads the log sees what the switch has said."""
    talk = Talk()
    talk.hears(0, "Response: Success\nActionID: challenge\nChallenge: 1")
    talk.hears(0, "Response: Error\nActionID: login\nMessage: Authentication failed")
    assert (talk.session.ended, talk.session.explanation) == ("login_refused", "Authentication failed")
    assert [event.reason for event in talk.session.lost() if isinstance(event, e.SourceDown)] == ["login_refused"]


def test_a_switch_that_is_still_starting_is_waited_for() -> None:
    """Until it has booted; where the user may not hear of that, ten seconds."""
    talk = Talk()
    talk.logs_in(0, booted=False)
    talk.asked()
    talk.hears(5, "Event: FullyBooted\nStatus: Fully Booted")
    assert talk.asked() == ["Events", "CoreShowChannels", "QueueStatus"]
    deaf = Talk()
    deaf.logs_in(0, booted=False)
    deaf.asked()
    deaf.passes(4)
    assert deaf.asked() == []
    deaf.hears(9.9, "Event: PeerStatus")
    deaf.passes(10.1)
    assert deaf.asked() == ["Events", "CoreShowChannels", "QueueStatus"]


def test_silence_is_asked_about_and_then_believed() -> None:
    """A ping at a third of the heartbeat, and at two; lost before the whole of it is over; any byte starts it anew."""
    talk = Talk(heartbeat_ms=15_000)
    talk.logs_in()
    talk.lists(0)
    talk.asked()
    heard = []
    for tenth in range(300):
        talk.passes(tenth / 10)
        heard += [tenth / 10 for sent in talk.asked() if sent == "Ping"]
        if tenth == 60:
            talk.hears(6, "Response: Success\nActionID: ping\nPing: Pong")
        if talk.session.ended:
            break
    assert heard == [5, 11, 16]
    assert talk.session.ended == "silent"
    assert 13_000 < tenth * 100 - 6_000 < 15_000
    down = talk.session.lost()[-1]
    assert isinstance(down, e.SourceDown)
    assert (down.time, down.reason) == (T0_MS + 6_000, "silent")


def test_who_answers_but_not_like_a_manager_is_given_up() -> None:
    """A port where something else listens."""
    talk = Talk(heartbeat_ms=15_000)
    for second in range(14):
        talk.hears(second, "220 mail.example ESMTP")
        talk.passes(second + 0.5)
        assert not talk.session.ended
    talk.hears(15, "220 mail.example ESMTP")
    talk.passes(15.5)
    assert talk.session.ended == "no_login"


def test_the_floor_is_asked_for_again_every_few_minutes_and_after_a_reload() -> None:
    """Nothing else is ever asked for while events come."""
    talk = Talk(reconcile_ms=300_000)
    talk.logs_in()
    talk.lists(0)
    talk.asked()
    looks = []
    for second in range(1, 901):
        talk.hears(second, "Event: PeerStatus\nPeerStatus: Reachable")
        if second == 450:
            talk.hears(second, "Event: Reload\nModule: app_queue.so")
        if sent := talk.asked():
            assert sent == ["CoreShowChannels", "QueueStatus"]
            looks.append(second)
            talk.lists(second)
    assert looks == [300, 452, 752]
    reports = [event for event in talk.events if isinstance(event, e.FloorReported)]
    assert len(reports) == 4
    assert not [event for event in talk.events if isinstance(event, e.SourceGap)]


def test_lists_that_do_not_come_are_asked_for_again() -> None:
    """Not five minutes later, and not at once; the log says what was refused, and what follows."""
    talk = Talk()
    talk.logs_in()
    talk.asked()
    with capture_logs() as logs:
        talk.hears(0.1, "Response: Error\nActionID: queues\nMessage: Invalid/unknown command")
        for second in range(1, 40):
            talk.hears(second, "Event: Hangup\nUniqueid: 9.0")
            if "QueueStatus" in talk.asked():
                break
    assert second == 35
    assert [entry["event"] for entry in logs] == ["asterisk_refused", "asterisk_lists_missing"]
    assert logs[0]["says"] == "Invalid/unknown command"


def test_time_decides_only_when_nothing_lies_unread() -> None:
    """An abandon is decided a second later on a quiet floor, without a message; not while messages come."""
    talk = Talk()
    talk.logs_in()
    talk.lists(0)
    stamp = f"Timestamp: {T0_MS // 1000 + 2}.000000\nUniqueid: 1.0\nQueue: sales"
    talk.hears(2, *(f"Event: Queue{name}\n{stamp}" for name in ("CallerJoin", "CallerAbandon", "CallerLeave")))
    talk.events.clear()
    talk.hears(3.1, "Event: PeerStatus\nPeerStatus: Reachable")
    talk.passes(3.2)
    assert not talk.events
    talk.passes(3.35)
    assert [type(event) for event in talk.events] == [e.ContactAbandoned]


def test_a_line_break_cannot_make_an_action_of_a_name() -> None:
    """What stands in the configuration is a value, whatever is in it."""
    with pytest.raises(ValueError, match="a line break in what Login says"):
        action("Login", "login", Username="x\r\nAction: Originate")
