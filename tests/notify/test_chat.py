"""Robots of chats: signed as documented, within their sizes; what they refuse with status 200 is not told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from floorwatch.clock import WallClock
from floorwatch.notify import bucket, chat
from floorwatch.notify.output import NotTakenError
from floorwatch.notify.trial import trial_message
from floorwatch.notify.web import Web
from floorwatch.notify.words import Site
from tests.live.receiver import Behaviour, receiver
from tests.notify.told_floor import ToldFloor, told_floor
from tests.receivers.robots import DingTalkReceiver, FeishuReceiver, RobotReceiver, WeComReceiver, answering

SECRET = "SEC0123456789abcdef0123456789"
KINDS: dict[str, Callable[[], RobotReceiver]] = {
    "dingtalk": lambda: DingTalkReceiver(SECRET),
    "wecom": WeComReceiver,
    "feishu": lambda: FeishuReceiver(SECRET),
}


@pytest.fixture(autouse=True)
def _at_any_time_of_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """These are not about half hours, and must not wait for one to be over."""
    for name in ("EARLY_MS", "LATE_MS_MIN", "LATE_MS_MAX"):
        monkeypatch.setattr(bucket, name, 0)


def outputs(kind: str, robot: RobotReceiver, more: str = "") -> str:
    secret = f", secret: {robot.secret}" if robot.secret else ""
    return f"  robot: {{type: {kind}, url: '{robot.url}'{secret}, group_wait: 0s, group_interval: 0s{more}}}\n"


async def told(floor: ToldFloor) -> None:
    await floor.until(lambda: floor.row("robot").told and floor.row("robot").owed_since is None)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_robot_takes_what_it_is_told(tmp_path: Path, kind: str) -> None:
    """Signed so that a receiver of the documented kind believes it, in both languages, counts only."""
    with answering(KINDS[kind]()) as robot:
        async with told_floor(tmp_path, outputs(kind, robot)) as floor:
            await floor.breach()
            await told(floor)
    assert robot.broken == []
    (message,) = robot.told
    assert "sales" in message.text
    assert "berlin" in message.text
    assert any("一" <= letter <= "鿿" for letter in message.text)
    assert message.called == ()


@pytest.mark.parametrize("kind", ["dingtalk", "feishu"])
async def test_a_wrong_secret_is_a_failure_with_a_way_out(tmp_path: Path, kind: str) -> None:
    """The robot answers 200, and has taken nothing; what is said of it holds neither secret nor address."""
    with answering(KINDS[kind]()) as robot:
        wrong = outputs(kind, robot).replace(SECRET, "SECanother")
        async with told_floor(tmp_path, wrong) as floor:
            await floor.breach()
            await floor.until(lambda: floor.engine.telling.failing_since("robot"))
            assert "its 'secret' is another one, or the clock of this machine is wrong" in floor.row("robot").why
            assert not robot.told
            shown = json.dumps(floor.office.json())
    assert robot.path not in shown
    assert "SECanother" not in shown


@pytest.mark.parametrize(
    ("kind", "answer", "words", "pause_s"),
    [
        ("dingtalk", {"errcode": 130101, "errmsg": "send too fast"}, "told too often", 600),
        ("dingtalk", {"errcode": 310000, "errmsg": "keywords not in content"}, "choose signing", 0),
        ("dingtalk", {"errcode": 310000, "errmsg": "ip 1.2.3.4 not in whitelist"}, "allow the address", 0),
        ("dingtalk", {"errcode": 300005, "errmsg": "token is not exist"}, "copy its address anew", 0),
        ("wecom", {"errcode": 45009, "errmsg": "api freq out of limit"}, "told too often", 600),
        ("wecom", {"errcode": 93000, "errmsg": "invalid webhook url"}, "copy its address anew", 0),
        ("wecom", {"errcode": 40058, "errmsg": "too long"}, "answers 40058: too long", 0),
        ("feishu", {"code": 11232, "msg": "frequency limited"}, "too much to do", 2),
        ("feishu", {"code": 19024, "msg": "Key Words Not Found"}, "choose signing", 0),
        ("feishu", {"StatusCode": 9499, "StatusMessage": "Bad Request"}, "answers 9499: Bad Request", 0),
        ("wecom", "<html>sign in</html>", "its answer is none of a robot", 0),
        ("feishu", {"ok": True}, "its answer is none of a robot", 0),
    ],
)
async def test_what_is_refused_with_status_200_is_tried_again(
    tmp_path: Path, kind: str, answer: object, words: str, pause_s: float
) -> None:
    """The outbox says what the code means and what to do; who shuts us out is left alone as long as it is so."""
    with answering(KINDS[kind]()) as robot:
        robot.answers.append((answer if isinstance(answer, str) else json.dumps(answer)).encode())
        async with told_floor(tmp_path, outputs(kind, robot)) as floor:
            await floor.breach()
            row = floor.row("robot")
            await floor.until(lambda: row.failures == 1 and row.retry_at)
            assert words in row.why
            assert row.retry_at is not None
            assert row.failed_at is not None
            assert pause_s * 1000 <= row.retry_at - row.failed_at <= max(pause_s, 1) * 1000
            if not pause_s:
                await told(floor)
    assert len(robot.told) == (0 if pause_s else 1)


@pytest.mark.parametrize(
    ("kind", "code", "body", "headers", "why", "pause_s"),
    [
        ("wecom", 200, {"errcode": 45009, "errmsg": "freq"}, {}, "answers 45009: freq; it was told too often", 600),
        ("wecom", 429, {"errcode": 45009, "errmsg": "freq"}, {}, "answers 429, answers 45009: freq", 600),
        ("wecom", 200, {"errcode": 45033, "errmsg": "at once"}, {}, "it was told too often", 600),
        ("dingtalk", 200, {"errcode": 90030, "errmsg": "webhook over limit"}, {}, "it was told too often", 600),
        ("feishu", 200, {"code": 11247, "msg": "internal send message trigger rate limit"}, {}, "too much to do", 2),
        ("dingtalk", 429, "slow down", {}, "answers 429: slow down", 600),
        ("dingtalk", 429, "slow down", {"Retry-After": "30"}, "answers 429: slow down", 30),
        ("feishu", 429, {"code": 11232, "msg": "frequency limited"}, {}, "it has too much to do", 2),
        ("feishu", 429, {"code": 11232, "msg": "limited"}, {"Retry-After": "9"}, "it has too much to do", 9),
        ("feishu", 400, {"code": 19001, "msg": "invalid"}, {}, "there is no such bot any more", None),
        ("feishu", 500, {"code": 0, "msg": "success"}, {}, "answers 500", None),
    ],
)
async def test_a_code_means_the_same_with_any_status(
    kind: str, code: int, body: object, headers: dict[str, str], why: str, pause_s: float | None
) -> None:
    """Who answers 429 shuts us out as whoever says so with status 200; code 0 takes nothing back of a failure."""
    kinds: dict[str, type[chat.Robot]] = {"dingtalk": chat.DingTalk, "wecom": chat.WeCom, "feishu": chat.Feishu}
    answer = body if isinstance(body, str) else json.dumps(body)
    with receiver(Behaviour(code=code, body=answer.encode(), headers=headers)) as to:
        clock = WallClock()
        web = Web("robot", clock, is_kept_open=False)
        door = kinds[kind](f"{to.address}/x", "", web, clock, site=Site("berlin"), audience="public", language="en")
        with pytest.raises(NotTakenError) as wrong:
            await door.tell(trial_message("robot", clock.now_ms()))
        await door.close()
    assert why in str(wrong.value)
    assert wrong.value.pause_s == pause_s


@pytest.mark.parametrize("kind", KINDS)
async def test_the_longest_message_is_within_what_a_robot_takes(tmp_path: Path, kind: str) -> None:
    """Sixty queues with long names at once: every message is short enough, and each alert is told in one of them."""
    queues = [f"队列-{n:02}-{'很长' * 8}" for n in range(60)]
    with answering(KINDS[kind]()) as robot:
        async with told_floor(tmp_path, outputs(kind, robot).replace("group_wait: 0s", "group_wait: 1s")) as floor:
            for queue in queues:
                await floor.breach(queue)
            await floor.until(lambda: all(entry.said for entry in _entries(floor)) and len(_entries(floor)) == 60, 10)
    assert robot.broken == []
    assert len(robot.told) <= 6


def _entries(floor: ToldFloor) -> list[object]:
    return list(floor.engine.telling._recipients["robot"].entries())


@pytest.mark.parametrize(
    ("kind", "to", "body"),
    [
        (
            chat.DingTalk,
            "+8613800138000",
            {"at": {"atMobiles": ["+8613800138000"]}, "text": {"content": "x\n@+8613800138000"}},
        ),
        (chat.DingTalk, "a17", {"at": {"atUserIds": ["a17"]}}),
        (chat.WeCom, "13800138000", {"text": {"content": "x", "mentioned_mobile_list": ["13800138000"]}}),
        (chat.WeCom, "a17", {"text": {"content": "x", "mentioned_list": ["a17"]}}),
        (chat.Feishu, "ou_17", {"content": {"text": 'x\n<at user_id="ou_17"></at>'}}),
        (chat.Feishu, 'all"></at>', {"content": {"text": "x"}}),
    ],
)
def test_who_is_on_call_is_called_by_name_in_the_group(
    kind: type[chat.Robot], to: str, body: dict[str, object]
) -> None:
    """By phone number or by their name there, as each robot has it."""
    robot = kind("http://127.0.0.1:1/x", "", None, None, site=None, audience="public", language="en")  # type: ignore[arg-type]
    assert robot.request("x", to, 0)[1].items() >= body.items()


@pytest.mark.parametrize("kind", KINDS)
async def test_an_emergency_may_call_everybody(tmp_path: Path, kind: str) -> None:
    """Where it is configured, and once; what is no emergency calls nobody."""
    with answering(KINDS[kind]()) as robot:
        async with told_floor(tmp_path, outputs(kind, robot, ", calls_everybody: true")) as floor:
            await floor.breach()
            await floor.until(lambda: floor.row("robot").told == 1)
            for _ in range(4):
                await floor.breach()
            await floor.until(lambda: floor.row("robot").told == 2)
    assert [told.called for told in robot.told] == [(), ("everybody",)]
    assert robot.broken == []


@pytest.mark.parametrize(
    ("kind", "queue"),
    [
        ("feishu", '<at user_id="all">all</at>'),
        ("wecom", "<@all> <@zhangsan>"),
        ("dingtalk", "@all @所有人"),
    ],
)
async def test_no_name_of_a_queue_calls_everybody(tmp_path: Path, kind: str, queue: str) -> None:
    """Feishu and WeCom read tags in a plain text: what looks like one is none any more."""
    with answering(KINDS[kind]()) as robot:
        async with told_floor(tmp_path, outputs(kind, robot)) as floor:
            await floor.breach(queue)
            await told(floor)
    assert "all" in robot.told[0].text
    assert robot.told[0].called == ()


async def test_tries_that_failed_are_known_after_a_crash(tmp_path: Path) -> None:
    """The robot has counted them: they are written down with the message that it takes in the end."""
    with answering(WeComReceiver()) as robot:
        robot.answers += [b'{"errcode": -1, "errmsg": "system busy"}'] * 2
        async with told_floor(tmp_path, outputs("wecom", robot)) as floor:
            await floor.breach()
            await floor.until(lambda: len(floor.engine.calling.told_lately("robot")) == len(robot.got) == 3)
            await floor.breach("support")
            await floor.until(lambda: len(floor.engine.calling.told_lately("robot")) == len(robot.got) == 4)


async def test_an_answer_that_dribbles_is_waited_for(tmp_path: Path) -> None:
    """Its status says nothing: the code comes at the end, and what was taken is not told twice."""
    answer = Behaviour(body=b'{"errcode": 0, "errmsg": "ok"}', byte_every_s=0.05)
    with receiver(answer) as to:
        text = f"  robot: {{type: wecom, url: '{to.address}/x', group_wait: 0s}}\n"
        async with told_floor(tmp_path, text) as floor:
            await floor.breach()
            await told(floor)
            assert floor.row("robot").failures == 0
    assert len(to.got) == 1


async def test_who_cannot_be_told_by_a_robot_that_shuts_us_out_is_told_by_the_next(tmp_path: Path) -> None:
    """On call, with two robots: the first is told too often by somebody else, the second calls them within seconds."""
    oncall = """
people:
  A17: {channels: [{output: one, to: a17}, {output: two, to: "+8613800138000"}]}
escalations:
  floor: {severity: warning, steps: [{tell: [person A17]}]}
"""
    with answering(DingTalkReceiver(SECRET, ((0, 60.0),))) as one, answering(WeComReceiver()) as two:
        named = {
            name: outputs(kind, robot, ", only_oncall: true").replace("robot:", f"{name}:", 1)
            for name, kind, robot in (("one", "dingtalk", one), ("two", "wecom", two))
        }
        async with told_floor(tmp_path, "".join(named.values()), more=oncall) as floor:
            await floor.breach()
            await floor.until(lambda: two.told)
            await floor.until(lambda: floor.row("two").owed_since is None)
            assert floor.engine.telling.failing_since("one")
            assert floor.engine.telling.failing_since("two") is None
    assert len(one.got) == 1
    assert [told.called for told in two.told] == [("+8613800138000",)]
    assert "sales" in two.told[0].text


def test_signatures_are_those_of_the_makers_examples() -> None:
    """Of the same secret at the same instant, worked out with the makers' own recipes elsewhere."""
    now_ms, secret = 1_577_262_236_757, "this is secret"
    ding = chat.DingTalk("http://h/s?access_token=t", secret, None, None, site=None, audience="public", language="en")  # type: ignore[arg-type]
    assert ding.request("x", "", now_ms)[0].endswith(
        "&timestamp=1577262236757&sign=hmPWwU%2B7lVdm3ZZz0r9tSfx0L4Q26jWOZr9%2BGs6EZQM%3D"
    )
    lark = chat.Feishu("http://h/x", "test-secret", None, None, site=None, audience="public", language="en")  # type: ignore[arg-type]
    assert lark.request("x", "", 1_700_000_000_000)[1]["sign"] == "mbm4Y4oluIPQ00qlBIhX8vAZ0EKv3nw0LuTb91jPL84="


@pytest.mark.parametrize("before", ["Cannot POST", "x" * 85])
async def test_a_status_that_quotes_the_path_is_told_without_the_secret(before: str) -> None:
    """Whoever answers for the robot says what it was asked: not even the half of it that is left by a cut is shown."""
    path = f"/open-apis/bot/v2/hook/{SECRET}"
    with receiver(Behaviour(code=404, body=f"{before} {path}".encode(), headers={"Retry-After": "7"})) as to:
        clock = WallClock()
        door = chat.Feishu(
            to.address + path, "", Web("robot", clock), clock, site=Site("berlin"), audience="public", language="en"
        )
        with pytest.raises(NotTakenError) as wrong:
            await door.tell(trial_message("robot", clock.now_ms()))
        await door.close()
    assert str(wrong.value) == f"answers 404: {before} /open-apis/bot/v2/hook/…"
    assert wrong.value.pause_s == 7


async def test_a_message_to_a_person_is_written_for_the_group_that_reads_it() -> None:
    """They are called by name there; what is for leads only stays out, as in everything the group is told."""
    with answering(DingTalkReceiver(SECRET)) as robot:
        clock = WallClock()
        web = Web("robot", clock, is_kept_open=False)
        door = chat.DingTalk(robot.url, SECRET, web, clock, site=Site("berlin"), audience="public", language="en")
        await door.tell(trial_message("robot", clock.now_ms())._replace(to="a17"))
        await door.close()
    assert robot.told[0].called == ("a17",)
    assert "form for everybody" in robot.told[0].text
    assert "form for leads" not in robot.told[0].text
