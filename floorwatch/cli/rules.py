"""`floorwatch rules`: the rules in force, in plain words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from floorwatch.cli.explain import Lang
from floorwatch.cli.sentences import read_config


def rules(
    config: Annotated[Path | None, typer.Option("--config", metavar="FILE", help="The configuration, YAML.")] = None,
    rules_file: Annotated[
        Path | None, typer.Option("--rules", metavar="FILE", help="Rules, YAML; instead of those of the configuration.")
    ] = None,
    lang: Annotated[Lang | None, typer.Option(help="English or Chinese; else both.")] = None,
) -> None:
    """Print the rules in force in plain words.

    When each of them fires, how grave that is, when it is over, and whom it concerns: for everybody who is to know when
    emergency measures are taken.
    """
    from floorwatch.alerts.rule_words import queue_words, rule_words
    from floorwatch.metrics.catalogue import LANGUAGES
    from floorwatch.metrics.phrases import phrase

    settings = read_config(config, rules_file).settings()
    for language in LANGUAGES if lang is None else (lang.value,):
        typer.echo(phrase("rule.in_force", language))
        for rule in settings.rules:
            typer.echo(f"\n{rule.name}\n  {rule_words(rule, settings.min_sample, language)}")
        typer.echo("")
        for queue in queue_words(settings, language):
            typer.echo(queue)
        typer.echo("")
