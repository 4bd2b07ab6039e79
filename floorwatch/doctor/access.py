"""Who may ask the daemon for what, and from where."""

from __future__ import annotations

from collections.abc import Iterable

from floorwatch.config import Config
from floorwatch.doctor.finding import Checkup, Findings, failed, ok, warned
from floorwatch.serve.auth import Grant, OpenBindingError, Role, is_loopback, refuse_open_binding, suffices

_MAKE = "floorwatch token --role {role}, and put it under http.tokens"


def check_access(checkup: Checkup) -> Findings:
    """Where it listens, whether somebody is asked for a token there, and whether each kind of bearer has one."""
    http = checkup.config.http
    roles = [token.role for token in http.tokens.values()]
    try:
        refuse_open_binding(http.host, [Grant(name, one.role, one.hash) for name, one in http.tokens.items()])
    except OpenBindingError as wrong:
        yield failed("http.host", str(wrong), "the daemon does not start like this")
        return
    if is_loopback(http.host):
        yield ok("http.host", f"{http.host}: this machine only")
    else:
        text = f"{http.host}: other machines may ask; tokens and links travel as they are"
        yield warned("http.host", text, "put a proxy that speaks TLS before it, and set http.host to 127.0.0.1")
    if not roles:
        yield ok("http.tokens", "none: whoever is on this machine may do everything")
        return
    yield ok("http.tokens", f"{len(roles)}: {', '.join(sorted(set(roles)))}")
    yield from _lacking(checkup.config, roles)


def _lacking(config: Config, roles: Iterable[Role]) -> Findings:
    if not any(suffices(role, "lead") for role in roles):
        yield warned("http.tokens", "nobody may acknowledge an alert", _MAKE.format(role="lead"))
    speaking = {source for token in config.http.tokens.values() for source in token.sources}
    for name, source in config.sources.items():
        if source.type == "http" and name not in speaking:
            fix = f"floorwatch token --role ingest --source {name}, and put it under http.tokens"
            yield warned(f"sources.{name}", "nobody may post its events", fix)
