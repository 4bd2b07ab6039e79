"""Signing in with a real browser: what its own rules about forms, cookies and origins make of ours."""

from __future__ import annotations

from collections.abc import Callable

from floorwatch.serve.board import Board
from tests.browsing import Window, chromium, window
from tests.serve.floors import floor
from tests.serve.grants import TOKENS, closed
from tests.serve.serving import serving


async def send(seen: Window, token: str) -> None:
    await seen.page.fill("#token", token)
    await seen.page.click("form button")


async def sign_in_and_out(seen: Window, url: str) -> None:
    await seen.open(f"{url}?lang=en")
    assert await seen.run("document.activeElement.id") == "token", "the field has the focus"
    assert await seen.run("document.querySelector('label').control.id") == "token"
    assert await seen.barriers() == []
    await send(seen, "fw_viewer_guess")
    await seen.until("document.querySelector('[role=alert]')?.innerText.includes('not known')")
    await send(seen, TOKENS["viewer"])
    await seen.until("document.querySelectorAll('.tile').length === 8")
    assert await seen.run("document.cookie") == "", "no script can read the token"
    await seen.open(f"{url}sign-in?lang=en")
    await seen.until("document.body.innerText.includes('Signed in as viewer of A17')")
    await seen.page.click("form button")
    await seen.until("document.getElementById('token') !== null")
    await seen.open(f"{url}alerts?lang=en#r%2Fsales%2F1")
    assert await seen.run("document.getElementById('token') !== null"), "signed out"
    await send(seen, "fw_viewer_guess")
    await seen.until("document.querySelector('[role=alert]')?.innerText.includes('not known')")
    await send(seen, TOKENS["viewer"])
    await seen.until("document.querySelector('.nav-link') !== null")
    assert (await seen.run("location.href")).endswith("/alerts?lang=en#r%2Fsales%2F1"), "the way to one alert is kept"
    # A refused sign-in is answered with 401, and a header for HTTPS means nothing under a name without it.
    expected = ("status of 401", "Cross-Origin-Opener-Policy")
    assert [line for line in seen.complaints if not any(known in line for known in expected)] == []
    assert seen.strangers == []


async def test_a_browser_signs_in_looks_and_signs_out(tool: Callable[[str], str]) -> None:
    """The form works under our own policies, over plain HTTP under a name, and as on a trusted address."""
    board = Board()
    board.publish(floor())
    async with (
        serving(board, access=closed(), hosts=("wall.example",)) as client,
        chromium(tool("chromium"), "--host-resolver-rules=MAP wall.example 127.0.0.1") as browser,
    ):
        # Only of a trustworthy address does a browser say Sec-Fetch-Site; elsewhere the origin must do.
        for name in ("127.0.0.1", "wall.example"):
            async with window(browser) as seen:
                await sign_in_and_out(seen, f"http://{name}:{client.make_url('/').port}/")
                if name == "127.0.0.1":
                    await come_by_link(seen, client.make_url("/").port or 0)


async def come_by_link(seen: Window, port: int) -> None:
    """Who is signed in and follows a link of another site is where it leads with one touch."""
    await seen.open(f"http://wall.example:{port}/sign-in?lang=en")
    await seen.until("document.getElementById('token') !== null")
    await seen.run("(to) => void location.assign(to)", f"http://127.0.0.1:{port}/alerts?lang=en#r%2Fsales%2F1")
    await seen.until("document.querySelector('.again') !== null")
    assert await seen.barriers() == []
    await seen.page.click(".again button")
    await seen.until("document.querySelector('.nav-link') !== null")
    assert (await seen.run("location.href")).endswith(f"{port}/alerts?lang=en&again=1#r%2Fsales%2F1")
