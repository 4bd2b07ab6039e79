"""What happens in a week of three teams: troubles, contacts that wait, what people say of it, who takes whose place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any

from floorwatch.config import Config
from floorwatch.floor import internal as i
from floorwatch.floor.events import ContactAbandoned, ContactOffered, Event, SourceDown, SourceUp
from floorwatch.floor.rota import horizon, loaded
from floorwatch.rotas import read_rota
from tests.oncall_recount import DAY_MS

SINCE = int(datetime(2026, 10, 21, 22, tzinfo=UTC).timestamp()) * 1000
"""The clocks of Warsaw are set back in the night to Sunday the 25th."""
UNTIL = SINCE + 7 * DAY_MS
TEAMS = ("north", "south", "east", "spare")


def happens(config: Config, random: Random) -> list[Event]:
    """Everything, in no order."""
    happened = [(event, "" if event.is_over else event.trouble) for event in troubles(random)]
    happened += floor(random)  # type: ignore[arg-type]
    began = [(int(event.time), subject) for event, subject in happened if subject]  # type: ignore[arg-type]
    said = [*words(random, began), *overrides(random)]
    return [*rotas_told(config), *dawn(), *(event for event, _ in happened), *said]


def rotas_told(config: Config) -> Iterator[Event]:
    """What the daemon tells of the rotas: at the start, and each day."""
    for day in range(9):
        at = SINCE + day * DAY_MS + (0 if day == 0 else 7_003)
        for name, rota in config.rotas.items():
            since, until = horizon(at, rota.timezone or config.site.timezone)
            yield loaded(read_rota(config, name, until), since, until, at)


def troubles(random: Random) -> Iterator[i.DaemonTroubled]:
    """Of every team: short and long ones, some over the hours that are repeated, some that come back at once."""
    night = int(datetime(2026, 10, 25, tzinfo=UTC).timestamp()) * 1000
    for team in TEAMS:
        for n in range(9):
            at = random.randrange(SINCE + 60_000, UNTIL) if n else night + random.randrange(-3_600_000, 5_400_000)
            lasts = random.choice([41_000, 300_000, 900_000, 3_400_000, 9_000_000])
            subject = f"{team}-{n}"
            yield _trouble(subject, at)
            yield _trouble(subject, at + lasts, is_over=True)
            if random.random() < 0.3:
                yield _trouble(subject, at + lasts + 12_000)
                yield _trouble(subject, at + lasts + 200_000, is_over=True)


def dawn() -> Iterator[i.DaemonTroubled]:
    """A trouble half an hour before anybody is on call, of which nobody says a word."""
    at = int(datetime(2026, 10, 26, 6, 30, 11, tzinfo=UTC).timestamp()) * 1000
    yield _trouble("spare-dawn", at)
    yield _trouble("spare-dawn", at + 3_600_000, is_over=True)


def _trouble(subject: str, at: int, *, is_over: bool = False) -> i.DaemonTroubled:
    return i.DaemonTroubled(time=at // 1000 * 1000 + 137, source="daemon", trouble=subject, is_over=is_over)


def floor(random: Random) -> Iterator[tuple[Event, str]]:
    """Contacts that wait, one or several, and a feed that is lost: each with the subject of the alert it begins."""
    for n, queue in enumerate(("sales", "loans", "letters") * 5):
        at = SINCE + 90_000 if n < 3 else random.randrange(SINCE + 120_000, UNTIL)
        lasts = random.choice([45_000, 700_000, 2_600_000])
        for k in range(random.choice([1, 1, 3])):
            said: dict[str, Any] = {"source": "pbx", "contact": f"c{n}-{k}", "queue": queue}
            yield ContactOffered(time=at + k * 210_017, **said), queue if k == 0 else ""
            yield ContactAbandoned(time=at + k * 210_017 + lasts, **said), ""
    for _ in range(3):
        at = random.randrange(SINCE + 10_000_000, UNTIL)
        yield SourceDown(time=at, source="pbx"), "pbx"
        yield SourceUp(time=at + random.choice([60_000, 1_300_000, 3_000_000]), source="pbx"), ""


def words(random: Random, began: list[tuple[int, str]]) -> Iterator[Event]:
    """What people say of what has (begun, the subject): nobody hears a word of `silent`."""
    for n, (began_at, subject) in enumerate(began):
        alert, at = f"*/{subject}/*", began_at
        for _ in range(random.choice([0, 0, 1, 1, 2, 3])):
            at += random.randrange(2_000, 2_000_000)
            who = random.choice(["N1", "N2", "S1", "E1", "E2", "boss", "a lead"])
            yield i.OperatorAcknowledged(time=at, source="operator", alert=alert, who=who)
        at = began_at + random.randrange(5_000, 900_000)
        if random.random() < 0.25:
            until = at + random.choice([-1_000, 90_000, 700_000, 4_000_000])
            yield i.OperatorSnoozed(time=at, source="operator", alert=alert, until=until, who="E1")
        if random.random() < 0.35:
            since = at + random.choice([-60_000, 0, 61_500, 400_000])
            team = subject.partition("-")[0]
            rules, subjects = random.choice([((team,), ()), ((), (subject,)), ((), (f"{team}*",))])
            until = since + random.choice([30_000, 100_000, 1_800_000])
            yield i.OperatorSilenced(
                time=at, source="operator", silence=f"s{n}", since=since, until=until, who="boss", why="drill",
                rules=rules, subjects=subjects,
            )  # fmt: skip
            if random.random() < 0.3:
                ends = at + random.randrange(1_000, 900_000)
                yield i.OperatorSilenceEnded(time=ends, source="operator", silence=f"s{n}", who="boss")


def overrides(random: Random) -> Iterator[Event]:
    """People who take each other's place: now, later, twice over, and not after all."""
    for n in range(14):
        at = random.randrange(SINCE + 1, UNTIL)
        since = at + random.choice([-3_600_000, 0, 1_234_567, 20 * 3_600_000])
        yield i.OperatorOverrode(
            time=at, source="operator", override=f"o{n % 11}", who="boss",
            rota=random.choice(["north", "south", "east", "spare"]),
            person=random.choice(["N1", "N3", "S1", "E2", "boss", "silent"]),
            since=since, until=since + random.choice([600_000, 7_777_777, 12 * 3_600_000]),
        )  # fmt: skip
        if random.random() < 0.4:
            ends = at + random.randrange(1_000, 30_000_000)
            yield i.OperatorOverrideEnded(time=ends, source="operator", override=f"o{n % 11}", who="boss")
