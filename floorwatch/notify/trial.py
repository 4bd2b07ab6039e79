"""What an output is sent when somebody tries it out: a message that says in both forms that it is a test."""

from __future__ import annotations

from msgspec import structs

from floorwatch.alert_view import AlertView
from floorwatch.floor.oncall import Person
from floorwatch.metrics.phrases import message
from floorwatch.notify.output import Message, Said

RULE = "floorwatch_test"


def trial_of_person(person: Person, channel: int, to: str, now: int) -> Message:
    """For the so-many-th channel of somebody on call, from 0: in their language, to their address there."""
    output = person.channels[channel].output
    trial = trial_message(output, now)
    (said,) = trial.said
    alert = structs.replace(said.alert, lead_advice=message("output.test_person"))
    return trial._replace(
        key=f"test-{output}-{person.name}-{channel}-{now}",
        said=(said._replace(alert=alert),),
        to=to,
        person=person.name,
        language=person.language,
    )


def trial_message(output: str, now: int) -> Message:
    """For this output, made at this instant (ms)."""
    alert = AlertView(
        id=f"{RULE}/{output}/{now}",
        rule=RULE,
        scope="output",
        labels={"output": output},
        severity="warning",
        state="firing",
        pending_at=now,
        fired_at=now,
        resolved_at=None,
        value=None,
        threshold=0.0,
        message=message("output.test", output=output),
        advice=message("output.test_public"),
        lead_advice=message("output.test_lead"),
    )
    said = Said(f"{alert.id}:firing:warning", alert)
    return Message(f"test-{output}-{now}", output, now, (said,), is_test=True)
