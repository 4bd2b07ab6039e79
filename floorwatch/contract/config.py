"""The configuration as JSON Schema, for editors: completion, and a typo underlined while it is typed.

`check-config` remains the judge: it also knows what no schema can say, such as that two keys contradict each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from floorwatch.config import Config, hours, limits, values
from floorwatch.contract.events import DIALECT
from floorwatch.floor.rules import RANKS

Json = dict[str, Any]

_NUMBER = r"[0-9]+(\.[0-9]+)?"
_TIME_OF_DAY = "([01]?[0-9]|2[0-3]):[0-5][0-9]"
_OPENING = f"{_TIME_OF_DAY} ?- ?({_TIME_OF_DAY}|24:00)"
_DAY = "(mon(day)?|tue(sday)?|wed(nesday)?|thu(rsday)?|fri(day)?|sat(urday)?|sun(day)?)"
_DAYS = f"{_DAY}( ?- ?{_DAY})?"
_DURATION = f"({_NUMBER} ?(ms|s|m|h|d) ?)+"
_AMOUNT = f"({_NUMBER} ?(%|points?)?|{_DURATION})"
_PART = f"({_AMOUNT}|({_NUMBER})? ?[x*×]? ?(target|T|threshold)( ?[-+−] ?{_AMOUNT})?)"


_LIMIT: Json = {
    "description": "A limit such as 80 %, 90s, 10, target, target - 5 points, 3T or max(60s, 3T).",
    "type": ["string", "number"],
    "pattern": f"^({_PART}|max ?\\( ?{_PART} ?, ?{_PART} ?\\))$",
    "minimum": 0,
}


def _reader(of: Any) -> Callable[..., Any]:
    """The function that reads a value of this annotated type."""
    function: Callable[..., Any] = get_args(of)[1].func
    return function


_AS_TYPED: dict[Callable[..., Any], Json] = {
    _reader(values.DurationMs): {
        "description": "A duration such as 20s, 500ms, 15m, 1h or 1m30s; a bare number is seconds.",
        "type": ["string", "number"],
        "pattern": f"^(?=[0-9])({_NUMBER} ?(ms|s|m|h|d))*({_NUMBER})?$",
        "minimum": 0,
    },
    _reader(values.Ratio): {
        "description": "A ratio such as 0.8, or 80%.",
        "type": ["string", "number"],
        "pattern": f"^{_NUMBER} ?%?$",
        "exclusiveMinimum": 0,
        "maximum": 1,
    },
    _reader(values.Share): {
        "description": "A share from 0 to under 1 such as 0.3, or 30%.",
        "type": ["string", "number"],
        "pattern": f"^{_NUMBER} ?%?$",
        "minimum": 0,
        "exclusiveMaximum": 1,
    },
    _reader(limits.LimitTyped): _LIMIT,
    _reader(limits.LevelsTyped): {
        "description": "A limit, or one for each severity: {warning: target, critical: target - 20 points}.",
        "anyOf": [
            _LIMIT,
            {
                "type": "object",
                "properties": dict.fromkeys(RANKS, _LIMIT),
                "additionalProperties": False,
                "minProperties": 1,
            },
        ],
    },
    _reader(values.TimeOfDayMs): {
        "description": "A time of day such as 06:00.",
        "type": "string",
        "pattern": f"^{_TIME_OF_DAY}$",
    },
    _reader(values.TimeSpan): {
        "description": "Two times of day such as 08:00-20:00.",
        "type": "string",
        "pattern": f"^{_TIME_OF_DAY} ?- ?{_TIME_OF_DAY}$",
    },
    _reader(hours.OpeningTimes): {
        "description": "Opening times such as 09:00-18:00, several with a comma between, or closed.",
        "anyOf": [
            {"type": "string", "pattern": f"^(closed|{_OPENING}( ?, ?{_OPENING})*)$"},
            {"type": "array", "items": {"type": "string", "pattern": f"^{_OPENING}$"}},
        ],
    },
    _reader(hours.Days): {
        "description": "Days such as mon, mon-fri, 'sat, sun', or daily.",
        "type": "string",
        "pattern": f"^(daily|{_DAYS}( ?, ?{_DAYS})*)$",
    },
    _reader(get_args(hours.Holidays)[0]): {
        "description": "A date such as 2026-12-25.",
        "type": "string",
        "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    },
}
"""Values that are typed in another form than the one in which they are kept, by the function that reads them."""


class _AsTyped(GenerateJsonSchema):
    """JSON Schema of what people type, not of what it becomes."""

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        typed = _AS_TYPED.get(schema["function"]["function"])
        return super().function_before_schema(schema) if typed is None else dict(typed)

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])  # a default is kept in another form than it would be typed

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        return super().model_schema(schema) | {"type": ["object", "null"]}  # `queues: {sales: }` means the defaults

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        found = super().dict_schema(schema) | {"type": ["object", "null"]}
        return found | {"additionalProperties": False} if "patternProperties" in found else found

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False  # the key itself, capitalised


def config_schema() -> Json:
    """JSON Schema of the configuration file."""
    schema = _limits_named(Config.model_json_schema(by_alias=True, schema_generator=_AsTyped))
    schema["$defs"]["Limit"] = _LIMIT
    return {"$schema": DIALECT, "$id": "urn:floorwatch:config", **schema, "title": "floorwatch configuration"}


def _limits_named(part: Any) -> Any:
    """The same with every limit by reference: the pattern of one is long, and a rule has room for seventeen."""
    if part == _LIMIT:
        return {"$ref": "#/$defs/Limit"}
    if isinstance(part, dict):
        return {key: _limits_named(value) for key, value in part.items()}
    return [_limits_named(item) for item in part] if isinstance(part, list) else part
