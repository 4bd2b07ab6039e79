"""What outputs really publish is what the AsyncAPI document says, field by field."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from floorwatch.alert_view import AlertView
from floorwatch.contract.outputs import ALERT, FOR_LEADS, MESSAGE, QUEUE_STATE, STATE, TOPICS
from floorwatch.notify.mqtt_topics import MqttTopics
from floorwatch.notify.output import Message, Said
from floorwatch.notify.payload import AUDIENCES, message_json, queue_json, state_json, unknown_json
from tests.notify.shown import NOW, alert, standing

MANY = (
    alert(),
    alert(2, state="acknowledged", acknowledged_at=NOW, acknowledged_by="Ada", note="on it", severity="emergency"),
    alert(3, scope="source", labels={"source": "pbx"}, value=None, n=4, until=NOW, raised_at=NOW),
)


def closed(schema: Any) -> Any:
    """The same schema, taking nothing that it does not name."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(part) for key, part in schema.items()}
    return found | {"additionalProperties": False} if "properties" in found else found


def published() -> list[tuple[Any, Any]]:
    said = tuple(Said(f"{one.id}:firing:critical", one, was="warning", reminder=2) for one in MANY)
    found: list[tuple[Any, Any]] = [(STATE, unknown_json("berlin", NOW))]
    for audience in AUDIENCES:
        for shown in (standing(), standing(*MANY, is_quiet=True)):
            found.append((STATE, state_json(shown, "berlin", audience)))
            found.append((QUEUE_STATE, queue_json("sales", shown, "berlin", audience)))
        found.append((MESSAGE, message_json(Message("k", "bus", NOW, said, group="queue=sales"), "berlin", audience)))
    return found


@pytest.mark.parametrize("number", range(len(published())))
def test_every_payload_has_the_published_form_and_nothing_else(number: int) -> None:
    """Public and for leads, of nothing and of everything; a field that is missing is seen."""
    schema, document = published()[number]
    judge = Draft202012Validator(closed(schema))
    assert [error.message for error in judge.iter_errors(document)] == []
    for field in document:
        less = copy.deepcopy(document)
        del less[field]
        assert not judge.is_valid(less), field


def test_the_form_of_an_alert_is_that_of_an_alert() -> None:
    """What is published of one is a part of what is known of it."""
    assert ALERT.keys() | FOR_LEADS.keys() <= {*AlertView.__struct_fields__, "subject"}


def test_a_queue_of_any_name_has_one_topic() -> None:
    """Names hold what topics must not: they are encoded, and stay apart."""
    topics = MqttTopics("floor")
    names = ["sales", "north/sales", "north+sales", "#", "销售", "a b", "%2F"]
    found = [topics.queue(name) for name in names]
    assert len(set(found)) == len(names)
    assert all(topic.count("/") == 2 and not {"+", "#"} & set(topic) for topic in found)
    assert TOPICS.queue("sales") == "{prefix}/queue/sales"
