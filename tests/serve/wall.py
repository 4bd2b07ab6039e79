"""A board that follows what the desk of alerts has, as the daemon's does, and a page in front of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from msgspec.structs import replace

from floorwatch.alert_view import AlertView, OnCallView, WorkedView
from floorwatch.serve.board import Board
from tests.browsing import Window
from tests.serve.alerts_kept import AlertsKept
from tests.serve.floors import AGENTS, AT, alert, floor, looking_ahead
from tests.serve.serving import serving

HOUR_MS = 3_600_000
"""So far back the picture has what is over."""
ADVICE = {
    "en": "14 agents needed until 11:00, 11 here (3 on other queues). Call back: 3 over their break, 2 in training; "
    "4 free in support have the skill. Otherwise 55 % at 10:30; after 10:21 it cannot be recovered.",
    "zh": "至 11:00 需 14 名坐席，在岗 11 名。可召回：休息超时 3 名，培训 2 名。否则 10:30 时为 55%。",
}

SHOWN = """
  () => {
    const banner = document.getElementById("banner");
    const text = (name) => banner.querySelector(`.${name}`).innerText.trim();
    return { kind: banner.dataset.kind, severity: banner.dataset.severity, taken: banner.dataset.taken,
      sentence: text("banner-sentence"), advice: text("banner-advice"), others: text("banner-detail"),
      hand: text("banner-hand"), left: text("banner-left"),
      next: text("banner-next"), word: text("banner-severity"), age: text("banner-since"),
      heard: text("heard"), live: banner.querySelector(".heard").getAttribute("aria-live"),
      buttons: [...banner.querySelectorAll(".banner-actions button")].filter((one) => one.checkVisibility())
        .map((one) => one.innerText) };
  }
"""

NAMELESS = """
  [...document.querySelectorAll("button, a, input, select, summary")]
    .filter((one) => one.checkVisibility())
    .filter((one) => !(one.innerText || one.ariaLabel || one.labels?.[0]?.innerText || "").trim())
    .map((one) => one.outerHTML)
"""


def firing(queue: str, severity: str, **changed: Any) -> AlertView:
    """An alert of a queue with something to do about it, which names an agent to leads."""
    told: dict[str, Any] = {
        "id": f"r/{queue}/{severity}",
        "severity": severity,
        "advice": ADVICE,
        "lead_advice": {lang: f"{AGENTS[0]}: {text}" for lang, text in ADVICE.items()},
    }
    return replace(alert(queue), **told | changed)


class Wall:
    """A page of the board, and the desk behind it."""

    def __init__(self, seen: Window) -> None:
        self.seen = seen
        self.url = ""
        self.desk = AlertsKept()
        self.board = Board()
        self.rotas: tuple[OnCallView, ...] = ()
        """Who is on call."""
        self.worked: tuple[WorkedView, ...] = ()
        """What actions have brought so far."""
        self.is_lost = False
        """Whether the news stops."""
        self.is_known = False
        """Whether every queue is."""

    async def publish_for_ever(self) -> None:
        """A floor that moves on by 200 ms every 200 ms."""
        at = AT
        while True:
            at += 200
            if not self.is_lost:
                view = looking_ahead(floor(at))
                known = tuple(one for one in view.queues if not self.is_known or one.unknown_since is None)
                alerts = tuple(self.desk.alerts(HOUR_MS))
                shown = {"alerts": alerts, "oncall": self.rotas, "worked": self.worked}
                self.board.publish(replace(view, queues=known, **shown))
            await asyncio.sleep(0.2)

    def show(self, *alerts: AlertView) -> None:
        """From now on these are the alerts there are."""
        self.desk.kept = {one.id: one for one in alerts}

    async def open(self, query: str = "?lang=en") -> None:
        """The floor, until its tiles are there."""
        await self.seen.open(self.url + query)
        await self.seen.until("document.querySelectorAll('.tile').length === 8")

    async def until(self, **wanted: Any) -> dict[str, Any]:
        """What the banner shows, once it shows that."""
        for _ in range(600):
            shown: dict[str, Any] = await self.seen.run(SHOWN)
            if all(shown[key] == value for key, value in wanted.items()):
                return shown
            await asyncio.sleep(0.05)
        raise AssertionError(f"not {wanted}: {shown}")


@asynccontextmanager
async def hung(seen: Window, **options: Any) -> AsyncIterator[Wall]:
    """A wall that is served; `options` are those of `serving`."""
    wall = Wall(seen)
    async with serving(wall.board, alerts=wall.desk, individuals=True, **options) as client:
        wall.url = str(client.make_url("/"))
        publisher = asyncio.create_task(wall.publish_for_ever())
        try:
            yield wall
        finally:
            publisher.cancel()
            with suppress(asyncio.CancelledError):
                await publisher
