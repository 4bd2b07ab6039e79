"""The outputs, the heartbeat and the links: whether each can be reached. No message is sent: that is `test-alert`'s."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from floorwatch.config.outputs import Output
from floorwatch.doctor.finding import Checkup, Findings, failed, ok, warned
from floorwatch.doctor.reach import Target, greeted, of_url, reached
from floorwatch.serve.auth import is_loopback
from floorwatch.store.journal import daemon_runs

_SMTP = greeted(b"220", what="mail server")


def check_outputs(checkup: Checkup) -> Findings:
    """Every place of every output."""
    outputs = checkup.config.outputs
    if not outputs:
        yield warned("outputs", "there is none: alerts are seen on the wallboard only", "name one under 'outputs:'")
    targets: list[Target] = []
    for name, output in outputs.items():
        subject = f"outputs.{name}"
        try:
            targets += _places(subject, output)
        except OSError as wrong:
            yield failed(subject, f"{wrong.filename}: {wrong.strerror}", "write it into the file, or correct the path")
        if output.type == "apprise":
            yield ok(subject, f"goes through apprise: `floorwatch test-alert {name}` tries it")
    if checkup.is_online:
        yield from reached(targets, checkup.now_ms)


def check_heartbeat(checkup: Checkup) -> Findings:
    """That somebody notices when we stand, and can be reached."""
    heartbeat = checkup.config.heartbeat
    if not heartbeat.is_wanted:
        fix = "heartbeat: {url_file: …} of a monitor outside; or the Watchdog of the bundled Prometheus rules"
        yield warned("heartbeat", "is called nowhere: nobody would notice that floorwatch stands", fix)
        return
    try:
        target = of_url("heartbeat", heartbeat.address(), heartbeat.tls_ca)
    except OSError as wrong:
        yield failed("heartbeat.url_file", f"{wrong.filename}: {wrong.strerror}", "write the address into it")
        return
    if is_loopback(target.host):
        yield warned("heartbeat", "goes to this machine, which may be what fails", "a monitor on another machine")
    if checkup.is_online:
        yield from reached([target], checkup.now_ms)


def check_links(checkup: Checkup) -> Findings:
    """That whoever is told can follow the link in it, and nobody reads it on the way."""
    address = checkup.config.links.address
    if address is None:
        if checkup.config.escalations:
            fix = "links: {address: https://…}, where the wallboard can be reached from outside"
            yield warned("links.address", "is not said: nobody can take an alert from a message", fix)
        return
    parts = urlsplit(address)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        yield warned("links.address", "is not https: who reads along can take alerts", "a proxy that speaks TLS")
    if checkup.is_online:
        away = "" if daemon_runs(checkup.config.store.path) else "floorwatch itself does not run"
        yield from reached([of_url("links.address", address)._replace(away=away)], checkup.now_ms)


def _places(subject: str, output: Output) -> Iterator[Target]:
    """Where it leads. Raises `OSError` when its address cannot be read."""
    if output.type in ("mqtt", "mail"):
        host, port = output.connects_to()
        is_mail = output.type == "mail"
        is_starttls = is_mail and not output.tls and output.starttls is not False
        yield Target(subject, host, port, output.tls, output.tls_ca, _SMTP if is_mail else None, is_starttls)
    elif output.urls:
        yield from (of_url(subject, url, output.tls_ca) for url in output.urls)
    elif output.type != "apprise":
        yield of_url(subject, output.address(), output.tls_ca)
