"""The configuration of who is told when nobody takes an alert in hand: `people:` and `escalations:`.

Rotas, the third part of it: `config.rotas`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from floorwatch.config import hours as business_hours
from floorwatch.config import output_types as types
from floorwatch.config.addresses import NO_MAIL_ADDRESS
from floorwatch.config.outputs import Output
from floorwatch.config.rotas import Found, RotasTyped, contradictions_of_rota, nobody_called
from floorwatch.config.rules import Channel
from floorwatch.config.values import DurationMs, Name, Names, Section, Timezone
from floorwatch.floor import oncall
from floorwatch.floor.rules import Selector, Severity
from floorwatch.nearest import did_you_mean
from floorwatch.notify.letter import is_mail_address

EVERY_MS_MIN = 1_000
_STEP = oncall.Step(())
_ESCALATION = oncall.Escalation("", ())


def _whom(typed: str) -> str:
    kind, _, name = typed.partition(" ")
    if kind not in ("person", "rota") or not name.strip():
        raise ValueError("must be 'rota NAME' or 'person NAME'")
    return f"{kind} {name.strip()}"


WhomTyped = Annotated[Name, AfterValidator(_whom), WithJsonSchema({"type": "string", "pattern": "^(rota|person) ."})]


class ChannelTyped(Section):
    """One way to reach a person."""

    output: Name
    to: str = ""
    severity: Severity = "warning"


class PersonTyped(Section):
    """Somebody who can be on call."""

    channels: tuple[ChannelTyped, ...] = ()
    quiet_hours: business_hours.BusinessHours | None = None
    timezone: Timezone | None = None
    language: Literal["", "en", "zh"] = ""

    def person(self, name: str, timezone: str) -> oncall.Person:
        """What the core needs to know; `timezone` where they have none of their own."""
        return oncall.Person(
            name,
            tuple(oncall.PersonChannel(channel.output, channel.severity) for channel in self.channels),
            None if self.quiet_hours is None else business_hours.hours_of(self.quiet_hours, ()),
            self.timezone or timezone,
            self.language,
        )


class StepTyped(Section):
    """One step of an escalation."""

    tell: Annotated[tuple[WhomTyped, ...], Field(min_length=1)]
    times: int = Field(_STEP.times, ge=1, le=100)
    every_ms: DurationMs = Field(_STEP.every_ms, alias="every")

    def whom(self) -> tuple[oncall.Whom, ...]:
        """Whom it tells."""
        named = (typed.partition(" ") for typed in self.tell)
        return tuple(oncall.Whom("rota" if kind == "rota" else "person", name) for kind, _, name in named)


class EscalationTyped(Section):
    """Who is told of an alert that nobody has in hand."""

    severity: Severity = _ESCALATION.severity_min
    rules: Names = ()
    queues: Names = ()
    channels: tuple[Channel, ...] = ()
    labels: dict[Name, Name] = Field({})
    steps: tuple[StepTyped, ...] = ()
    rounds: int = Field(_ESCALATION.rounds, ge=0, le=1000)
    unresolved_ms: DurationMs = Field(_ESCALATION.unresolved_ms, alias="unresolved")

    def escalation(self, name: str) -> oncall.Escalation:
        """What the core needs to know."""
        return oncall.Escalation(
            name,
            tuple(oncall.Step(step.whom(), step.times, step.every_ms) for step in self.steps),
            self.severity,
            self.rules,
            Selector(self.queues, self.channels, tuple(sorted(self.labels.items()))),
            self.rounds,
            self.unresolved_ms,
        )


PeopleTyped = dict[Name, PersonTyped]
EscalationsTyped = dict[Name, EscalationTyped]


@dataclass(frozen=True, slots=True)
class OnCallTyped:
    """The three sections together."""

    people: Mapping[str, PersonTyped]
    rotas: RotasTyped
    escalations: Mapping[str, EscalationTyped]

    def plan(self, timezone: str) -> oncall.OnCall:
        """What the core needs to know; `timezone`: the site's."""
        return oncall.OnCall(
            tuple(person.person(name, timezone) for name, person in self.people.items()),
            tuple(escalation.escalation(name) for name, escalation in self.escalations.items()),
            tuple(self.rotas),
        )

    def address(self, person: str, channel: int) -> str:
        """Where the so-many-th channel of a person leads, from 0; empty where its output leads to one place."""
        return self.people[person].channels[channel].to

    def contradictions(self, outputs: Mapping[str, Output]) -> Found:
        """(the key, what is wrong and what mends it)."""
        for name, person in self.people.items():
            yield from ((("people", name, *key), text) for key, text in _wrong_person(person, outputs))
        for name, rota in self.rotas.items():
            found = contradictions_of_rota(rota, self.people)
            yield from ((("rotas", name, *key), text) for key, text in found)
        for name, escalation in self.escalations.items():
            if not escalation.steps:
                yield ("escalations", name), "needs 'steps': whom it tells, such as steps: [{tell: [rota NAME]}]"
            for at, step in enumerate(escalation.steps):
                for key, text in _wrong_step(step, self.people, self.rotas):
                    yield ("escalations", name, "steps", at, *key), text


def _wrong_person(person: PersonTyped, outputs: Mapping[str, Output]) -> Found:
    if person.quiet_hours is not None:
        for key, text in business_hours.contradictions(person.quiet_hours, business_hours.NO_HOURS):
            yield ("quiet_hours", *key), text
    for at, channel in enumerate(person.channels):
        place = ("channels", at)
        if (output := outputs.get(channel.output)) is None:
            hint = did_you_mean(channel.output, outputs, "name it under 'outputs:'")
            yield (*place, "output"), f"there is no output '{channel.output}'; {hint}"
        elif output.type in types.STATES:
            yield (*place, "output"), f"of type {output.type} shows what is, and carries no message to a person"
        elif output.type == "mqtt":
            yield (*place, "output"), "of type mqtt tells whoever listens, and a message to a person names people"
        elif not channel.to and _needs_address(output):
            yield (*place, "to"), f"is required: where {channel.output}, an output of type {output.type}, reaches them"
        elif channel.to and output.type == "apprise" and output.url and not _has_place(output):
            yield (*place, "to"), f"leads nowhere: write {{to}} into the 'url' of {channel.output}, or leave this out"
        elif output.type == "mail" and not is_mail_address(channel.to):
            yield (*place, "to"), NO_MAIL_ADDRESS


def _needs_address(output: Output) -> bool:
    """Whether it leads nowhere without the address of a person."""
    return output.type == "mail" or (output.type == "apprise" and _has_place(output))


def _has_place(output: Output) -> bool:
    """Whether the address of a person has a place in that of the output, as far as it is known here."""
    return "{to}" in (output.url or "")


def _wrong_step(step: StepTyped, people: Collection[str], rotas: Collection[str]) -> Found:
    for at, whom in enumerate(step.whom()):
        if whom.kind == "person" and whom.name not in people:
            yield ("tell", at), nobody_called(whom.name, people)
        elif whom.kind == "rota" and whom.name not in rotas:
            hint = did_you_mean(whom.name, rotas, "name it under 'rotas:'")
            yield ("tell", at), f"there is no rota '{whom.name}'; {hint}"
    if step.every_ms < EVERY_MS_MIN:
        yield ("every",), f"must be at least {EVERY_MS_MIN // 1000}s"
