"""What a configuration says, in a few lines: `floorwatch check-config` shows it, so that a slip of the pen is seen."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from floorwatch.config.file import Config
from floorwatch.config.heartbeat import Heartbeat
from floorwatch.config.oncall import EscalationTyped
from floorwatch.config.output_types import PER_MINUTE, ROBOTS
from floorwatch.config.outputs import Output
from floorwatch.floor.hours import Hours
from floorwatch.floor.rules import DEFAULT_RULES
from floorwatch.floor.settings import QueuePolicy

_DAY_MS = 86_400_000


def summary(config: Config) -> str:
    """A few lines for people; no more than one line for each queue."""
    return "\n".join(f"  {word:<11}{text}" for word, text in _lines(config))


def _lines(config: Config) -> Iterator[tuple[str, str]]:
    day_start = config.site.day_start_ms // 60_000
    yield (
        "site",
        f"{config.site.name}, {config.site.timezone}, days begin at {day_start // 60:02d}:{day_start % 60:02d}",
    )
    yield "interval", f"{_span(config.interval_ms)}, closed {_span(config.lateness_ms)} after its end"
    yield "defaults", _policy(config.policy())
    for name, queue in config.queues.items():
        yield "queue", f"{name}: {_policy(config.policy(queue))}"
    teams = Counter(agent.team or "no team" for agent in config.agents.values())
    yield (
        "agents",
        ", ".join(f"{team} {count}" for team, count in sorted(teams.items())) or "none named: whoever appears",
    )
    # Accepted, since queues may appear unannounced; shown, since it is also what a typo looks like.
    strange = {queue for agent in config.agents.values() for queue in agent.queues} - config.queues.keys()
    if strange and config.queues:
        yield "note", f"agents name queues that are not configured, the defaults apply: {', '.join(sorted(strange))}"
    yield from _schedules(config)
    yield from _rules(config)
    sources = ", ".join(f"{name} ({source.type})" for name, source in config.sources.items())
    yield "sources", sources or "none: enough for `replay`; `run` needs one"
    for name, source in config.sources.items():
        for key, path in (
            ("secret_file", source.secret_file),
            ("tls_ca", source.tls_ca),
            ("queue_log", source.queue_log),
        ):
            if path is not None and not os.access(path, os.R_OK):
                yield "note", f"sources.{name}.{key}: {path} cannot be read here, by this user"
    yield from _outputs(config)
    yield from _oncall(config)
    yield from _hands(config)
    yield from _metrics(config)
    if config.heartbeat.is_wanted:
        yield from _heartbeat(config.heartbeat)
    yield "http", f"{config.http.host} port {config.http.port}"


def _heartbeat(heartbeat: Heartbeat) -> Iterator[tuple[str, str]]:
    yield "heartbeat", f"every {_span(heartbeat.every_ms)}, while all parts move"
    for key, path in (("url_file", heartbeat.url_file), ("tls_ca", heartbeat.tls_ca)):
        if path is not None and not os.access(path, os.R_OK):
            yield "note", f"heartbeat.{key}: {path} cannot be read here, by this user"


def _outputs(config: Config) -> Iterator[tuple[str, str]]:
    """Who is told of alerts besides the board; nothing where nobody is."""
    if config.outputs:
        yield "outputs", ", ".join(f"{name} ({output.type})" for name, output in config.outputs.items())
    for name, output in config.outputs.items():
        for key, path in _files_of(output):
            if path is not None and not os.access(path, os.R_OK):
                yield "note", f"outputs.{name}.{key}: {path} cannot be read here, by this user"
        if output.type == "webhook" and output.secret is None and output.secret_file is None:
            yield "note", f"outputs.{name}: without 'secret' its messages are not signed"
        if output.type == "mail" and not output.tls and output.starttls is False:
            yield "note", f"outputs.{name}: its mail goes out in the clear, since 'starttls' is false"
        if output.type in ROBOTS and (output.per_minute or 0) > PER_MINUTE[output.type]:
            yield "note", f"outputs.{name}.per_minute: its makers allow {PER_MINUTE[output.type]}, and refuse more"


def _files_of(output: Output) -> tuple[tuple[str, Path | None], ...]:
    return ("secret_file", output.secret_file), ("url_file", output.url_file), ("tls_ca", output.tls_ca)


def _oncall(config: Config) -> Iterator[tuple[str, str]]:
    """Who is called when nobody has an alert in hand; nothing where nobody is."""
    for name, rota in config.rotas.items():
        people = ", ".join(dict.fromkeys(person for _, person in rota.people()))
        yield "rota", f"{name}: {rota.file or people}, {rota.timezone or config.site.timezone}"
    for name, escalation in config.escalations.items():
        yield "escalation", f"{name}, from {escalation.severity} on: {_climb(escalation)}"
    reports = config.shift_reports
    if config.rotas and (reports.folder is not None or reports.outputs):
        filed = [f"filed in {reports.folder} for {_span(reports.keep_ms)}"] if reports.folder is not None else []
        sent = [f"sent by {', '.join(reports.outputs)}"] if reports.outputs else []
        yield "shifts", f"a report of each turn, {' and '.join(filed + sent)}"


def _climb(escalation: EscalationTyped) -> str:
    """Whom each step tells, how often and for how long; how often all of it, and when it begins anew."""
    steps = []
    for step in escalation.steps:
        often = f"{step.times} times, each for" if step.times > 1 else "for"
        steps.append(f"{' and '.join(step.tell)} ({often} {_span(step.every_ms)})")
    rounds = f"{escalation.rounds} round{'s' * (escalation.rounds > 1)}" if escalation.rounds else "round after round"
    anew = f"; anew where it is not over {_span(escalation.unresolved_ms)} later" if escalation.unresolved_ms else ""
    return f"{', then '.join(steps)}; {rounds} until somebody has it{anew}"


def _hands(config: Config) -> Iterator[tuple[str, str]]:
    """How people on call take an alert in hand from elsewhere; nothing where nobody is on call."""
    address = config.links.address
    if address is not None:
        yield "links", f"{address}, good for {_span(config.links.valid_ms)}"
        if not address.startswith("https:"):
            yield "note", "links.address: over plain http whoever sees a link on its way can use it first"
    elif config.people:
        yield "note", "people: without links.address, what they are sent holds no link to take an alert in hand"
    for name, reply in config.replies.items():
        yield "replies", f"{name} ({reply.type}), of {', '.join(dict.fromkeys(reply.people.values()))}"
        if reply.secret_file is not None and not os.access(reply.secret_file, os.R_OK):
            yield "note", f"replies.{name}.secret_file: {reply.secret_file} cannot be read here, by this user"


def _metrics(config: Config) -> Iterator[tuple[str, str]]:
    """Whether Prometheus is told of single agents; nothing where it is not."""
    said = config.metrics
    if said.per_agent != "off":
        yield "metrics", f"each agent by {said.per_agent}, {said.agents_max} at most"
    if said.key_file is not None and not os.access(said.key_file, os.R_OK):
        yield "note", f"metrics.key_file: {said.key_file} cannot be read here, by this user"


def _schedules(config: Config) -> Iterator[tuple[str, str]]:
    """What is said of adherence, schedules and staffing; nothing of what is not said."""
    adherence, schedule, staffing = config.adherence, config.schedule, config.staffing
    if adherence.model_fields_set:
        own = f", own rows for {', '.join(adherence.rows)}" if adherence.rows else ""
        yield "adherence", f"preset {adherence.preset}{own}"
    if schedule.path is not None:
        yield "schedule", f"{schedule.path}, looked at every {_span(schedule.poll_ms)}"
    if staffing.model_fields_set:
        forecast = f"forecast {staffing.forecast}" if staffing.forecast is not None else "no forecast"
        most = f", occupancy up to {_percent(staffing.occupancy_max)}" if staffing.occupancy_max is not None else ""
        yield "staffing", f"shrinkage {_percent(staffing.shrinkage)}{most}, {forecast}"
    # Accepted, since the file may come later; shown, since it is also what a typo looks like.
    for key, path in (("schedule.path", schedule.path), ("staffing.forecast", staffing.forecast)):
        if path is not None and not os.access(path, os.F_OK):
            yield "note", f"{key}: {path} does not exist yet"
        elif path is not None and not os.access(path, os.R_OK):
            yield "note", f"{key}: {path} cannot be read here, by this user"


def _rules(config: Config) -> Iterator[tuple[str, str]]:
    """What is different from the built-in rules; nothing where nothing is."""
    in_force = {rule.name for rule in config.settings().rules}
    built_in = {rule.name for rule in DEFAULT_RULES}
    for word, names in (
        ("changed", [name for name in config.rules if name in built_in & in_force]),
        ("off", [name for name in config.rules if name not in in_force]),
        ("own", [name for name in config.rules if name in in_force - built_in]),
    ):
        if names:
            yield "rules", f"{word}: {', '.join(names)}"


def _percent(ratio: float) -> str:
    return f"{ratio:.1%}".replace(".0%", "%")


def _policy(policy: QueuePolicy) -> str:
    level = f"{_percent(policy.target)} in {_span(policy.threshold_ms)} per {policy.per}"
    short = f"short abandon {_span(policy.short_abandon_ms)}"
    more = [", exits count"] if policy.exits_count else []
    more += [f", {policy.concurrency} at once"] if policy.concurrency > 1 else []
    more += [f", {_hours(policy.hours)}"] if policy.hours is not None else []
    return f"{policy.channel}, {level}, {short}, {policy.formula}{''.join(more)}"


def _hours(hours: Hours) -> str:
    """`T counts mon-fri 09:00-18:00, sat 10:00-14:00, but for 2 holidays`."""
    said = "; ".join(f"{first if first == last else f'{first}-{last}'} {text}" for first, last, text in hours.runs())
    closed = len(hours.holidays)
    return f"T counts {said}" + (f", but for {closed} holiday{'s' * (closed > 1)}" if closed else "")


def _span(ms: int) -> str:
    if ms > _DAY_MS and ms % _DAY_MS == 0:
        return f"{ms // _DAY_MS} days"
    for unit, size in (("h", 3_600_000), ("min", 60_000)):
        if ms and ms % size == 0:
            return f"{ms // size} {unit}"
    return f"{ms / 1000:g} s"
