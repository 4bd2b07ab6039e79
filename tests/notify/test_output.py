"""What is quoted of the answer to a message: never the address of the person it was for."""

from __future__ import annotations

import pytest

from floorwatch.notify.output import unaddressed


@pytest.mark.parametrize(
    ("said", "to", "quoted"),
    [
        ("no such number: +48600100200", "+48600100200", "no such number: ADDRESS"),
        ("48600100200 is off, +48600100200 too", "+48600100200", "ADDRESS is off, ADDRESS too"),
        ("+48600100200 is off", "48600100200", "ADDRESS is off"),
        ("<A17@Example.com>: unknown", "a17@example.com", "<ADDRESS>: unknown"),
        ("mobiles:[manager4220]", "manager4220", "mobiles:[ADDRESS]"),
        ("401: b1 is none of 21b14, use (b1)", "b1", "401: ADDRESS is none of 21b14, use (ADDRESS)"),
        ("用户b1不存在", "b1", "用户ADDRESS不存在"),
        ("a.b is no a+b", "a.b", "ADDRESS is no a+b"),
        ("not now", "", "not now"),
    ],
)
def test_an_address_is_not_quoted(said: str, to: str, quoted: str) -> None:
    """However it is written, and nothing else: a short one is no part of other words."""
    assert unaddressed(said, to) == quoted
