"""What goes wrong between a floor and its monitor: the same true events, and what is told of them, and when.

true events -> tell: what is lost, moved, late, doubled, or nonsense -> told items, in order of arrival
                 |
                 '-> Heard: what a reader must have counted in the end
"""

from __future__ import annotations

from simulators.faults.feed import is_faulty, tell
from simulators.faults.floor_now import FloorNow
from simulators.faults.heard import Heard
from simulators.faults.lines import line_of, lines
from simulators.faults.told import APPLIED, DUPLICATE, Told

__all__ = ["APPLIED", "DUPLICATE", "FloorNow", "Heard", "Told", "is_faulty", "line_of", "lines", "tell"]
