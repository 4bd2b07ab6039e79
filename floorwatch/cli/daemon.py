"""How a command talks to a running daemon: over its API, like anybody else."""

from __future__ import annotations

import json
import os
from contextlib import closing
from pathlib import Path
from typing import Any

from floorwatch.cli.sentences import explained, stop

Json = dict[str, Any]
ANSWERS_WITHIN_S = 15.0
TOKEN_VARIABLE = "FLOORWATCH_TOKEN"  # noqa: S105 - the name of it


def token_of(file: Path | None) -> str:
    """The token in a file, else that of the environment; empty where there is none. Never one typed: `ps` shows it."""
    if file is None:
        return os.environ.get(TOKEN_VARIABLE, "").strip()
    with explained():
        return file.read_text(encoding="utf-8").strip()


def ask(url: str, token: str, path: str, *, role: str, method: str = "GET", wish: Json | None = None) -> Json:
    """What the daemon at `url` answers; ends the command where it refuses. `role`: whose token is asked for there."""
    from http.client import HTTPConnection, HTTPException, HTTPSConnection
    from urllib.parse import urlsplit

    place = urlsplit(url if "//" in url else f"http://{url}")
    try:
        port = place.port
    except ValueError:
        port = -1
    if place.scheme not in ("http", "https") or not place.hostname or port == -1:
        stop(2, f"--url: '{url}' is no address of a daemon; write it as http://localhost:8321")
    kind = HTTPSConnection if place.scheme == "https" else HTTPConnection
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = None if wish is None else json.dumps(wish).encode()
    try:
        with closing(kind(place.hostname, port, timeout=ANSWERS_WITHIN_S)) as connection:
            connection.request(method, place.path.rstrip("/") + path, body=body, headers=headers)
            response = connection.getresponse()
            status, answer = response.status, json.loads(response.read())
    except (OSError, HTTPException, ValueError) as wrong:
        stop(1, f"{url}: no daemon answers there: {wrong}")
    if status in (401, 403):
        stop(2, f"{url}: {answer['error']}; give a {role}'s token with --token-file, or in {TOKEN_VARIABLE}")
    if status >= 400:
        stop(2 if status < 500 and status != 429 else 1, f"{url}: {answer.get('error', status)}")
    return dict(answer)
