"""Robots of group chats: DingTalk, WeCom, Feishu and Lark. Each answers 200 also when it takes nothing: the code in the
body says whether it did, and only that counts (docs/adr/0034).

What is documented of each stands at its class, and docs/outputs.md says who says so. Messages are plain text: it can be
read in every client, and no name of a queue can hide where a link leads, or call anybody.
"""

from __future__ import annotations

import base64
import hmac
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from floorwatch.clock import Clock
from floorwatch.floor.outputs import Audience
from floorwatch.notify.output import Message, NotTakenError, unaddressed
from floorwatch.notify.web import Answer, AnsweredError, Web
from floorwatch.notify.words import Languages, Site, worded

BLOCKED_S = 600.0
"""So long a robot is shut out that was told too often: what DingTalk documents."""
CROWDED_S = 2.0
"""Feishu has too much to do as a whole, at full and half hours: it is tried again soon."""
TOO_MUCH = 429
EVERYBODY = "@all"
"""Who is called when everybody is; as WeCom has it."""
SAID_CHARS = 120
Json = dict[str, Any]


class Robot(ABC):
    """One robot of one group. Its address is a secret: whoever knows it may write there."""

    bytes_max: int
    """Of the text, in UTF-8."""
    code_keys: tuple[str, ...]
    """Where its answer has the code; 0: it has taken it."""
    said_keys: tuple[str, ...]
    too_often_s: float
    """How long it is left alone when it was told too often."""

    def __init__(
        self,
        url: str,
        secret: str,
        web: Web,
        clock: Clock,
        *,
        site: Site,
        audience: Audience,
        language: Languages,
        calls_everybody: bool = False,
    ) -> None:
        """`calls_everybody`: when it tells of an emergency that nobody has in hand."""
        self._url = url
        self._secret = secret
        self._web = web
        self._clock = clock
        self._site = site
        self._audience = audience
        self._language = language
        self._calls_everybody = calls_everybody

    async def tell(self, message: Message) -> None:
        """Post it. Raises `NotTakenError`."""
        await self._post(message)

    async def test(self, message: Message, each_s: float) -> AsyncIterator[str]:
        """Post a test message, as the group is told everything else."""
        await self._post(message)
        signed = "signed" if self._secret else "not signed"
        yield f"the {self._audience} form posted, {signed}: it was taken"

    async def close(self) -> None:
        """Let go of the connection."""
        await self._web.close()

    @abstractmethod
    def request(self, text: str, to: str, now_ms: int) -> tuple[str, Json]:
        """(the address that it is posted to, the body); `to`: who is called, maybe `EVERYBODY`; empty: nobody."""

    @abstractmethod
    def trouble(self, code: int, said: str) -> tuple[str, float | None]:
        """(what this code means and what to do, how long to leave it alone; None: as usual)."""

    async def _post(self, message: Message) -> None:
        # Whoever is called by name there: it is read by the whole group.
        words = worded(
            message._replace(to=""),
            site=self._site,
            audience=self._audience,
            language=self._language,
            bytes_max=self.bytes_max,
        )
        to = message.to or (EVERYBODY if self._calls_everybody and message.is_emergency else "")
        url, body = self.request(words.text, to, self._clock.now_ms())
        try:
            answer = await self._web.post(url, msgspec.json.encode(body), {"Idempotency-Key": message.key})
        except AnsweredError as wrong:
            raise self._not_taken(wrong, message.to) from None
        code, said = self._said(answer)
        if code is None:
            raise NotTakenError("its answer is none of a robot: correct its address")
        if code:
            raise self._refused(code, said, message.to)

    def _said(self, answer: Answer) -> tuple[int | None, str]:
        """(the code of an answer, what it says with it); None: it is none of a robot."""
        try:
            found = msgspec.json.decode(answer.body)
        except msgspec.DecodeError:
            found = None
        codes = [found[key] for key in self.code_keys if key in found] if isinstance(found, dict) else []
        if not codes or not all(isinstance(code, int) for code in codes):
            return None, ""
        said = next((str(found[key]) for key in self.said_keys if found.get(key)), "")
        return next((code for code in codes if code), 0), said

    def _refused(self, code: int, said: str, to: str) -> NotTakenError:
        why, pause_s = self.trouble(code, said)
        return NotTakenError(f"answers {code}" + self._quoted(said, to) + (f"; {why}" if why else ""), pause_s)

    def _not_taken(self, wrong: AnsweredError, to: str) -> NotTakenError:
        """Of a status that is no success: with a code of its own it means what the code means."""
        status = wrong.answer.code
        code, said = self._said(wrong.answer)
        if code:
            refused = self._refused(code, said, to)
            pauses_s = [pause_s for pause_s in (refused.pause_s, wrong.pause_s) if pause_s is not None]
            return NotTakenError(f"answers {status}, {refused}", max(pauses_s, default=None))
        pause_s = self.too_often_s if status == TOO_MUCH and wrong.pause_s is None else wrong.pause_s
        # It may say to which path: masked before it is cut, or half a secret would stay.
        return NotTakenError(f"answers {status}" + self._quoted(wrong.answer.text(), to), pause_s)

    def _quoted(self, said: str, to: str) -> str:
        """What it says, without what may be secret, and without the address of the person who is called."""
        parts = urlsplit(self._url)
        for secret in (self._secret, parts.query.rpartition("=")[2], parts.path.rpartition("/")[2]):
            if len(secret) >= 8:
                said = said.replace(secret, "…")
        said = " ".join(unaddressed(said, to).split())
        text = "".join(letter for letter in said if letter.isprintable())[:SAID_CHARS]
        return f": {text}" if text else ""


class DingTalk(Robot):
    """A custom robot: 20 messages a minute, then shut out for 10 minutes; a body of at most 20,000 bytes.

    Signed with the secret of the robot (`SEC…`) and the present in ms; what is older than an hour is refused.
    """

    bytes_max = 6_000
    code_keys, said_keys = ("errcode",), ("errmsg",)
    too_often_s = BLOCKED_S

    def request(self, text: str, to: str, now_ms: int) -> tuple[str, Json]:
        """As https://open.dingtalk.com/document/orgapp/custom-robot-access has it."""
        url = self._url
        if self._secret:
            url += ("&" if "?" in url else "?") + urlencode({"timestamp": now_ms, "sign": self._sign(now_ms)})
        at: Json = {}
        if to == EVERYBODY:
            at = {"isAtAll": True}
        elif to:
            at = {"atMobiles" if _is_phone(to) else "atUserIds": [to]}
            text += f"\n@{to}"  # documented: who is called must stand in the text, too
        body: Json = {"msgtype": "text", "text": {"content": text}}
        return url, body | {"at": at} if at else body

    def trouble(self, code: int, said: str) -> tuple[str, float | None]:
        """130101, 410100 and 90030: too often. 310000 means three things, which its text tells apart."""
        said = said.lower()
        if code in (130101, 410100, 90030) or "too fast" in said:
            return "it was told too often: something else uses this robot, too?", self.too_often_s
        if code == 310000:
            if "keyword" in said:
                return "choose signing in its settings, or a keyword that stands in every message", None
            if "sign" in said or "timestamp" in said:
                return "its 'secret' is another one, or the clock of this machine is wrong", None
            return "allow the address of this machine in its settings", None
        if code in (300001, 300005, 400013, 400101, 400102, 400106):
            return "there is no such robot any more, or it is stopped: copy its address anew", None
        return "", None

    def _sign(self, now_ms: int) -> str:
        signed = f"{now_ms}\n{self._secret}".encode()
        return base64.b64encode(hmac.digest(self._secret.encode(), signed, "sha256")).decode()


class WeCom(Robot):
    """A group robot: 20 messages a minute; a text of at most 2,048 bytes; its address is its secret, no signature."""

    bytes_max = 2_048
    code_keys, said_keys = ("errcode",), ("errmsg",)
    too_often_s = BLOCKED_S

    def request(self, text: str, to: str, now_ms: int) -> tuple[str, Json]:
        """As https://developer.work.weixin.qq.com/document/path/91770 has it."""
        content: Json = {"content": text.replace("<@", "(@")}  # `<@all>` calls, in plain text, too; no byte more
        if to:
            content["mentioned_mobile_list" if _is_phone(to) else "mentioned_list"] = [to]
        return self._url, {"msgtype": "text", "text": content}

    def trouble(self, code: int, said: str) -> tuple[str, float | None]:
        """45009 and 45033: too often, or too much at once. 93000: no such robot."""
        if code in (45009, 45033):
            return "it was told too often: something else uses this robot, too?", self.too_often_s
        if code == 93000:
            return "there is no such robot any more: copy its address anew", None
        return "", None


class Feishu(Robot):
    """A custom bot of Feishu or Lark: 100 messages a minute and 5 a second; a body of at most 20 KB.

    Signed with the secret of the bot and the present in s, which are the key: the signed text is empty. Signatures
    older than an hour are refused.
    """

    bytes_max = 6_000
    code_keys, said_keys = ("code", "StatusCode"), ("msg", "StatusMessage")
    too_often_s = CROWDED_S

    def request(self, text: str, to: str, now_ms: int) -> tuple[str, Json]:
        """As https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot has it."""
        text = text.replace("<", "＜")  # `<at user_id="all">` calls everybody
        to = "all" if to == EVERYBODY else to
        if to and all(letter.isalnum() or letter in "_-" for letter in to):
            text += f'\n<at user_id="{to}"></at>'
        body: Json = {"msg_type": "text", "content": {"text": text}}
        if self._secret:
            timestamp_s = now_ms // 1000
            body |= {"timestamp": str(timestamp_s), "sign": self._sign(timestamp_s)}
        return self._url, body

    def trouble(self, code: int, said: str) -> tuple[str, float | None]:
        """11232 and 11247: too much at once, of us or of everybody. 19xxx: its settings keep us out."""
        if code in (11232, 11247) or "too many" in said.lower():
            return "it has too much to do", self.too_often_s
        ways_out = {
            19001: "there is no such bot any more: copy its address anew",
            19021: "its 'secret' is another one, or the clock of this machine is wrong",
            19022: "allow the address of this machine in its settings",
            19024: "choose signing in its settings, or a keyword that stands in every message",
        }
        return ways_out.get(code, ""), None

    def _sign(self, timestamp_s: int) -> str:
        return base64.b64encode(hmac.digest(f"{timestamp_s}\n{self._secret}".encode(), b"", "sha256")).decode()


def _is_phone(to: str) -> bool:
    return to.removeprefix("+").isdecimal()
