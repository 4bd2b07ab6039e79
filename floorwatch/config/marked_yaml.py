"""YAML as it was typed: every scalar stays text, and every key knows its line.

YAML guesses types: an agent called `NO` becomes false, a queue called `0100` becomes 64, `10:30` becomes 630. Here
the field that receives a value decides what it is (`floorwatch.config`), so names survive, and a complaint can name
its line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Union

import yaml

KeyPath = tuple[str | int, ...]
Tree = Union[dict[str, "Tree"], list["Tree"], str, None]  # noqa: UP007  (the text in it cannot be joined by |)

_TAGS = frozenset("map seq str null bool int float timestamp value".split())
_HALF = re.compile("[\ud800-\udfff]")
"""Half a surrogate pair: no text can carry it, and neither can a log."""
_DEPTH_MAX = 20
_NODES_MAX = 500_000
"""5,000 agents with every key set are 60,000 nodes; a few lines of nested aliases can mean billions."""


class UnusableYamlError(Exception):
    """The text is not YAML, or YAML we refuse. `line` is 1-based, None when it is not known."""

    def __init__(self, line: int | None, why: str) -> None:
        super().__init__(why)
        self.line = line
        self.why = why


@dataclass(frozen=True, slots=True)
class MarkedTree:
    """The content, and the 1-based line of every key and list item in it."""

    content: Tree
    lines: dict[KeyPath, int]

    def line(self, path: KeyPath) -> int | None:
        """The line of `path`, or of the nearest key above it that was typed."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


def read_marked(text: str) -> MarkedTree:
    """Read one YAML document. Raises `UnusableYamlError`; an empty document has the content None."""
    try:
        # Not the C loader: 200,000 opening brackets crash the whole process there, and are an exception here.
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.reader.ReaderError as wrong:
        line = text.count("\n", 0, wrong.position) + 1
        raise UnusableYamlError(line, f"a character YAML does not allow (code {wrong.character})") from wrong
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        raise UnusableYamlError(mark.line + 1 if mark else None, _explain(wrong)) from wrong
    except RecursionError as wrong:
        raise UnusableYamlError(None, f"nested more than {_DEPTH_MAX} levels deep") from wrong
    lines: dict[KeyPath, int] = {}
    return MarkedTree(None if root is None else _unfold(root, (), lines), lines)


def _explain(wrong: yaml.MarkedYAMLError) -> str:
    problem = wrong.problem or "it cannot be read"
    if "single document" in str(wrong.context):
        return "a second document begins here ('---'): one file holds one configuration"
    if "cannot start any token" in problem and "\\t" in problem:
        return "a tab: YAML is indented with spaces only"
    return f"not YAML: {problem}" + (f" ({wrong.context})" if wrong.context else "")


def _unfold(node: yaml.Node, path: KeyPath, lines: dict[KeyPath, int]) -> Tree:
    line = node.start_mark.line + 1
    if len(path) > _DEPTH_MAX:
        raise UnusableYamlError(line, f"nested more than {_DEPTH_MAX} levels deep")
    if len(lines) > _NODES_MAX:
        raise UnusableYamlError(line, f"more than {_NODES_MAX:,} values")
    if node.tag.removeprefix("tag:yaml.org,2002:") not in _TAGS:
        raise UnusableYamlError(line, f"the tag {node.tag} is not supported")
    if isinstance(node, yaml.MappingNode):
        return _unfold_mapping(node, path, lines)
    if isinstance(node, yaml.SequenceNode):
        items: list[Tree] = []
        for at, item in enumerate(node.value):
            lines[*path, at] = item.start_mark.line + 1
            items.append(_unfold(item, (*path, at), lines))
        return items
    return None if node.tag == "tag:yaml.org,2002:null" else _whole(node, line)


def _whole(node: yaml.Node, line: int) -> str:
    text = str(node.value)
    if _HALF.search(text):
        raise UnusableYamlError(line, r"half a character, such as \ud800: write the character itself, or \UXXXXXXXX")
    return text


def _unfold_mapping(node: yaml.MappingNode, path: KeyPath, lines: dict[KeyPath, int]) -> dict[str, Tree]:
    found: dict[str, Tree] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise UnusableYamlError(line, "a key must be plain text")
        if key.tag == "tag:yaml.org,2002:merge":
            raise UnusableYamlError(line, "'<<' is not supported: what queues share is written once, under 'defaults'")
        name = _whole(key, line)
        if name in found:
            raise UnusableYamlError(line, f"'{name}' stands here a second time (first in line {lines[*path, name]})")
        lines[*path, name] = line
        found[name] = _unfold(value, (*path, name), lines)
    return found
