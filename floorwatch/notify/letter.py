"""A message as a letter: what stands in its head, so that mail programs thread it and robots do not answer it.

No name can add a line to the head: what is written there is in one line, and the library refuses any other.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, formataddr, parseaddr
from html import escape

from floorwatch.metrics.catalogue import Language
from floorwatch.metrics.phrases import phrase
from floorwatch.notify.output import Message
from floorwatch.notify.words import BETWEEN_LANGUAGES, Words, must_act

MAIL_ADDRESS = re.compile(r"[!#-'*+\-/-9=?A-Z^_`a-z{|}~.]{1,64}@[A-Za-z0-9.\-]{1,253}")
"""ASCII, since not every server on the way takes others: a domain of other letters is written as `xn--…`."""
THREADS_MAX = 10
_BODY = "font-family:sans-serif;font-size:15px;line-height:1.45;color:#1a1a1a"
_BUTTON = "display:inline-block;padding:10px 18px;background:#1f4e8c;color:#ffffff;text-decoration:none"


class _WholeSubject(EmailPolicy):
    """Encodes a subject as a whole where any of it is no ASCII: of one that is encoded word by word, mail programs lose
    the spaces between words, or show two."""

    def fold(self, name: str, value: str) -> str:
        """A line of the head, as it is sent."""
        if name == "Subject" and not value.isascii():
            encoded = Header(value, "utf-8", header_name=name).encode(linesep=self.linesep)
            return f"{name}: {encoded}{self.linesep}"
        folded: str = super().fold(name, value)
        return folded

    def fold_binary(self, name: str, value: str) -> bytes:
        """The same in bytes, of which with this policy none is beyond ASCII."""
        return self.fold(name, value).encode("ascii")


_POLICY = _WholeSubject(cte_type="7bit", linesep="\r\n")


def is_mail_address(text: str) -> bool:
    """Whether a letter can be sent there."""
    return MAIL_ADDRESS.fullmatch(text) is not None


def letter(
    message: Message, words: Words, *, languages: Sequence[Language], sender: str, to: Sequence[str], sent_ms: int
) -> EmailMessage:
    """The message to these addresses. `languages`: of the words; `sent_ms`: the present by the wall clock.

    A second copy of the same message has the same `Message-ID`.
    """
    name, address = parseaddr(sender)
    domain = address.rpartition("@")[2]
    mail = EmailMessage(_POLICY)
    mail["From"] = formataddr((name, address))
    mail["To"] = ", ".join(to)
    mail["Subject"] = words.title
    mail["Date"] = format_datetime(datetime.fromtimestamp(sent_ms // 1000, UTC))
    mail["Message-ID"] = _id("message", f"{message.output} {message.key}", domain)
    if threads := _threads(message, domain):
        mail["In-Reply-To"] = threads[0]
        mail["References"] = " ".join(threads)
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["X-Floorwatch-Key"] = "".join(sign if sign.isprintable() else " " for sign in message.key)
    if is_urgent(message):
        mail["X-Priority"] = "1"
        mail["Importance"] = "high"
    mail.set_content(words.text)
    mail.add_alternative(_page(message, words, languages), subtype="html")
    return mail


def is_urgent(message: Message) -> bool:
    """Whether it tells of an emergency that somebody is to act on."""
    return any(said.alert.severity == "emergency" and must_act(said) for said in message.said)


def _threads(message: Message, domain: str) -> list[str]:
    """Of each alert a letter that there never was: mail programs put together what answers the same one."""
    alerts = dict.fromkeys(said.alert.id for said in message.said)
    return [_id("alert", alert, domain) for alert in list(alerts)[:THREADS_MAX]]


def _id(kind: str, key: str, domain: str) -> str:
    """Keys hold names, which may hold what an id may not: of them a digest stands there."""
    digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:32]
    return f"<{kind}.{digest}@{domain}>"


def _page(message: Message, words: Words, languages: Sequence[Language]) -> str:
    """The same words as HTML. A link in it leads where the message has it lead, and nowhere else."""
    label = BETWEEN_LANGUAGES.join(phrase("link.take", lang) for lang in languages)
    links = {said.oncall.link for said in message.said if said.oncall is not None and said.oncall.link}
    blocks = []
    for block in words.text.split("\n\n"):
        lines = [_button(line, label) if line in links else escape(line) for line in block.split("\n")]
        blocks.append("<p>" + "<br>\n".join(lines) + "</p>")
    body = "\n".join(blocks)
    head = f'<meta charset="utf-8"><title>{escape(words.title)}</title>'
    return f'<!doctype html>\n<html><head>{head}</head><body style="{_BODY}">\n{body}\n</body></html>\n'


def _button(link: str, label: str) -> str:
    return f'<a href="{escape(link)}" style="{_BUTTON}">{escape(label)}</a>'
