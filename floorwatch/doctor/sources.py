"""The feeds: whether each is there, and speaks what it should. Nobody logs in."""

from __future__ import annotations

import os
from pathlib import Path

from floorwatch.config.sources import Source, SourceType
from floorwatch.doctor.finding import Checkup, Findings, failed, ok, warned
from floorwatch.doctor.reach import Talk, Target, greeted, reached
from floorwatch.ingest.freeswitch.client import DEFAULT_PASSWORD
from floorwatch.serve.auth import is_loopback

_GREETINGS: dict[SourceType, Talk] = {
    "asterisk": greeted(b"Asterisk Call Manager", what="manager of an Asterisk"),
    "freeswitch": greeted(b"Content-Type: auth/request", what="event socket of a FreeSWITCH"),
}


def check_sources(checkup: Checkup) -> Findings:
    """That there is one, its files, its secrets, and who answers."""
    sources = checkup.config.sources
    if not sources:
        yield failed("sources", "there is none: nothing would be heard", "name one under 'sources:'")
    targets = []
    for name, source in sources.items():
        subject = f"sources.{name}"
        for path in (source.path, source.queue_log):
            if path is not None:
                yield from _followed(subject, path)
        if source.is_connection:
            yield from _secret(subject, source)
            host, port = source.connects_to()
            talk = _GREETINGS.get(source.type)
            targets.append(Target(subject, host, port, source.tls, source.tls_ca, talk))
        elif source.path is None:
            yield ok(subject, f"of type {source.type}: others come to us")
    if checkup.is_online:
        yield from reached(targets, checkup.now_ms)


def _followed(subject: str, path: Path) -> Findings:
    if not path.exists():
        yield warned(
            subject, f"{path} is not there yet", "it is waited for; if it is called otherwise, correct the path"
        )
    elif not os.access(path, os.R_OK):
        yield failed(
            subject, f"{path} cannot be read by this user", "a group that may: SupplementaryGroups= in the unit"
        )
    else:
        yield ok(subject, f"{path} can be read")


def _secret(subject: str, source: Source) -> Findings:
    try:
        secret = source.password()
    except OSError:
        return  # said where secrets are looked at
    if source.type == "freeswitch" and secret in ("", DEFAULT_PASSWORD):
        yield failed(subject, "has the password that everybody knows", "another in event_socket.conf.xml, and here")
    elif not secret and source.type != "mqtt":
        yield failed(subject, "has no secret: its login will be refused", "secret_file: of whom the switch knows")
    if secret and not source.tls and not is_loopback(source.host or ""):
        yield warned(
            subject, "its secret crosses the network as it is", "tls: true, or a tunnel; or a network of its own"
        )
