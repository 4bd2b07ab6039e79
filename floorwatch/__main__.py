"""`python -m floorwatch`: the command line, without installing anything."""

from __future__ import annotations

from floorwatch.cli import main

main()
