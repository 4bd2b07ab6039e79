"""Robots of group chats as their makers document them: signatures, limits, sizes, errors that come with status 200."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import threading
import time
from abc import abstractmethod
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar
from urllib.parse import parse_qs, urlsplit

from tests.live.receiver import Behaviour, Got, Receiver

SIGNED_WITHIN_S = 3_600
BLOCK_S = 600.0


class Allowance:
    """What a robot may be told: so many in any so many seconds, and in each such piece of the clock. Who breaks it is
    shut out.
    """

    def __init__(self, most: int, span_s: float, block_s: float = BLOCK_S) -> None:
        self._most = most
        self._span_s = span_s
        self._block_s = block_s
        self._lately: deque[float] = deque()
        self._pieces: Counter[int] = Counter()
        self._blocked_until_s = 0.0

    def takes(self, at_s: float) -> bool:
        """Whether one more is within what it may be told; `at_s` by the wall clock."""
        while self._lately and self._lately[0] <= at_s - self._span_s:
            self._lately.popleft()
        self._lately.append(at_s)
        piece = int(at_s // self._span_s)
        self._pieces[piece] += 1
        if len(self._lately) > self._most or self._pieces[piece] > self._most:
            self._blocked_until_s = at_s + self._block_s
        return at_s >= self._blocked_until_s


class Told(NamedTuple):
    """A message that a robot has taken, `at_s` by the monotonic clock."""

    at_s: float
    text: str
    called: tuple[str, ...]


class RobotReceiver(Receiver):
    """One robot. `broken` says what it had to refuse, and why; `answers` are given instead of its own, one by one."""

    path = "/"

    def __init__(self, secret: str = "", limits: tuple[tuple[int, float], ...] = (), block_s: float = BLOCK_S) -> None:
        super().__init__()
        self.secret = secret
        self.broken: list[str] = []
        self.told: list[Told] = []
        self.answers: list[bytes] = []
        self._limits = [Allowance(most, span_s, block_s) for most, span_s in limits]
        self._turn = threading.Lock()

    @property
    def url(self) -> str:
        """Where it is."""
        return self.address + self.path

    def come(self, got: Got) -> Behaviour:
        """Answer as the maker's service does, with status 200 whatever it says."""
        with self._turn:
            super().come(got)
            if self.answers:
                return Behaviour(body=self.answers.pop(0))
            answer = self._answer(got, time.time())
            if answer.get("errcode", answer.get("code")):
                self.broken.append(json.dumps(answer))
        return Behaviour(body=json.dumps(answer, ensure_ascii=False).encode())

    def _answer(self, got: Got, now_s: float) -> dict[str, Any]:
        taken = [allowance.takes(now_s) for allowance in self._limits]
        if not all(taken):
            return self.too_often()
        try:
            body = json.loads(got.body)
        except ValueError:
            body = None
        if not isinstance(body, dict) or got.method != "POST" or "application/json" not in got.headers["Content-Type"]:
            return self.nonsense()
        return self.hear(got, body, now_s)

    @abstractmethod
    def hear(self, got: Got, body: dict[str, Any], now_s: float) -> dict[str, Any]:
        """Check a message, note it, and answer."""

    @abstractmethod
    def too_often(self) -> dict[str, Any]:
        """The documented answer."""

    @abstractmethod
    def nonsense(self) -> dict[str, Any]:
        """The documented answer."""

    def _note(self, got: Got, text: str, called: list[str]) -> None:
        self.told.append(Told(got.at_s, text, tuple(called)))


class DingTalkReceiver(RobotReceiver):
    """20 a minute, then shut out for 10 minutes; signed in the query, in ms; 20,000 bytes."""

    path = "/robot/send?access_token=0123456789abcdef0123456789abcdef"

    def hear(self, got: Got, body: dict[str, Any], now_s: float) -> dict[str, Any]:
        """errcode 0 with errmsg ok when all is well."""
        query = {key: values[0] for key, values in parse_qs(urlsplit(got.path).query).items()}
        if query.get("access_token") != self.path.partition("=")[2]:
            return {"errcode": 300005, "errmsg": "token is not exist"}
        if self.secret and not self._is_signed(query, now_s):
            return {"errcode": 310000, "errmsg": "sign not match"}
        if len(got.body) > 20_000:
            return {"errcode": 460101, "errmsg": "description: body 大小不合法;solution:请保持大小在 20000bytes 以内;"}
        if body.get("msgtype") != "text" or not body["text"]["content"]:
            return {"errcode": 40035, "errmsg": "不合法的参数"}
        at = body.get("at", {})
        called = [*at.get("atMobiles", ()), *at.get("atUserIds", ())]
        called = [one for one in called if f"@{one}" in body["text"]["content"]]
        self._note(got, body["text"]["content"], ["everybody"] if at.get("isAtAll") else called)
        return {"errcode": 0, "errmsg": "ok"}

    def _is_signed(self, query: dict[str, str], now_s: float) -> bool:
        stamp = query.get("timestamp", "0")
        signed = hmac.new(self.secret.encode(), f"{stamp}\n{self.secret}".encode(), hashlib.sha256).digest()
        is_fresh = abs(now_s - int(stamp) / 1000) <= SIGNED_WITHIN_S
        return is_fresh and query.get("sign") == base64.b64encode(signed).decode()

    def too_often(self) -> dict[str, Any]:
        return {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}

    def nonsense(self) -> dict[str, Any]:
        return {"errcode": 43002, "errmsg": "需要POST请求"}


class WeComReceiver(RobotReceiver):
    """20 a minute; 2,048 bytes of text, in which `<@userid>` calls somebody; the key in its address."""

    path = "/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"

    def hear(self, got: Got, body: dict[str, Any], now_s: float) -> dict[str, Any]:
        """errcode 0 with errmsg ok when all is well."""
        if got.path != self.path:
            return {"errcode": 93000, "errmsg": "invalid webhook url, hint: [1], from ip: 127.0.0.1"}
        if body.get("msgtype") != "text" or not body["text"]["content"]:
            return {"errcode": 40008, "errmsg": "invalid message type"}
        text = body["text"]
        if len(text["content"].encode()) > 2_048:
            return {"errcode": 40058, "errmsg": "text.content exceed max length 2048. invalid Request Parameter"}
        called = [*text.get("mentioned_list", ()), *text.get("mentioned_mobile_list", ())]
        called += re.findall(r"<@([^<>]+)>", text["content"])
        self._note(got, text["content"], ["everybody"] if {"@all", "all"} & set(called) else called)
        return {"errcode": 0, "errmsg": "ok"}

    def too_often(self) -> dict[str, Any]:
        return {"errcode": 45009, "errmsg": "api freq out of limit, hint: [1], from ip: 127.0.0.1"}

    def nonsense(self) -> dict[str, Any]:
        return {"errcode": 40008, "errmsg": "invalid message type"}


class FeishuReceiver(RobotReceiver):
    """100 a minute and 5 a second; signed in the body, in s; 20 KB."""

    path = "/open-apis/bot/v2/hook/0f3a9c1e-aaaa-bbbb-cccc-0123456789ab"

    def hear(self, got: Got, body: dict[str, Any], now_s: float) -> dict[str, Any]:
        """code 0 twice when all is well, once under its old name."""
        if got.path != self.path:
            return {"code": 19001, "msg": "param invalid: incoming webhook access token invalid", "data": {}}
        if self.secret and not self._is_signed(body, now_s):
            return {"code": 19021, "msg": "sign match fail or timestamp is not within one hour from current time"}
        if len(got.body) > 20 * 1024 or body.get("msg_type") != "text" or not body["content"]["text"]:
            return {"code": 9499, "msg": "Bad Request", "data": {}}
        text, _, called = body["content"]["text"].partition('\n<at user_id="')
        called = called.partition('"')[0]
        self._note(got, text, ["everybody" if called == "all" else called] if called else [])
        return {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"}

    def _is_signed(self, body: dict[str, Any], now_s: float) -> bool:
        stamp = body.get("timestamp", "0")
        signed = hmac.new(f"{stamp}\n{self.secret}".encode(), digestmod=hashlib.sha256).digest()
        is_fresh = isinstance(stamp, str) and abs(now_s - int(stamp)) <= SIGNED_WITHIN_S
        return is_fresh and body.get("sign") == base64.b64encode(signed).decode()

    def too_often(self) -> dict[str, Any]:
        return {"code": 11232, "msg": "frequency limited", "data": {}}

    def nonsense(self) -> dict[str, Any]:
        return {"code": 9499, "msg": "Bad Request", "data": {}}


_Robot = TypeVar("_Robot", bound=RobotReceiver)


@contextmanager
def answering(robot: _Robot) -> Iterator[_Robot]:
    """The robot answers until the block ends."""
    thread = threading.Thread(target=robot.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield robot
    finally:
        robot.over.set()
        robot.shutdown()
        robot.server_close()
        thread.join(timeout=5)
