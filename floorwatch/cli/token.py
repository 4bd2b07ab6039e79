"""`floorwatch token`: a fresh token, and the lines that let its bearer in."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Role(StrEnum):
    """What the bearer of a token may do."""

    viewer = "viewer"
    lead = "lead"
    supervisor = "supervisor"
    admin = "admin"
    ingest = "ingest"
    metrics = "metrics"


def token(
    role: Annotated[Role, typer.Option(help="What its bearer may do.")],
    name: Annotated[str, typer.Option(help="Who its bearer is, as the logs will say; else the role.")] = "",
    source: Annotated[list[str] | None, typer.Option(help="Role ingest: a source it may speak for; repeat it.")] = None,
) -> None:
    """Make a token.

    Prints it once, with the lines that let its bearer in. Only its hash is kept, in the configuration.
    """
    if (role is Role.ingest) != bool(source):
        wrong = "--source: name the sources it may speak for" if role is Role.ingest else "--source: only for ingest"
        typer.echo(wrong, err=True)
        raise typer.Exit(2)

    import yaml

    from floorwatch.serve.auth import hash_of, new_token

    fresh = new_token(role.value)
    grant: dict[str, object] = {"role": role.value, "hash": hash_of(fresh)}
    if source:
        grant["sources"] = source
    lines = yaml.safe_dump({"http": {"tokens": {name or role.value: grant}}}, sort_keys=False, allow_unicode=True)
    typer.echo(f"The token, shown only now; give it to its bearer:\n\n  {fresh}\n")
    typer.echo(f"For the configuration, then restart the daemon:\n\n{lines}", nl=False)
