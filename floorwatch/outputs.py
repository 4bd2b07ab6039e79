"""The outputs as configured, ready to be reached: the one place that knows every kind."""

from __future__ import annotations

import base64
import errno
import ssl
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypedDict
from urllib.parse import urlsplit

from floorwatch.clock import Clock
from floorwatch.config import Config
from floorwatch.config.output_sense import ONE_ROBOT
from floorwatch.config.output_types import ROBOTS, OutputType
from floorwatch.config.outputs import Output
from floorwatch.floor.outputs import Audience
from floorwatch.notify.alertmanager import Alertmanager
from floorwatch.notify.mqtt import Mqtt
from floorwatch.notify.mqtt_link import Broker
from floorwatch.notify.office import Place
from floorwatch.notify.output import Output as Door
from floorwatch.notify.tower import ReadBack, Tower
from floorwatch.notify.web import BODY_S, Web
from floorwatch.notify.webhook import Webhook
from floorwatch.notify.words import Languages, Site

if TYPE_CHECKING:
    from floorwatch.notify.chat import DingTalk, Feishu, WeCom


class _Given(NamedTuple):
    """What an output is built from."""

    name: str
    output: Output
    site: Site
    clock: Clock


def build_outputs(config: Config, clock: Clock) -> list[Place]:
    """Every place of every output. Raises `OSError` when a secret or certificates cannot be read, and where two outputs
    have one robot: what stands in files is known only here.
    """
    robots: dict[str, str] = {}
    for name, output in config.outputs.items():
        if output.type in ROBOTS and (other := robots.setdefault(output.address(), name)) != name:
            raise OSError(errno.EINVAL, f"is used by output {other} too: {ONE_ROBOT}", f"outputs.{name}")
    return [place for name in config.outputs for place in build_output(config, name, clock)]


def build_output(config: Config, name: str, clock: Clock) -> list[Place]:
    """The places of one output. Raises `OSError`."""
    output = config.outputs[name]
    site = Site(config.site.name, config.site.timezone)
    places = _KINDS[output.type](_Given(name, output, site, clock))
    return [place._replace(limits=place.limits or output.limits()) for place in places]


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
    mqtt = Mqtt(broker, output.prefix, _resend_s(output), site=given.site.name, audience=output.audience)
    return [_place(given, f"mqtt://{host}:{port}", mqtt)._replace(shows=mqtt, tells=mqtt, on_lost=mqtt.when_lost)]


def _webhook(given: _Given) -> list[Place]:
    output, url = given.output, given.output.url or ""
    webhook = Webhook(url, output.password(), _web(given), given.clock, site=given.site.name, audience=output.audience)
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
            url, web, _resend_s(output), site=given.site.name, audience=output.audience, link=output.link or ""
        )
        places.append(_place(given, url.partition("?")[0].rstrip("/"), peer)._replace(shows=peer))
    return places


def _mail(given: _Given) -> list[Place]:
    from floorwatch.notify.mail import Mail
    from floorwatch.notify.mail_server import MailServer

    output = given.output
    host, port = output.connects_to()
    server = MailServer(
        host=host,
        port=port,
        user=output.user or "",
        secret=output.password(),
        tls=_trusted(output),
        security="tls" if output.tls else "none" if output.starttls is False else "starttls",
        timeout_s=output.timeout_ms / 1000,
    )
    mail = Mail(server, output.sender or "", output.to, given.clock, **_spoken(given))
    scheme = "smtps" if output.tls else "smtp"
    return [_place(given, f"{scheme}://{host}:{port}", mail)._replace(tells=mail)]


def _pagerduty(given: _Given) -> list[Place]:
    from floorwatch.notify.pagerduty import PagerDuty

    output, url = given.output, given.output.address()
    pager = PagerDuty(url, output.password(), _web(given), link=output.link or "", **_spoken(given))
    return [_place(given, _origin(url), pager)._replace(tells=pager, requests=pager.requests)]


def _dingtalk(given: _Given) -> list[Place]:
    from floorwatch.notify.chat import DingTalk

    return _robot(given, DingTalk)


def _wecom(given: _Given) -> list[Place]:
    from floorwatch.notify.chat import WeCom

    return _robot(given, WeCom)


def _feishu(given: _Given) -> list[Place]:
    from floorwatch.notify.chat import Feishu

    return _robot(given, Feishu)


def _robot(given: _Given, kind: type[DingTalk | WeCom | Feishu]) -> list[Place]:
    output, url = given.output, given.output.address()
    everybody = output.calls_everybody
    web = _web(given, body_s=output.timeout_ms / 1000)  # which says whether it was taken
    robot = kind(url, output.password(), web, given.clock, **_spoken(given), calls_everybody=everybody)
    return [_place(given, _origin(url), robot)._replace(tells=robot)]


def _apprise(given: _Given) -> list[Place]:
    from floorwatch.notify.apprise_output import Apprise

    url = given.output.address()
    service = Apprise(url, given.name, **_spoken(given))
    scheme = url.partition(":")[0].lower()  # what comes behind it may be a token, the host included
    place = _place(given, f"{scheme}://", service)._replace(tells=service)
    limits = given.output.limits()
    return [place._replace(limits=None if limits is None else limits.of_each(service.targets))]


class _Spoken(TypedDict):
    """What every output that speaks in words is built with."""

    site: Site
    audience: Audience
    language: Languages


def _spoken(given: _Given) -> _Spoken:
    return {"site": given.site, "audience": given.output.audience, "language": given.output.language}


def _place(given: _Given, address: str, door: Door) -> Place:
    return Place(given.name, given.output.type, address, given.output.timeout_ms / 1000, door)


def _origin(url: str) -> str:
    """Where it leads, without what may be secret: path and query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _web(given: _Given, headers: Mapping[str, str] | None = None, body_s: float = BODY_S) -> Web:
    tls = _trusted(given.output) if given.output.tls_ca is not None else None
    return Web(given.name, given.clock, tls, headers, is_kept_open=given.output.limits() is None, body_s=body_s)


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
    "mail": _mail,
    "pagerduty": _pagerduty,
    "dingtalk": _dingtalk,
    "wecom": _wecom,
    "feishu": _feishu,
    "apprise": _apprise,
}
