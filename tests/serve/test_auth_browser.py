"""Signing in with a real browser: what its own rules about forms, cookies and origins make of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from floorwatch.serve.board import Board
from tests.serve.floors import floor
from tests.serve.grants import TOKENS, closed
from tests.serve.serving import serving
from tests.serve.webdriver import Browser, browser

SEND = """
    document.getElementById("token").value = arguments[0];
    document.querySelector("form button").click();
"""


def sign_in_and_out(page: Browser, url: str) -> None:
    page.open(f"{url}?lang=en")
    assert page.run("return document.activeElement.id") == "token", "the field has the focus"
    assert page.run("return document.querySelector('label').control.id") == "token"
    page.run(SEND, "fw_viewer_guess")
    page.wait_for("return document.querySelector('[role=alert]')?.innerText.includes('not known')")
    page.run(SEND, TOKENS["viewer"])
    page.wait_for("return document.querySelectorAll('.tile').length === 8")
    assert page.run("return document.cookie") == "", "no script can read the token"
    page.open(f"{url}sign-in?lang=en")
    page.wait_for("return document.body.innerText.includes('Signed in as viewer of A17')")
    page.run("document.querySelector('form button').click()")
    page.wait_for("return document.getElementById('token') !== null")
    page.open(url)
    assert page.run("return document.getElementById('token') !== null"), "signed out"
    # A refused sign-in is answered with 401, and a header for HTTPS means nothing under a name without it.
    expected = ("status of 401", "Cross-Origin-Opener-Policy")
    unexpected = [line for line in page.complaints() if not any(known in line for known in expected)]
    assert not unexpected


async def test_a_browser_signs_in_looks_and_signs_out(tool: Callable[[str], str], tmp_path: Path) -> None:
    """The form works under our own policies, over plain HTTP under a name, and as on a trusted address."""
    board = Board()
    board.publish(floor())
    chromedriver, chromium = tool("chromedriver"), tool("chromium")
    async with serving(board, access=closed(), hosts=("wall.example",)) as client:

        def look() -> None:
            port = client.make_url("/").port
            rules = "--host-resolver-rules=MAP wall.example 127.0.0.1"
            with browser(chromedriver, chromium, tmp_path, rules) as page:
                # Only of a trustworthy address does a browser say Sec-Fetch-Site; elsewhere the origin must do.
                for name in ("127.0.0.1", "wall.example"):
                    sign_in_and_out(page, f"http://{name}:{port}/")

        await asyncio.to_thread(look)
