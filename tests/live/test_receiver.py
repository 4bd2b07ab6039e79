"""Receivers that stand for bad ones do as their names say: else the tests that use them prove nothing."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.live.alertmanager import Alertmanager
from tests.live.prometheus import Prometheus
from tests.live.receiver import (
    DRIBBLING,
    FAILING,
    GOOD,
    HANGING,
    LYING,
    RESETTING,
    Behaviour,
    Receiver,
    busy,
    receiver,
)


def post(to: Receiver, timeout_s: float = 0.4) -> bytes:
    asked = urllib.request.Request(to.address + "/x", b'{"a": 1}', {"X-Key": "k"}, method="POST")
    with urllib.request.urlopen(asked, timeout=timeout_s) as answer:
        return bytes(answer.read())


def test_what_came_is_recorded_with_its_instant() -> None:
    """Path, headers and body as sent, stamped between the sending and the answer."""
    with receiver() as web:
        before = time.monotonic()
        assert post(web) == b"{}"
        after = time.monotonic()
    (got,) = web.taken
    assert (got.method, got.path, got.headers["X-Key"], got.json()) == ("POST", "/x", "k", {"a": 1})
    assert before < got.at_s < after


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (HANGING, TimeoutError),
        (RESETTING, ConnectionResetError),
        (DRIBBLING, TimeoutError),
        (Behaviour(after_s=5), TimeoutError),
    ],
)
def test_a_bad_receiver_does_not_answer_in_time(behaviour: Behaviour, error: type[OSError]) -> None:
    """Hung, reset, dribbled and late: the client's own error, whether it was taken or not."""
    with receiver(behaviour) as web:
        with pytest.raises((error, urllib.error.URLError)) as raised:
            post(web)
        met = getattr(raised.value, "reason", raised.value)
        assert isinstance(met, error)
        assert (len(web.got), len(web.taken)) == (1, int(behaviour.takes))


def test_refusals_carry_their_code_and_a_liar_says_that_all_is_well() -> None:
    """503, 429 with its Retry-After, and 200 with a body that is no JSON; the choice may differ by request."""
    with receiver(choose=lambda number: [FAILING, busy("7"), LYING, GOOD][number - 1]) as web:
        with pytest.raises(urllib.error.HTTPError) as refused:
            post(web)
        assert refused.value.code == 503
        refused.value.close()
        with pytest.raises(urllib.error.HTTPError) as refused:
            post(web)
        assert (refused.value.code, refused.value.headers["Retry-After"]) == (429, "7")
        refused.value.close()
        assert b"html" in post(web)
        assert post(web) == b"{}"
        assert (len(web.got), len(web.taken)) == (4, 2)


def test_a_connection_is_kept_for_the_next_request() -> None:
    """As the clients of production do it."""
    with receiver() as web:
        client = http.client.HTTPConnection("127.0.0.1", web.server_port, timeout=2)
        for _ in range(2):
            client.request("POST", "/", b"{}")
            assert client.getresponse().read() == b"{}"
        client.close()
        assert len(web.taken) == 2


def test_prometheus_tells_alertmanager_and_that_the_web(tool: Callable[[str], str], tmp_path: Path) -> None:
    """The stand-in of the benchmark: a gauge that is over its limit reaches a webhook through both, within seconds."""
    programs = tool("prometheus"), tool("prometheus-alertmanager")
    gauge = b"# TYPE breach gauge\nbreach 1\n"
    exporter = Behaviour(headers={"Content-Type": "text/plain; version=0.0.4"}, body=gauge)
    with receiver() as web, receiver(exporter) as scraped:
        alertmanager = Alertmanager(programs[1], tmp_path / "am", web.address)
        prometheus = Prometheus(
            programs[0],
            tmp_path / "prometheus",
            exporter_port=scraped.server_port,
            alertmanager_port=alertmanager.port,
            rules={"Breach": "breach > 0"},
        )
        try:
            alertmanager.start()
            prometheus.start()
            web.wait_for(lambda got: got, 20)
            (alert,) = alertmanager.alerts()
        finally:
            prometheus.stop()
            alertmanager.stop()
    assert web.got[0].json()["alerts"][0]["labels"]["alertname"] == "Breach"
    assert alert["labels"]["alertname"] == "Breach"


def test_two_alertmanagers_find_each_other(tool: Callable[[str], str], tmp_path: Path) -> None:
    """Peers of one cluster, on ports of their own."""
    program = tool("prometheus-alertmanager")
    first = Alertmanager(program, tmp_path / "first", is_clustered=True)
    second = Alertmanager(program, tmp_path / "second", is_clustered=True, peers=(first.cluster_port,))
    try:
        first.start()
        second.start()
        until = time.monotonic() + 10
        while (first.peers(), second.peers()) != (2, 2):
            assert time.monotonic() < until
            time.sleep(0.05)
    finally:
        second.stop()
        first.stop()
