"""The pages that one-time links lead to: plain forms without a script, for the thumb of somebody who was woken.

A chat that makes a preview of a link reads the title and the description, and shows them to everybody in the group:
they say "floorwatch", and nothing else.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from datetime import datetime
from string import Template
from typing import Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from floorwatch.alert_view import AlertView
from floorwatch.alerts.actions import AGENTS_MAX, KINDS
from floorwatch.link_view import LinkState, Opened
from floorwatch.links import PATH
from floorwatch.metrics.catalogue import Language
from floorwatch.metrics.phrases import phrase
from floorwatch.serve.sign_in import HTML_LANG

Notice = LinkState | Literal["used_now", "meanwhile", "too_many", "not_kept"]
"""What is said in place of a form."""

_PAGE = Template("""<!doctype html>
<html lang="$html_lang">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="dark light">
  <meta name="robots" content="noindex, nofollow, noarchive, nosnippet">
  <meta name="description" content="floorwatch">
  <meta property="og:title" content="floorwatch">
  <meta property="og:description" content="floorwatch">
  <title>floorwatch</title>
  <link rel="icon" href="/static/shell/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/static/shell/alone.css">
  <link rel="stylesheet" href="/static/link/link.css">
</head>
<body>
  <main>
$content
    <p class="foot"><a href="/alerts?lang=$lang$place">$board</a>
      <a href="?lang=$other" hreflang="$other" lang="$other_html_lang">$other_name</a></p>
  </main>
</body>
</html>
""")
_ALERT = Template("""    <p class="severity $severity">$severity_word</p>
    <h1>$message</h1>
    <p class="quiet">$since</p>
    <p class="hand">$hand</p>
""")
_TYPED = re.compile(r"`([^`]+)`")
"""What is to be typed, in advice."""
_TO_DO = Template("""    <section>
      <h2>$title</h2>
      <p class="advice">$advice</p>
    </section>
""")
_TAKE = Template("""    <form method="post">
      <input type="hidden" name="seen" value="$seen">
      <button type="submit" name="do" value="take">$take</button>
      <p class="quiet">$bearer</p>
    </form>
""")
_ACT = Template("""    <form method="post">
      <h2>$title</h2>
      <p class="quiet">$hint</p>
      <label>$agents <input name="agents" type="number" min="0" max="$agents_max" inputmode="numeric"></label>
      <div class="kinds">
$kinds
      </div>
      <p class="quiet">$bearer</p>
    </form>
""")
_KIND = Template("""        <button type="submit" name="do" value="$kind">$word</button>""")
_SAID = Template("""    <p class="said" role="alert">$title</p>
    <p>$hint</p>
""")
_FOLLOWING = Template("""    <p class="following"><a href="$path?lang=$lang">$say</a></p>
""")


def held_since(alert: AlertView) -> str:
    """Since when somebody has it, as the form carries it: who presses the button presses it about what they saw."""
    return "" if alert.acknowledged_at is None else str(alert.acknowledged_at)


class Writer:
    """Writes for one reader: in their language, by the clock of their site. `individuals`: agents may be named."""

    def __init__(self, lang: Language, *, individuals: bool) -> None:
        self._lang = lang
        self._individuals = individuals

    def form(self, opened: Opened, now: int, *, is_news: bool = False) -> str:
        """The page of a link that can be used. `is_news`: somebody else took the alert while they looked at it."""
        assert opened.link is not None
        assert opened.alert is not None
        expires, zone = self._time(opened.link.expires_at, opened, now), opened.timezone
        bearer = self._say(f"link.bearer_{opened.link.purpose}", person=opened.person, time=expires, timezone=zone)
        parts = [_SAID.substitute(title=self._title("meanwhile"), hint=self._say("link.meanwhile_hint"))] * is_news
        parts += [self._alert(opened, opened.alert, now)]
        if opened.link.purpose == "take":
            take, seen = self._taking(opened.person, opened.alert), held_since(opened.alert)
            parts += [_TAKE.substitute(take=take, seen=seen, bearer=bearer), self._to_do(opened.alert)]
        else:
            parts += [self._recorded(opened, opened.alert, now), self._acting(bearer)]
        return self._page("".join(parts), opened.alert)

    def notice(self, opened: Opened, notice: Notice, now: int) -> str:
        """The page of a link that cannot be used, or of a use of which nothing came."""
        told, alert = _SAID.substitute(title=self._title(notice), hint=self._hint(opened, notice, now)), None
        if notice in ("used", "used_now", "over", "not_kept") and (alert := opened.alert) is not None:
            told += self._alert(opened, alert, now)
        if opened.following:
            told += _FOLLOWING.substitute(
                path=f"{PATH}{opened.following}", lang=self._lang, say=self._say("link.say_did")
            )
        return self._page(told, alert)

    def _title(self, notice: Notice) -> str:
        return self._say(f"link.{'used' if notice == 'used_now' else notice}")

    def _hint(self, opened: Opened, notice: Notice, now: int) -> str:
        link, zone = opened.link, opened.timezone
        if notice == "used" and link is not None and opened.used_at is not None:
            time = self._time(opened.used_at, opened, now)
            return self._say(f"link.used_{link.purpose}", person=opened.person, time=time, timezone=zone)
        if notice in ("used", "used_now"):
            return self._say("link.used_now")
        if notice == "expired" and link is not None:
            return self._say("link.expired_hint", time=self._time(link.expires_at, opened, now), timezone=zone)
        return self._say(f"link.{notice}_hint")

    def _alert(self, opened: Opened, alert: AlertView, now: int) -> str:
        fired = self._time(alert.fired_at or alert.pending_at, opened, now)
        when = "link.since" if alert.resolved_at is None else "link.fired"
        return _ALERT.substitute(
            severity=alert.severity,
            severity_word=self._say(f"severity.{alert.severity}"),
            message=html.escape(alert.message.get(self._lang, "")),
            since=self._say(when, time=fired, timezone=opened.timezone),
            hand=self._hand(opened, alert, now),
        )

    def _hand(self, opened: Opened, alert: AlertView, now: int) -> str:
        if alert.resolved_at is not None:
            return self._say("link.is_over", time=self._time(alert.resolved_at, opened, now))
        if alert.acknowledged_at is None:
            return self._say("link.nobody")
        key = "link.yours" if alert.acknowledged_by == opened.person else "link.somebody"
        return self._say(key, who=alert.acknowledged_by, time=self._time(alert.acknowledged_at, opened, now))

    def _to_do(self, alert: AlertView) -> str:
        told = (alert.lead_advice if self._individuals else {}) or alert.advice
        if not (advice := told.get(self._lang, "")):
            return ""
        marked = _TYPED.sub(r"<code>\1</code>", html.escape(advice))
        return _TO_DO.substitute(title=self._say("link.to_do"), advice=marked)

    def _taking(self, person: str, alert: AlertView) -> str:
        if alert.acknowledged_at is None:
            return self._say("link.take")
        return self._say(
            "link.take_again" if alert.acknowledged_by == person else "link.take_over", who=alert.acknowledged_by
        )

    def _acting(self, bearer: str) -> str:
        kinds = (_KIND.substitute(kind=kind, word=self._say(f"action.{kind}")) for kind in KINDS)
        return _ACT.substitute(
            title=self._say("link.did"),
            hint=self._say("link.did_hint"),
            agents=self._say("link.did_agents"),
            agents_max=AGENTS_MAX,
            kinds="\n".join(kinds),
            bearer=bearer,
        )

    def _recorded(self, opened: Opened, alert: AlertView, now: int) -> str:
        lines = [
            self._say(
                "link.recorded_at",
                time=self._time(action.at, opened, now),
                action=phrase(f"action.{action.kind}", self._lang),
                who=action.who,
            )
            for action in alert.actions
        ]
        return _list(self._say("link.recorded"), lines)

    def _page(self, content: str, alert: AlertView | None) -> str:
        other: Language = "en" if self._lang == "zh" else "zh"
        return _PAGE.substitute(
            html_lang=HTML_LANG[self._lang],
            lang=self._lang,
            content=content,
            place="" if alert is None else f"#{html.escape(quote(alert.id, safe=''))}",
            board=self._say("link.board"),
            other=other,
            other_html_lang=HTML_LANG[other],
            other_name=self._say("control.language"),
        )

    def _say(self, key: str, **values: object) -> str:
        return html.escape(phrase(key, self._lang, **values))

    @staticmethod
    def _time(at: int, opened: Opened, now: int) -> str:
        """To the minute; with the day where that is another one."""
        zone = ZoneInfo(opened.timezone)
        then, today = datetime.fromtimestamp(at / 1000, zone), datetime.fromtimestamp(now / 1000, zone)
        return f"{then:%H:%M}" if then.date() == today.date() else f"{then:%Y-%m-%d %H:%M}"


def _list(title: str, lines: Iterable[str]) -> str:
    items = "".join(f"\n        <li>{line}</li>" for line in lines)
    return f"    <section>\n      <h2>{title}</h2>\n      <ul>{items}\n      </ul>\n    </section>\n" if items else ""
