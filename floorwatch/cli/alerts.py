"""`floorwatch alerts`: what is wrong, and taking it in hand, from a terminal; through the API of a running daemon."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from shlex import quote as typed_as
from typing import Annotated
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import typer

from floorwatch.cli.daemon import Json, ask, token_of
from floorwatch.cli.explain import Lang
from floorwatch.cli.sentences import stop

app = typer.Typer(
    help="See alerts, take them in hand, put them off, silence them.",
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@dataclass(frozen=True)
class _Daemon:
    url: str
    token: str
    lang: Lang
    as_json: bool

    def ask(self, path: str, role: str, method: str = "GET", wish: Json | None = None) -> Json:
        return ask(self.url, self.token, path, role=role, method=method, wish=wish)

    def answer(self, answer: Json, lines: Callable[[], Iterable[str]], nothing: str = "") -> None:
        """The answer as machines read it, or as people do."""
        if self.as_json:
            typer.echo(json.dumps(answer, ensure_ascii=False, indent=1))
        else:
            typer.echo("\n".join(lines()) or self.say(nothing))

    @cached_property
    def now(self) -> Json:
        """What is live, and the floor's time."""
        return self.ask("/api/v1/alerts?hours=0", "viewer")

    def time(self, ms: int) -> str:
        """The site's time of an instant: `10:02`, on another day than today with its date."""
        at, today = (
            datetime.fromtimestamp(instant / 1000, ZoneInfo(self.now["timezone"])) for instant in (ms, self.now["at"])
        )
        return f"{at:%H:%M}" if at.date() == today.date() else f"{at:%Y-%m-%d %H:%M}"

    def say(self, key: str, **values: object) -> str:
        from floorwatch.metrics.phrases import phrase

        return phrase(key, self.lang.value, **values)

    def text(self, text: dict[str, str]) -> str:
        """A site's own text may be there in one language only."""
        return text.get(self.lang.value) or next(iter(text.values()), "")


@app.callback()
def _alerts(
    context: typer.Context,
    url: Annotated[
        str, typer.Option(metavar="URL", envvar="FLOORWATCH_URL", help="Of the daemon.")
    ] = "http://localhost:8321",
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Holds your token; else FLOORWATCH_TOKEN.")
    ] = None,
    lang: Annotated[Lang, typer.Option(help="English or Chinese.")] = Lang.en,
    as_json: Annotated[bool, typer.Option("--json", help="The answer of the API.")] = False,
) -> None:
    """Without a command: list them."""
    context.obj = _Daemon(url, token_of(token_file), lang, as_json)
    if context.invoked_subcommand is None:
        show(context)


@app.command("list")
def show(
    context: typer.Context,
    hours: Annotated[int, typer.Option(min=0, max=24, help="Also what was over within so many hours.")] = 1,
) -> None:
    """List alerts, the live ones first."""
    daemon: _Daemon = context.obj
    answer = daemon.ask(f"/api/v1/alerts?hours={hours}", "viewer")
    daemon.answer(answer, lambda: [_lines(daemon, alert) for alert in answer["alerts"]], "alerts.none")


@app.command("ack")
def acknowledge(
    context: typer.Context,
    alert: Annotated[str, typer.Argument(metavar="ID", help="Of a live alert; RULE/SUBJECT will do.")],
    note: Annotated[str, typer.Option(help="For who asks what you do about it.")] = "",
) -> None:
    """Take an alert in hand."""
    daemon: _Daemon = context.obj
    done = daemon.ask(f"/api/v1/alerts/{_place(daemon, alert)}/acknowledge", "lead", "POST", {"note": note})
    daemon.answer(done, lambda: [_lines(daemon, done)])


@app.command()
def snooze(
    context: typer.Context,
    alert: Annotated[str, typer.Argument(metavar="ID", help="Of a live alert; RULE/SUBJECT will do.")],
    duration: Annotated[str, typer.Argument(metavar="FOR", help="15m, 1h; 0s: tell of it again.")] = "15m",
    why: Annotated[str, typer.Option(help="Why it can wait.")] = "",
) -> None:
    """Put an alert off: nobody is told of it for so long."""
    daemon: _Daemon = context.obj
    wish = {"for": duration, "why": why}
    done = daemon.ask(f"/api/v1/alerts/{_place(daemon, alert)}/snooze", "lead", "POST", wish)
    daemon.answer(done, lambda: [_lines(daemon, done)])


@app.command("act")
def act(
    context: typer.Context,
    alert: Annotated[str, typer.Argument(metavar="ID", help="Of a live alert; RULE/SUBJECT will do.")],
    kind: Annotated[str, typer.Argument(metavar="KIND", help="back_from_break, called_in, …: a wrong one lists all.")],
    agents: Annotated[int, typer.Option(min=0, help="How many it brings, at most 99; 0: not said.")] = 0,
    note: Annotated[str, typer.Option(help="For who asks what you did.")] = "",
) -> None:
    """Record what you have done about an alert: what it brings is measured."""
    daemon: _Daemon = context.obj
    wish = {"kind": kind, "agents": agents, "note": note}
    done = daemon.ask(f"/api/v1/alerts/{_place(daemon, alert)}/actions", "lead", "POST", wish)
    word, effects = daemon.say(f"action.{kind}"), done["action"]["effects"]
    due = daemon.time(effects["5m"]["due_at"]) if effects else ""
    key = "action.recorded" if effects else "action.recorded_only"
    back = {"alert": typed_as(done["alert"]["id"]), "id": done["action"]["id"]}
    daemon.answer(done, lambda: [daemon.say(key, action=word, time=due), daemon.say("action.take_back", **back)])


@app.command("unact")
def unact(
    context: typer.Context,
    alert: Annotated[str, typer.Argument(metavar="ID", help="Of an alert; of a live one RULE/SUBJECT will do.")],
    action: Annotated[str, typer.Argument(metavar="ACTION", help="Its id, as `act` told it.")],
) -> None:
    """Take back what you have recorded by mistake: it is not measured, and nothing is learnt from it."""
    daemon: _Daemon = context.obj
    done = daemon.ask(f"/api/v1/alerts/{_place(daemon, alert)}/actions/{quote(action, safe='')}", "lead", "DELETE")
    word = daemon.say(f"action.{done['action']['kind']}")
    daemon.answer(done, lambda: [daemon.say("action.withdrawn", action=word)])


@app.command()
def silence(
    context: typer.Context,
    duration: Annotated[str, typer.Argument(metavar="FOR", help="2h, 30m; at most 7d.")],
    why: Annotated[str, typer.Option(help="Others will ask.")],
    rule: Annotated[list[str] | None, typer.Option(metavar="RULE", help="A rule, or a glob; repeat it.")] = None,
    subject: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A queue, feed, output or team, or a glob; repeat it.")
    ] = None,
    since: Annotated[str | None, typer.Option(metavar="INSTANT", help="2026-03-03T10:00:00+01:00; else now.")] = None,
) -> None:
    """Tell nobody of certain alerts for so long."""
    daemon: _Daemon = context.obj
    wish: Json = {"for": duration, "why": why, "rules": rule or [], "subjects": subject or []}
    if since is not None:
        wish["since"] = since
    done = daemon.ask("/api/v1/silences", "supervisor", "POST", wish)
    daemon.answer(done, lambda: [_silence(daemon, done)])


@app.command()
def silences(context: typer.Context) -> None:
    """List silences, the one that ends next first."""
    daemon: _Daemon = context.obj
    answer = daemon.ask("/api/v1/silences", "lead")
    daemon.answer(answer, lambda: [_silence(daemon, one) for one in answer["silences"]], "alerts.no_silences")


@app.command()
def unsilence(
    context: typer.Context,
    silence_id: Annotated[str, typer.Argument(metavar="ID", help="As `floorwatch alerts silences` lists it.")],
    why: Annotated[str, typer.Option(help="Why it ends before its time.")] = "",
) -> None:
    """End a silence before its time."""
    daemon: _Daemon = context.obj
    path = f"/api/v1/silences/{quote(silence_id, safe='')}?{urlencode({'why': why})}"
    ended = daemon.ask(path, "supervisor", "DELETE")
    daemon.answer(ended, lambda: [_silence(daemon, ended)])


def _place(daemon: _Daemon, typed: str) -> str:
    """The id that is meant, as it stands in an address: what was typed, or that of the one live alert it names."""
    live = [one["id"] for one in daemon.now["alerts"]]
    # A name may hold slashes: of `line/a` it is the alert about `a`, never the one about `a/b`.
    meant = [known for known in live if typed in (known, known.rpartition("/")[0], known.partition("/")[0])]
    if typed in live or not meant:
        return quote(typed, safe="")
    if len(meant) > 1:
        stop(2, f"{typed}: {len(meant)} alerts are called so; give one of {', '.join(meant)}")
    return quote(meant[0], safe="")


def _lines(daemon: _Daemon, alert: Json) -> str:
    """Id and state, what broke, what to do."""
    state = " · ".join((daemon.say(f"severity.{alert['severity']}"), *_hand(daemon, alert)))
    lines = [f"{alert['id']}  {state}", daemon.text(alert["message"])]
    if alert["state"] in ("firing", "acknowledged"):
        lines.append(daemon.text(alert.get("lead_advice", {})) or daemon.text(alert["advice"]))
    if alert.get("note"):
        lines.append(f"{daemon.say('act.note')}: {alert['note']}")
    return "\n  ".join(filter(None, lines))


def _hand(daemon: _Daemon, alert: Json) -> list[str]:
    """Whether somebody has it, and why nobody is told."""
    if alert["state"] == "pending":
        return [daemon.say("hand.pending")]
    if alert["state"] == "resolved":
        return [daemon.say("hand.resolved", time=daemon.time(alert["resolved_at"]))]
    said, muted = [], alert["muted"]
    if muted is not None:
        said.append(daemon.say(f"hand.{muted['by']}", time=daemon.time(muted["until"] or daemon.now["at"])))
    if alert["state"] == "firing":
        return said or [daemon.say("hand.nobody")]
    if not (who := alert.get("acknowledged_by")):
        return [*said, daemon.say("hand.somebody")]
    return [*said, daemon.say("hand.who", who=who, time=daemon.time(alert["acknowledged_at"]))]


def _silence(daemon: _Daemon, silence: Json) -> str:
    what = " · ".join(filter(None, (", ".join(silence["rules"]), ", ".join(silence["subjects"]))))
    until, by = daemon.time(silence["until"]), {"who": silence["who"], "why": silence["why"]}
    said = daemon.say("alerts.silence", what=what, until=until, **by)
    if silence["since"] > daemon.now["at"]:
        said += f" ({daemon.say('alerts.silence_from', since=daemon.time(silence['since']))})"
    return f"{silence['id']}  {said}"
