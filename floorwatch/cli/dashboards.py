"""`floorwatch dashboards`: what Grafana, Prometheus and Alertmanager need to show and page from this floor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from floorwatch.cli.explain import Lang
from floorwatch.cli.sentences import explained, stop

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

app = typer.Typer(help="Dashboards for Grafana, and the rules that go with them.", no_args_is_help=True)

OURS = ("dashboards/", "prometheus/rules/")
"""Below these every file is written again; the others are the user's once they are there."""


@app.callback()
def _dashboards() -> None:
    """Keeps `export` a word of its own."""


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where they go; made when missing.")],
    lang: Annotated[Lang, typer.Option(help="English or Chinese.")] = Lang.en,
    wallboard: Annotated[str, typer.Option(metavar="URL", help="Where browsers find the wallboard.")] = "",
) -> None:
    """Write dashboards, rules, and configurations to start from.

    DIR/dashboards for Grafana, DIR/provisioning for its start; DIR/prometheus and DIR/alertmanager. Dashboards and
    rules are written again each time; a configuration that is there already is left as it is.
    """
    address = wallboard.rstrip("/")
    if address and not address.startswith(("http://", "https://")):
        stop(2, f"--wallboard: '{wallboard}' is no address; write it as http://floor.example:8321")
    kept = []
    with explained():
        for name, text in _files(lang.value):
            path = folder / name
            if path.exists() and not name.startswith(OURS):
                kept.append(name)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            linked = _linked(text, address) if address and name.startswith("dashboards/") else text
            path.write_text(linked, encoding="utf-8", newline="\n")
            typer.echo(path)
    for name in kept:
        typer.echo(f"{folder / name}: left as it is")


def _files(lang: str) -> Iterator[tuple[str, str]]:
    """Everything, by its name below the folder; of the dashboards those of one language."""
    for path, text in _texts(_bundled(), ""):
        if not path.startswith("dashboards/"):
            yield path, text
        elif path.startswith(f"dashboards/{lang}/"):
            yield path.replace(f"{lang}/", "", 1), text


def _bundled() -> Traversable:
    """Where the wheel carries them, and the checkout has them."""
    from importlib.resources import files

    import floorwatch as package

    carried = files(package) / "grafana"
    return carried if carried.is_dir() else Path(__file__).parents[2] / "grafana"


def _texts(place: Traversable, below: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(place.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _texts(entry, f"{below}{entry.name}/")
        elif entry.name.endswith((".json", ".yaml", ".yml")):
            yield below + entry.name, entry.read_text(encoding="utf-8")


def _linked(text: str, wallboard: str) -> str:
    """A dashboard whose links lead to this wallboard."""
    import json

    board: dict[str, Any] = json.loads(text)
    for variable in board["templating"]["list"]:
        if variable["name"] == "wallboard":
            variable["query"] = wallboard
    return json.dumps(board, sort_keys=True, indent=2, ensure_ascii=False) + "\n"
