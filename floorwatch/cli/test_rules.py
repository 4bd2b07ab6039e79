"""`floorwatch test-rules`: the rules tried on stories that somebody wrote down."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from floorwatch.cli.sentences import stop


def test_rules(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Tests of rules, YAML.")],
) -> None:
    """Try rules on days that you write down.

    Each test tells a story in a few lines and says which alerts there are at which time; it runs through the very
    engine that runs live. Exit status: 0 all is as expected, 1 something is not, 2 a file cannot be used.
    """
    from floorwatch.config.problems import ConfigError
    from floorwatch.rule_tests.file import read_tests
    from floorwatch.rule_tests.run import run

    try:
        read = [(path, read_tests(path)) for path in files]
    except ConfigError as wrong:
        stop(2, str(wrong))
    failed = 0
    for path, tests in read:
        for test in tests:
            differences = run(test)
            failed += bool(differences)
            typer.echo(f"{'FAILED' if differences else 'ok    '}  {path}: {test.name}")
            for one in differences:
                place = path if one.line is None else f"{path}:{one.line}"
                typer.echo(f"        {place}: {f'at {one.at}: ' if one.at else ''}{one.what}")
    count = sum(len(tests) for _, tests in read)
    tried = f"{count} test{'' if count == 1 else 's'}"
    typer.echo(f"{tried}, {failed} failed" if failed else f"{tried}, all as expected")
    if failed:
        raise typer.Exit(1)
