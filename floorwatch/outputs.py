"""The outputs as configured, ready to be reached: the one place that knows every kind."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from floorwatch.clock import Clock
from floorwatch.config import Config
from floorwatch.config.outputs import Output, OutputType
from floorwatch.notify.alertmanager import Alertmanager
from floorwatch.notify.mqtt import Mqtt
from floorwatch.notify.mqtt_link import Broker
from floorwatch.notify.office import Place
from floorwatch.notify.tower import ReadBack, Tower
from floorwatch.notify.web import Web
from floorwatch.notify.webhook import Webhook


class _Given(NamedTuple):
    """What an output is built from."""

    name: str
    output: Output
    site: str
    clock: Clock


def build_outputs(config: Config, clock: Clock) -> list[Place]:
    """Every place of every output. Raises `OSError` when a secret or certificates cannot be read."""
    return [place for name in config.outputs for place in build_output(config, name, clock)]


def build_output(config: Config, name: str, clock: Clock) -> list[Place]:
    """The places of one output. Raises `OSError`."""
    output = config.outputs[name]
    return _KINDS[output.type](_Given(name, output, config.site.name, clock))


def _mqtt(given: _Given) -> list[Place]:
    name, output = given.name, given.output
    host, port = output.connects_to()
    broker = Broker(
        host=host,
        port=port,
        client_id=output.client_id or f"floorwatch-output-{name}",
        user=output.user or "",
        secret=output.password(),
        tls=_trusted(output) if output.tls else None,
    )
    mqtt = Mqtt(broker, output.prefix, _resend_s(output), site=given.site, audience=output.audience)
    return [_place(given, f"mqtt://{host}:{port}", mqtt)._replace(shows=mqtt, tells=mqtt, on_lost=mqtt.when_lost)]


def _webhook(given: _Given) -> list[Place]:
    output, url = given.output, given.output.url or ""
    webhook = Webhook(url, output.password(), _web(given), given.clock, site=given.site, audience=output.audience)
    return [_place(given, _origin(url), webhook)._replace(tells=webhook)]


def _tower(given: _Given) -> list[Place]:
    output, url = given.output, given.output.url or ""
    read_back = None if output.read_back is None else ReadBack(output.read_back, output.read_back_paths)
    tower = Tower(url, output.signals(), _web(given), _resend_s(output), read_back)
    return [_place(given, _origin(url), tower)._replace(shows=tower)]


def _alertmanager(given: _Given) -> list[Place]:
    output, places = given.output, []
    for url in output.urls:
        web = _web(given, _authorized(output))
        peer = Alertmanager(
            url, web, _resend_s(output), site=given.site, audience=output.audience, link=output.link or ""
        )
        places.append(_place(given, url.partition("?")[0].rstrip("/"), peer)._replace(shows=peer))
    return places


def _place(given: _Given, address: str, door: Mqtt | Webhook | Tower | Alertmanager) -> Place:
    return Place(given.name, given.output.type, address, given.output.timeout_ms / 1000, door)


def _origin(url: str) -> str:
    """Where it leads, without what may be secret: path and query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _web(given: _Given, headers: Mapping[str, str] | None = None) -> Web:
    tls = _trusted(given.output) if given.output.tls_ca is not None else None
    return Web(given.name, given.clock, tls, headers)


def _trusted(output: Output) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=output.tls_ca)


def _resend_s(output: Output) -> float:
    return output.shown_again_ms() / 1000


def _authorized(output: Output) -> dict[str, str]:
    """With a user it is a password, without one a token."""
    secret = output.password()
    if not secret:
        return {}
    if output.user is None:
        return {"Authorization": f"Bearer {secret}"}
    return {"Authorization": "Basic " + base64.b64encode(f"{output.user}:{secret}".encode()).decode()}


_KINDS: dict[OutputType, Callable[[_Given], list[Place]]] = {
    "mqtt": _mqtt,
    "webhook": _webhook,
    "tower": _tower,
    "alertmanager": _alertmanager,
}
