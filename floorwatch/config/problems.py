"""What is wrong with a configuration, in plain words: the file, the line, the key, and the way out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from pydantic import BaseModel, RootModel
from pydantic_core import ErrorDetails

from floorwatch.config.marked_yaml import KeyPath
from floorwatch.nearest import did_you_mean


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: `key` is the dotted path of the key ('' for the whole file), `line` is 1-based."""

    file: str
    line: int | None
    key: str
    text: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.key}: {self.text}" if self.key else f"{place}: {self.text}"


class ConfigError(Exception):
    """The file cannot be used; `problems` says all that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: problem.line or 0)
        super().__init__("\n".join(map(str, self.problems)))


_PLAIN_WORDS = {
    "missing": "is required",
    "string_type": "must be plain text",
    "path_type": "must be the path of a file",
    "tuple_type": "must be a list, such as [a, b]",
    "dict_type": "must be names and what belongs to them",
    "model_type": "must be keys and values",
    "model_attributes_type": "must be keys and values",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "string_too_long": "must not be longer than 1024 characters",
    "string_pattern_mismatch": "is not of the form 'sha256:' and 64 hexadecimal digits; `floorwatch token` makes one",
}


def dotted(key: KeyPath) -> str:
    """`queues."night line".channel`: the key as a person would point at it."""
    parts = [str(part) for part in key if part != "[key]"]
    return ".".join(part if re.fullmatch(r"[\w-]+", part) else f'"{part}"' for part in parts)


def told(errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """All of them, without that a list is empty because each of its entries is wrong."""
    return [
        error
        for error in errors
        if error["type"] != "too_short"
        or all(other is error or other["loc"][: len(error["loc"])] != error["loc"] for other in errors)
    ]


def explain(error: ErrorDetails, root: type[BaseModel]) -> str:
    """What pydantic found, in words for the person who typed it. `root` is the model of the whole file."""
    kind, typed = error["type"], error["input"]
    if kind == "extra_forbidden":
        return _unknown_key(error["loc"], root)
    if kind == "value_error":
        text = str(error["ctx"]["error"])
    elif kind == "literal_error":
        expected = str(error["ctx"]["expected"]).replace(" or ", ", ")
        text = f"must be one of {expected}"
        if nearest := get_close_matches(str(typed), re.findall(r"'(.*?)'", expected), 1):
            text += f"; did you mean '{nearest[0]}'?"
    elif kind in ("union_tag_invalid", "union_tag_not_found"):
        text = _one_of_several_kinds(error)
    else:
        text = _PLAIN_WORDS.get(kind) or error["msg"].replace("Input should be", "must be")
    return f"{text} (here: {typed})" if isinstance(typed, str) and 0 < len(typed) <= 60 else text


def _one_of_several_kinds(error: ErrorDetails) -> str:
    """The key that says which kind of section this is, is missing or names none."""
    context = error["ctx"]
    key = str(context["discriminator"]).strip("'")
    if error["type"] == "union_tag_not_found":
        return f"needs the key '{key}'"
    known = re.findall(r"'(.*?)'", str(context["expected_tags"]))
    hint = did_you_mean(str(context["tag"]), known, f"there are: {', '.join(known)}")
    return f"there is no {key} '{context['tag']}'; {hint}"


def keys_of(section: type[BaseModel]) -> dict[str, Any]:
    """The keys a section may have, as typed, each with the type behind it."""
    return {field.alias or name: field.annotation for name, field in section.model_fields.items()}


def _unknown_key(key: KeyPath, root: type[BaseModel]) -> str:
    section: Any = root.model_fields["root"].annotation if issubclass(root, RootModel) else root
    for part in key[:-1]:
        inner = 0 if isinstance(part, int) else 1  # what a list is of, or what belongs to a name
        section = keys_of(section)[str(part)] if _is_section(section) else get_args(section)[inner]
        if not _is_section(section) and get_origin(section) not in (dict, tuple):
            return "unknown key"  # one of several kinds of section: what is known depends on the kind
    known = {name: name for name in keys_of(section)}
    deeper = {
        name: f"{outer}.{name}"
        for outer, part in keys_of(section).items()
        if _is_section(part)
        for name in keys_of(part)
    }
    for meant in (known, deeper):
        if nearest := get_close_matches(str(key[-1]).casefold(), meant, 1):
            return f"unknown key; did you mean '{meant[nearest[0]]}'?"
    return f"unknown key; known here: {', '.join(known)}"


def _is_section(annotation: Any) -> bool:
    return get_origin(annotation) is None and isinstance(annotation, type) and issubclass(annotation, BaseModel)
