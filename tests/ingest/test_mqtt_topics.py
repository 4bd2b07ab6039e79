"""The names of topics."""

from __future__ import annotations

import pytest

from floorwatch.ingest.mqtt.topics import kind_of, level, matches, own_status, source_of, subscriptions


@pytest.mark.parametrize(
    ("topic_filter", "topic", "expected"),
    [
        ("floor/v1/+/+/events", "floor/v1/main/pbx/events", True),
        ("floor/v1/+/+/events", "floor/v1/main/pbx/status", False),
        ("floor/v1/+/+/events", "floor/v1/main/pbx/events/more", False),
        ("floor/v1/main/pbx/events", "floor/v1/main/pbx/events", True),
        ("floor/v1/main/pbx/events", "floor/v1/main/pbx", False),
        ("floor/#", "floor/v1/main/pbx/events", True),
        ("floor/#", "floor", True),
        ("floor/#", "flooring/v1", False),
        ("#", "anything/at/all", True),
        ("#", "$SYS/broker/uptime", False),
        ("+/broker", "$SYS/broker", False),
        ("$SYS/#", "$SYS/broker/uptime", True),
        ("a/+/c", "a//c", True),
    ],
)
def test_filters_ask_for_what_the_protocol_says(topic_filter: str, topic: str, expected: bool) -> None:
    """`+` stands for one level, `#` for all that follow and their parent; neither for the broker's own topics."""
    assert matches(topic_filter, topic) is expected


def test_the_status_beside_the_events_is_subscribed_too() -> None:
    """Who asks for events hears whether their publisher is there; everything is asked for once."""
    asked = ("floor/v1/+/+/events", "floor/v1/+/+/status", "shop/+/events", "everything/#")
    assert subscriptions(asked) == (
        "floor/v1/+/+/events",
        "floor/v1/+/+/status",
        "shop/+/events",
        "shop/+/status",
        "everything/#",
    )


def test_a_topic_is_of_events_of_a_status_or_of_somebody_else() -> None:
    """Only what is asked for counts; whatever is no status is taken for events."""
    asked = subscriptions(("floor/v1/+/+/events", "floor/v2/#"))
    assert kind_of("floor/v1/main/pbx/events", asked) == "events"
    assert kind_of("floor/v1/main/pbx/status", asked) == "status"
    assert kind_of("floor/v2/anything", asked) == "events"
    assert kind_of("floor/v1/main/pbx/other", asked) == "other"


@pytest.mark.parametrize("source", ["pbx", "a/b", "1+1", "#5", "$x", "100%", "客服 东", "é"])
def test_every_name_fits_into_one_level_and_comes_out_again(source: str) -> None:
    """Names with characters that mean something in a topic are percent-encoded."""
    encoded = level(source)
    assert not set(encoded) & set("/+#$ ")
    assert encoded.isascii()
    assert source_of(f"floor/v1/main/{encoded}/status") == source
    assert source_of(f"floor/v1/main/{encoded}/events") == source
    assert own_status(source) == f"floorwatch/v1/{encoded}/status"


@pytest.mark.parametrize("topic", ["floor/v1/main/pbx", "events", "/events", "//status", "floor/pbx/events/more"])
def test_a_topic_of_another_shape_names_no_source(topic: str) -> None:
    """What is published there can only be the feed's own."""
    assert source_of(topic) == ""
