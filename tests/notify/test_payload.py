"""What leaves the house: who may read what, and how it is signed."""

from __future__ import annotations

import json

import pytest

from floorwatch.alert_view import AlertView
from floorwatch.notify.output import Message, Said
from floorwatch.notify.payload import NAMED_MAX, encoded, message_json, outline, queue_json, state_json
from floorwatch.notify.webhook import signature, signing_key
from tests.notify.shown import NOW, alert, standing

PRIVATE = alert(
    acknowledged_by="Ada Lovelace",
    note="Ada Lovelace is on it",
    snoozed_by="Ada Lovelace",
    labels={"queue": "sales", "owner": "Ada Lovelace"},
    lead_advice={"en": "Call Ada Lovelace."},
)
MESSAGE = Message("k", "group", NOW, (Said("s", PRIVATE),))
KNOWN_KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_the_public_form_names_nobody() -> None:
    """Neither in a message nor in a state, whatever an alert knows; the lead's form does."""
    for audience, named in (("public", False), ("lead", True)):
        for document in (
            message_json(MESSAGE, "berlin", audience),
            state_json(standing(PRIVATE), "berlin", audience),
            queue_json("sales", standing(PRIVATE), "berlin", audience),
        ):
            assert (b"Ada" in encoded(document)) is named, (audience, document)


def test_what_is_added_to_an_alert_stays_private_until_it_is_named() -> None:
    """The public form holds these fields of an alert and no others."""
    shown = state_json(standing(alert()), "berlin", "public")["alerts"][0].keys()
    assert shown & set(AlertView.__struct_fields__) == shown - {"subject"}
    assert shown == set(
        "id rule scope subject state severity fired_at raised_at acknowledged_at resolved_at until value threshold n"
        " message advice".split()
    )


def test_a_state_counts_what_it_does_not_name() -> None:
    """It is bounded, and says how many more there are; the counts are of all."""
    many = [alert(n, severity="warning") for n in range(NAMED_MAX + 7)]
    found = state_json(standing(*many), "berlin", "public")
    assert (len(found["alerts"]), found["more"], found["counts"]["warning"]) == (NAMED_MAX, 7, NAMED_MAX + 7)
    assert queue_json("support", standing(*many), "berlin", "public")["severity"] == "none"


def test_moving_figures_are_no_reason_to_publish() -> None:
    """But a change of state or severity is, and so is another alert."""
    before = outline(standing(alert()))
    assert outline(standing(alert(value=99_000.0))) == before
    for other in (alert(state="acknowledged"), alert(severity="emergency"), alert(2)):
        assert outline(standing(other)) != before


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The example of the specification's own libraries: known secret, id, second and body, known signature."""
    body = b'{"test": 2432232314}'
    found = signature(signing_key(KNOWN_KEY), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body)
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("secret", "key"), [("whsec_YWJj", b"abc"), ("whsec_%%", b"whsec_%%"), ("geheim é", "geheim é".encode())]
)
def test_any_secret_is_a_key(secret: str, key: bytes) -> None:
    """Base64 behind `whsec_`, where it is base64; else the text itself."""
    assert signing_key(secret) == key


def test_a_message_is_json_of_our_version() -> None:
    """What receivers look at first: the version, and whether it is a test."""
    found = json.loads(encoded(message_json(MESSAGE._replace(is_test=True), "berlin", "public")))
    assert (found["version"], found["test"], found["key"], found["site"]) == (1, True, "k", "berlin")
