"""The published contract of events as JSON Schema (2020-12), made from the very types that the reader decodes.

The types say what is required and how it is formed, `contract_words` what it means. The schema stays open: attributes
it does not know are ignored. Only words that draft 7 has, too, so that AsyncAPI tools read it as it is.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from floorwatch.contract.words import EXAMPLES, MEANINGS, MEANINGS_IN, WORDS
from floorwatch.floor.events import EVENT_TYPES
from floorwatch.ingest.events import EARLIEST_MS, LATEST_MS, OBJECT_BYTES_MAX, TEXT_BYTES_MAX

VERSION = "1.0"
"""Of the contract. Additions raise the second number; nothing is taken back under the first."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Json = dict[str, Any]

_DATE = r"([2-9][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?"
_OFFSET = r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"

INSTANT: Json = {
    "description": "An instant: RFC 3339 with an offset, or integer milliseconds since 1970-01-01T00:00:00Z."
    " Nothing before the year 2000, and no leap seconds.",
    "anyOf": [
        {"type": "string", "format": "date-time", "pattern": f"^{_DATE}[Tt]{_TIME}{_OFFSET}$"},
        {"type": "integer", "minimum": EARLIEST_MS, "maximum": LATEST_MS},
    ],
    "examples": ["2026-03-02T09:00:00.250+01:00", 1772438400250],
}
_INTEGER: Json = {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}
_NULL: Json = {"type": "null"}


class NoWordsError(Exception):
    """An attribute of the contract has no description in `contract_words`."""


def events_schema() -> Json:
    """JSON Schema of one event. Raises `NoWordsError` when an attribute has no meaning written down."""
    _, components = msgspec.json.schema_components(EVENT_TYPES.values(), ref_template="{name}")
    tags = {kind.__name__: tag for tag, kind in EVENT_TYPES.items()}
    names = {name: tags.get(name) or _snake_case(name) for name in components}
    shared = _attributes("", components["SourceHeartbeat"]["properties"], names)
    del shared["type"]
    shared["specversion"] = {"description": MEANINGS["specversion"], "examples": ["1.0"]}
    forms = {names[name]: _published(names[name], form, names, shared) for name, form in components.items()}
    parts = sorted(forms.keys() - EVENT_TYPES.keys())
    return {
        "$schema": DIALECT,
        "$id": f"urn:floorwatch:events:{VERSION}",
        "title": "floorwatch event",
        "description": "One fact about a call floor, at one moment, in past tense: a JSON object in UTF-8."
        f" Text is at most {TEXT_BYTES_MAX} bytes of UTF-8, the object at most {OBJECT_BYTES_MAX}. Attributes that are"
        " not in this contract are ignored and counted. Null means the same as leaving the attribute out.",
        "type": "object",
        "required": ["type", "time"],
        "oneOf": [{"$ref": f"#/$defs/{tag}"} for tag in EVENT_TYPES],
        "discriminator": {"propertyName": "type", "mapping": {tag: f"#/$defs/{tag}" for tag in EVENT_TYPES}},
        "$defs": {tag: forms[tag] for tag in EVENT_TYPES}
        | {part: forms[part] for part in parts}
        | shared
        | {"instant": INSTANT},
    }


def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _published(name: str, form: Json, names: dict[str, str], shared: Json) -> Json:
    """One event, or a part of one, as it is published: in our words, and open. What all events share stands once."""
    is_event = name in EVENT_TYPES
    own = {key: content for key, content in form["properties"].items() if not (is_event and key in shared)}
    properties = _attributes(name, own, names)
    if is_event:
        properties |= {key: {"$ref": f"#/$defs/{key}"} for key in shared}
    published = {"title": name, "description": form["description"], "type": "object"}
    published |= {"required": form["required"], "properties": properties}
    return published | ({"examples": [EXAMPLES[name]]} if is_event else {})


def _attributes(name: str, properties: Json, names: dict[str, str]) -> Json:
    """Attributes with their meaning, their form and, for free text, the words that are used."""
    published: Json = {}
    for attribute, form in properties.items():
        meaning = MEANINGS_IN.get((name, attribute)) or MEANINGS.get(attribute)
        if meaning is None:
            raise NoWordsError(f"{name}: say in contract_words what '{attribute}' means")
        published[attribute] = {"description": meaning, **_form(form, names)}
        if words := WORDS.get((name, attribute)):
            published[attribute]["examples"] = list(words)
    return published


def _form(form: Json, names: dict[str, str]) -> Json:
    """What msgspec says of an attribute, in the words of the contract."""
    choices = form.get("anyOf", [])
    if any(choice.get("format") == "date-time" for choice in choices):
        instant = {"$ref": "#/$defs/instant"}
        return {"anyOf": [instant, _NULL]} if _NULL in choices else instant
    if choices:  # of which one is null
        choice = _form(choices[0], names)
        return choice | {"type": [choice["type"], "null"]}
    if "$ref" in form:
        return {"$ref": f"#/$defs/{names[form['$ref']]}"}
    if form.get("type") == "integer":
        return _INTEGER
    if form.get("type") == "array":
        return {"type": "array", "items": _form(form["items"], names)}
    if len(form.get("enum", ())) == 1:
        return {"const": form["enum"][0]}
    return {key: content for key, content in form.items() if key != "default"}
