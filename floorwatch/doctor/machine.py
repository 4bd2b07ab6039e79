"""The machine: its clock, its time zone, what it lets one process have."""

from __future__ import annotations

import ctypes
import resource
from pathlib import Path

from floorwatch.doctor.finding import Checkup, Finding, Findings, ok, warned

FILES_MIN = 4_096
"""Each viewer, source and output has one open, or more."""
_TIMEX_BYTES = 256
"""More than any kernel's `struct timex`."""
_UNSYNCHRONISED = 5  # TIME_ERROR of adjtimex(2)


def check_machine(checkup: Checkup) -> Findings:
    """What all figures rest on, and what many viewers need."""
    yield _clock()
    yield from _timezone(checkup)
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < FILES_MIN:
        fix = "LimitNOFILE=65536 in the unit, or ulimit -n"
        yield warned("open files", f"at most {soft}: some hundred viewers, and no more", fix)
    else:
        yield ok("open files", "as many as it takes" if soft == resource.RLIM_INFINITY else f"at most {soft}")


def kernel_clock_state() -> int | None:
    """What the kernel says of the clock: 5, nobody keeps it right; None where it cannot be asked."""
    try:
        asked: int = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))  # reads only
    except (OSError, AttributeError):
        return None
    return None if asked < 0 else asked


def _clock() -> Finding:
    state = kernel_clock_state()
    if state is None:
        return warned(
            "clock", "whether it is kept right cannot be asked here", "see to NTP: waits are differences of clocks"
        )
    if state == _UNSYNCHRONISED:
        return warned(
            "clock", "nobody keeps it right", "turn on NTP (chrony, systemd-timesyncd): every wait rests on it"
        )
    return ok("clock", "kept right by NTP")


def _timezone(checkup: Checkup) -> Findings:
    site = checkup.config.site
    here = _local_zone()
    if "timezone" not in site.model_fields_set and here not in ("", "UTC", "Etc/UTC"):
        yield warned(
            "site.timezone", f"is not said, so UTC; this machine lives in {here}", f"site: {{timezone: {here}}}"
        )
    else:
        yield ok("site.timezone", site.timezone)


def _local_zone() -> str:
    """The time zone of this machine, by its name; empty where it has none."""
    try:
        return "/".join(Path("/etc/localtime").resolve(strict=True).parts).partition("zoneinfo/")[2]
    except OSError:
        return ""
