"""A message as a letter: what a mail program shows of it is what was written."""

from __future__ import annotations

from email import message_from_bytes
from email.header import decode_header
from email.policy import compat32

import pytest

from floorwatch.notify.letter import letter
from floorwatch.notify.output import Message
from floorwatch.notify.words import Words
from tests.notify.shown import NOW

TITLES = [
    "CRITICAL sales: 4 contacts waiting since 14:21 (+4) / 【严重】sales：4 个联络排队，自 14:21 起超过 3（另 4 项）",
    "OVER réservation: 2  spaces / 【已解除】réservation：告警",
    "EMERGENCY sales: nobody is on the queue, 12 contacts waiting since 09:31, and more words than a line has room for",
]


@pytest.mark.parametrize("title", TITLES)
def test_a_subject_is_read_as_it_was_written(title: str) -> None:
    """Space for space, also by programs that keep those between encoded words and others; no line is too long."""
    told = letter(
        Message("k", "mail", NOW, ()),
        Words(title, "text"),
        languages=("en", "zh"),
        sender="Floor <floor@example.com>",
        to=["a17@example.com"],
        sent_ms=NOW,
    ).as_bytes()
    head = told.partition(b"\r\n\r\n")[0]
    assert max(map(len, head.split(b"\r\n"))) <= 78
    raw = message_from_bytes(told, policy=compat32)["Subject"].replace("\r\n", "")
    parts = decode_header(raw)
    assert len(parts) == 1, "all of it encoded, or nothing"
    found, charset = parts[0]
    assert (found if isinstance(found, str) else found.decode(charset or "ascii")) == title
