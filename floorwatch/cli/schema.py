"""`floorwatch schema`: the published contract, as this version understands it."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer


class Document(StrEnum):
    """What can be had."""

    events = "events"
    asyncapi = "asyncapi"
    config = "config"


def schema(
    document: Annotated[Document, typer.Argument(help="Which document.")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where it goes; else to stdout.")] = None,
) -> None:
    """Print the contract for machines.

    events: JSON Schema of an event. asyncapi: how events are sent over MQTT and HTTP, YAML; it refers to
    events.schema.json beside it. config: JSON Schema of the configuration file, for editors.
    """
    text = text_of(document)
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as wrong:
        typer.echo(f"--out: {out}: {(wrong.strerror or str(wrong)).lower()}", err=True)
        raise typer.Exit(2) from None


def text_of(document: Document) -> str:
    """The document as it is published."""
    if document is Document.asyncapi:
        from floorwatch.contract.asyncapi import asyncapi

        return _yaml(asyncapi())
    if document is Document.config:
        from floorwatch.contract.config import config_schema

        return _json(config_schema())
    from floorwatch.contract.events import events_schema

    return _json(events_schema())


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _yaml(content: dict[str, Any]) -> str:
    import yaml

    class Plain(yaml.SafeDumper):
        """Writes a part twice rather than pointing at where it stood before."""

        def ignore_aliases(self, data: object) -> bool:
            return True

    def text(dumper: yaml.SafeDumper, typed: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", typed, style="|" if "\n" in typed else None)

    Plain.add_representer(str, text)
    return yaml.dump(content, Dumper=Plain, sort_keys=False, allow_unicode=True, width=110)
