"""What many tests need: the checkout, the shared reference days, and commands that must really be there."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

if TYPE_CHECKING:
    from playwright.async_api import Browser

REPOSITORY = Path(__file__).parents[1]
IN_CI = os.environ.get("CI") == "true"

# No deadline: the machine is shared. In CI the same cases each time, so that a red run can be repeated.
hypothesis.settings.register_profile("house", deadline=None, derandomize=IN_CI, print_blob=True)
hypothesis.settings.load_profile("house")

LIVE = "tests/live/"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Beside each other, the tests of real servers come first: they are the longest piece of all."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not item.nodeid.startswith(LIVE))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """What `make test` may run beside each other: whole files, whose tests share what is dear to set up; but of the
    tests of real servers, which have ports and patience of their own, one at a time.
    """
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class OneFileEach(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return LIVE if nodeid.startswith(LIVE) else nodeid.partition("::")[0]

    config.option.loadscopereorder = False
    return OneFileEach(config, log)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The top of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared() -> Path:
    """The reference days, recordings and data beside the checkout; skips where a clone has none."""
    folder = (REPOSITORY / "../shared").resolve()
    if not folder.is_dir():
        pytest.skip("the reference days are not beside this checkout (../shared)")
    return folder


@pytest.fixture(scope="session")
def tool() -> Callable[[str], str]:
    """`tool("promtool")`: the path of a command of tests/tools.txt; a missing one skips, and fails in CI as root."""
    lines = (REPOSITORY / "tests/tools.txt").read_text(encoding="utf-8").splitlines()
    packages = dict(line.split() for line in lines if line and not line.startswith("#"))

    def path_of(command: str) -> str:
        if found := shutil.which(command):
            return found
        reason = f"no {command} here; it comes with: sudo apt-get install -y {packages[command]}"
        if IN_CI and os.getuid() == 0:
            pytest.fail(reason)
        pytest.skip(reason)

    return path_of


@pytest.fixture
async def browser(tool: Callable[[str], str]) -> AsyncIterator[Browser]:
    """A Chromium to open windows of (tests/browsing.py)."""
    from tests.browsing import chromium

    async with chromium(tool("chromium")) as opened:
        yield opened
