"""The published event schema as a validator, and any event the contract allows, for the tests of the contract."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msgspec import inspect
from referencing import Registry, Resource

from floorwatch.contract.events import events_schema
from floorwatch.floor.events import EVENT_TYPES

SCHEMA = events_schema()
_REGISTRY: Registry = Registry().with_resource(SCHEMA["$id"], Resource.from_contents(SCHEMA))
EVENT = Draft202012Validator(SCHEMA)
_OF_TYPE = {
    tag: Draft202012Validator({"$ref": f"{SCHEMA['$id']}#/$defs/{tag}"}, registry=_REGISTRY) for tag in EVENT_TYPES
}


def fits(event: Any) -> bool:
    """Whether the schema takes it. Asks the one type it names, where it names one: `oneOf` would try them all."""
    tag = event.get("type") if isinstance(event, dict) else None
    return (_OF_TYPE.get(tag, EVENT) if isinstance(tag, str) else EVENT).is_valid(event)


_TEXT = st.text(st.characters(codec="utf-8"), max_size=250)  # four bytes a character at most
_OFFSETS = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def _instants(first_year: int, end_year: int) -> st.SearchStrategy[Any]:
    first, end = (datetime.fromisoformat(f"{year}-01-03") for year in (first_year, end_year))
    written = st.datetimes(first, end, timezones=_OFFSETS).map(datetime.isoformat)
    numbers = st.integers(*(int(instant.replace(tzinfo=UTC).timestamp() * 1000) for instant in (first, end)))
    return written | written.map(lambda text: text.replace("+00:00", "Z")) | numbers


_INSTANTS = {
    "time": _instants(2021, 2100),
    "received": _instants(2101, 2200),
    "since": _instants(2000, 2020),
    "start": _instants(2000, 2200),
    "end": _instants(2000, 2200),
}


def _values(attribute: str, form: inspect.Type) -> st.SearchStrategy[Any]:
    """What an attribute of this form may hold."""
    if isinstance(form, inspect.UnionType):
        return st.one_of(_values(attribute, choice) for choice in form.types)
    if attribute in _INSTANTS and isinstance(form, inspect.DateTimeType | inspect.IntType):
        return _INSTANTS[attribute]
    if isinstance(form, inspect.VarTupleType):
        return st.lists(_values(attribute, form.item_type), max_size=3)
    if isinstance(form, inspect.StructType):
        return attributes_of(form.cls)
    if isinstance(form, inspect.LiteralType):
        return st.sampled_from(form.values)
    if isinstance(form, inspect.StrType):
        return _TEXT.filter(lambda text: len(text) >= (form.min_length or 0))
    simple = {inspect.IntType: st.integers(-(2**63), 2**63 - 1), inspect.BoolType: st.booleans()}
    return simple[type(form)] if type(form) in simple else st.none()


def attributes_of(kind: type[msgspec.Struct]) -> st.SearchStrategy[dict[str, Any]]:
    """The attributes of an event, or of a part of one, with some of the optional ones."""
    form = inspect.type_info(kind)
    assert isinstance(form, inspect.StructType)
    required = {field.name: _values(field.name, field.type) for field in form.fields if field.required}
    optional = {field.name: _values(field.name, field.type) for field in form.fields if not field.required}
    return st.fixed_dictionaries(required, optional=optional)


EVENTS = st.sampled_from(sorted(EVENT_TYPES)).flatmap(
    lambda tag: attributes_of(EVENT_TYPES[tag]).map(lambda attributes: {"type": tag, **attributes})
)
"""Any event of the contract, as it is sent."""
