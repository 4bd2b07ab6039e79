"""`make screenshots`: every page of the demonstration at a telling moment, in both languages and both themes.

The pictures of docs/screens and the one of the README are renewed; the others go to build/screens, to be looked at. The
moments are of the first morning: at 9:25 the TV spot has tripled the contacts, an alert fires and says what to do. At
9:27 somebody takes it and calls the five back; by 9:43 it is measured what that has brought.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from tests.browsing import Window, chromium, window
from tests.running import REPOSITORY, Running, floorwatch

SETTLES_S = 10.0
"""Real seconds in which every queue's outlook is made, and contacts come and go."""
CALLED_BACK_MS = 1_772_440_020_000
"""9:27 of the first morning."""
PATHS = {
    "floor": "/?",
    "queue": "/queue?name=sales&",
    "agents": "/agents?",
    "alerts": "/alerts?",
    "feeds": "/feeds?",
    "shift": "/shift?",
}
ON_A_PHONE = ("floor", "alerts")
READY = {
    "floor": "document.querySelectorAll('.tile').length > 3",
    "queue": "document.querySelectorAll('#page svg').length > 0",
    "agents": "document.querySelector('#page').innerText.length > 400",
    "alerts": "document.querySelectorAll('#page details').length > 0",
    "feeds": "document.querySelector('#page').innerText.length > 100",
    "shift": "document.querySelectorAll('.turn').length > 1",
}
ARRANGED = {
    "alerts": """() => {
      document.querySelector(".hours-choice").click();
      document.querySelector(".story-fold summary").click();
    }""",
    "shift": "document.querySelector('.turn').click()",
}
"""What is chosen on a page before its picture is taken: the alerts of one hour, the story of the first, the turn that
runs."""
DRAWN_S = 1.0

SHOWN = REPOSITORY / "docs/screens"
BUILT = REPOSITORY / "build/screens"
FOLDERS = {("en", "dark"): SHOWN, ("zh", "light"): SHOWN, ("en", "light"): BUILT, ("zh", "dark"): BUILT}
"""Those in the docs first: while pictures are taken the floor goes on."""
README = REPOSITORY / "docs/wallboard.png"
CHINESE = Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")


def settle(running: Running) -> None:
    """The floor as it is, with its outlook."""
    running.wait_for(lambda: running.queue("sales").get("outlook"), 60)
    time.sleep(SETTLES_S)


def alert_of(running: Running) -> Any:
    """The alert of the morning; None before it fires."""
    alerts = running.get("/api/v1/alerts")["alerts"]
    fired = (one for one in alerts if one["rule"] == "service_level_low" and one["state"] != "pending")
    return next(fired, None)


def post(running: Running, what: str, wish: dict[str, Any]) -> None:
    """Do this about the alert, as the page does."""
    place = f"{running.address}/api/v1/alerts/{quote(alert_of(running)['id'], safe='')}/{what}"
    with urllib.request.urlopen(place, json.dumps(wish).encode(), timeout=10):
        pass


def act(running: Running) -> None:
    """Somebody takes the alert and calls agents back, and it is known what that has brought."""
    running.wait_for(lambda: running.get("/api/v1/view")["at"] >= CALLED_BACK_MS and alert_of(running), 60)
    post(running, "acknowledge", {"note": "all five are called back"})
    post(running, "actions", {"kind": "pauses_ended", "agents": 5})
    running.wait_for(lambda: alert_of(running)["actions"][0]["effects"]["15m"]["effect"] is not None, 200)


class Moment(NamedTuple):
    """When the demonstration begins, how fast it runs, what happens then, and of which pages pictures are taken."""

    since: str
    speed: str
    happens: Callable[[Running], None]
    pages: tuple[str, ...]


MOMENTS = (
    Moment("09:25", "1", settle, ("floor", "queue", "agents", "feeds")),
    Moment("09:24", "10", act, ("alerts", "shift")),
)


async def ready(seen: Window, page: str) -> None:
    """The page shows what it is about, and has been drawn."""
    await seen.until("document.documentElement.dataset.state === 'live'")
    await seen.until(READY[page])
    if page in ARRANGED:
        await seen.run(ARRANGED[page])
    await asyncio.sleep(DRAWN_S)


async def take(seen: Window, address: str, page: str, screen: str, look: tuple[str, str]) -> None:
    """A picture of this page."""
    lang, theme = look
    await seen.open(f"{address}{PATHS[page]}lang={lang}&theme={theme}")
    await ready(seen, page)
    name = "-".join((page, lang, theme, *([screen] if screen != "hall" else [])))
    file = FOLDERS[look] / f"{name}.png"
    await seen.page.screenshot(path=file)
    print(f"{file.relative_to(REPOSITORY)}: {file.stat().st_size // 1000} kB", flush=True)  # noqa: T201


async def take_all(program: str, address: str, pages: tuple[str, ...]) -> None:
    """These pages on the screen of a hall, and on a phone those that are opened there."""
    async with chromium(program) as browser, window(browser, "hall") as hall, window(browser, "phone") as phone:
        for look in FOLDERS:
            for page in pages:
                await take(hall, address, page, "hall", look)
                if page in ON_A_PHONE:
                    await take(phone, address, page, "phone", look)
        if wrong := [*hall.complaints, *hall.strangers, *phone.complaints, *phone.strangers]:
            raise SystemExit("\n".join(("the pages complain:", *wrong)))


def options(moment: Moment) -> tuple[str, ...]:
    """Of the command."""
    return ("--speed", moment.speed, "--from", moment.since)


def main() -> None:
    """Start the demonstration at each moment, and take the pictures."""
    program = shutil.which("chromium")
    if program is None or not CHINESE.exists():
        raise SystemExit("chromium and a Chinese font are needed: sudo sh tests/setup.sh")
    for folder in (SHOWN, BUILT):
        folder.mkdir(parents=True, exist_ok=True)
    for moment in MOMENTS:
        with (
            tempfile.TemporaryDirectory(prefix="screenshots-") as kept,
            floorwatch(Path(kept) / "log", "demo", "--port", "0", *options(moment)) as running,
        ):
            moment.happens(running)
            asyncio.run(take_all(program, running.address, moment.pages))
    shutil.copyfile(SHOWN / "floor-en-dark.png", README)


if __name__ == "__main__":
    main()
