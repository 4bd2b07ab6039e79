"""Calibration: a profile fitted to recorded days, and simulated days beside the real ones."""

from __future__ import annotations

from simulators.calibrate.compare import compared
from simulators.calibrate.fit import NothingToCalibrateError, calibrated
from simulators.calibrate.read import as_yaml, days_from
from simulators.calibrate.visits import Day, Visit

__all__ = ["Day", "NothingToCalibrateError", "Visit", "as_yaml", "calibrated", "compared", "days_from"]
