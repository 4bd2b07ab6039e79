"""What is true of a simulated day, written down by the simulation itself and laid out as a report is.

It shares no counting with the engine: the simulation says what each visit and each agent's stretch of time was, and
here they are added up by the words of the definitions. So the two can be held against each other.
"""

from __future__ import annotations

from simulators.truth.layout import truth_report
from simulators.truth.tables import Tables
from simulators.truth.told import BY_SPEAKER, EVENTS, Told

__all__ = ["BY_SPEAKER", "EVENTS", "Tables", "Told", "truth_report"]
