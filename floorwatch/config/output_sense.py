"""What no key of an output shows by itself: keys of another type, what is missing, and what contradicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from floorwatch.config import hours as business_hours
from floorwatch.config import output_types as types
from floorwatch.config.addresses import wrong_address
from floorwatch.config.marked_yaml import KeyPath
from floorwatch.config.outputs import Output

Found = Iterator[tuple[KeyPath, str]]

ONE_ROBOT = "together they would be told more than it takes; make a second robot"


def contradictions_of_outputs(outputs: Mapping[str, Output]) -> Found:
    """What is wrong with outputs whose keys are each fine."""
    places: dict[tuple[object, ...], str] = {}
    for name, output in outputs.items():
        place: KeyPath = ("outputs", name)
        given = {Output.model_fields[key].alias or key for key in output.model_fields_set}
        for key in sorted(given - types.KEYS[output.type]):
            yield (*place, key), f"an output of type {output.type} has no '{key}'"
        missing = [needed for needed in _needed(output) if not any(getattr(output, key) for key in needed.keys)]
        yield from ((place, f"needs {needed.meaning}") for needed in missing)
        if missing:
            continue
        yield from (((*place, *at), text) for at, text in _wrong_keys(output, given))
        for own, text in _places(output):
            if (other := places.setdefault(own, name)) != name or [at for at, _ in _places(output)].count(own) > 1:
                whose = "twice" if other == name else f"by output {other} too: {text}"
                yield (*place, _where(output)), f"is used {whose}"
                break


def _needed(output: Output) -> tuple[types.Needed, ...]:
    """What it cannot do without: a service that people on call have each their own key for needs none itself."""
    return () if output.type == "pagerduty" and output.only_oncall else types.NEEDED[output.type]


def _wrong_keys(output: Output, given: set[str]) -> Found:
    for key in ("secret", "url"):
        if {key, f"{key}_file"} <= given:
            yield (key,), f"is given twice: keep '{key}' or '{key}_file'"
    if output.url is not None and (wrong := wrong_address(output.type, output.url)):
        yield ("url",), wrong
    if output.quiet_hours is not None:
        for at, text in business_hours.contradictions(output.quiet_hours, business_hours.NO_HOURS):
            yield ("quiet_hours", *at), text
    if output.type == "tower":
        yield from _wrong_lamps(output)
    if output.type == "mail":
        yield from _wrong_mail(output)


def _wrong_mail(output: Output) -> Found:
    has_password = output.secret is not None or output.secret_file is not None
    if output.tls and output.starttls:
        yield ("starttls",), "is one way, and 'tls' another: keep one of them"
    if has_password != (output.user is not None):
        key, other = ("secret_file", "user") if has_password else ("user", "secret_file")
        yield (key if not has_password or output.secret is None else "secret",), f"means nothing without '{other}'"
    if has_password and not output.tls and output.starttls is False:
        yield ("starttls",), "a password is never sent in the clear: leave 'starttls' out, or 'user' and the secret"


def _wrong_lamps(output: Output) -> Found:
    if len(set(output.tiers)) < len(output.tiers):
        yield ("tiers",), "names a colour twice: call the tiers as they are to be told apart"
    signals = output.signals()
    lit: list[tuple[KeyPath, tuple[str, ...]]] = [(("calm",), signals.calm)]
    lit += [(("lamps", severity), colours) for severity, colours in signals.lamps.items()]
    for key, colours in lit:
        for colour in colours:
            if colour not in output.tiers:
                yield key, f"there is no tier '{colour}'; 'tiers' has {', '.join(output.tiers)}"
    if output.read_back_paths and output.read_back is None:
        yield ("read_back_paths",), "means nothing without 'read_back', the address that tells the status"


def _where(output: Output) -> str:
    """The key that says where it is."""
    return next(key for key in types.NEEDED[output.type][0].keys if getattr(output, key))


def _places(output: Output) -> tuple[tuple[tuple[object, ...], str], ...]:
    """What two outputs must not share, and why: where a state is shown, and a robot that takes so much and no more."""
    undoing = "one would undo what the other shows"
    if output.type == "mqtt":
        return (((*output.connects_to(), output.prefix), undoing),)
    if output.type == "tower":
        return (((output.url,), undoing),)
    if output.type in types.ROBOTS:
        return (((output.url or output.url_file,), ONE_ROBOT),)
    return tuple(((url.rstrip("/"),), undoing) for url in output.urls)
