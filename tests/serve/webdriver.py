"""A WebDriver client of one page: enough to drive a headless Chromium, and nothing to install."""

from __future__ import annotations

import json
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_FLAGS = (
    "--headless=new",
    "--no-sandbox",  # Chromium refuses its sandbox to root, as whom containers run their tests
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


class Browser:
    """One browser window."""

    def __init__(self, driver: str, session: str) -> None:
        self._base = f"{driver}/session/{session}"

    def open(self, url: str) -> None:
        _call("POST", f"{self._base}/url", {"url": url})

    def run(self, script: str, *arguments: Any) -> Any:
        """The value a script returns; a promise is waited for."""
        return _call("POST", f"{self._base}/execute/sync", {"script": script, "args": list(arguments)})

    def wait_for(self, script: str, seconds: float = 15.0) -> Any:
        """Runs `script` until it returns something true."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self.run(script)
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(f"never true within {seconds} s: {script}\npage says: {self.run(_PAGE_TEXT)}")

    def complaints(self) -> list[str]:
        """What the console holds of severity warning and above: script errors, refused loads, policy violations."""
        entries = _call("POST", f"{self._base}/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] in ("WARNING", "SEVERE")]

    def devtools(self, command: str, **parameters: Any) -> Any:
        return _call("POST", f"{self._base}/goog/cdp/execute", {"cmd": command, "params": parameters})


_PAGE_TEXT = "return document.body ? document.body.innerText.slice(0, 400) : 'nothing'"


def _call(method: str, url: str, body: dict[str, Any] | None = None) -> Any:
    request = urllib.request.Request(url, method=method, data=None if body is None else json.dumps(body).encode())
    request.add_header("Content-Type", "application/json")
    # chromedriver is on this machine: never through a proxy
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
        return json.load(answer)["value"]


def _listening(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        found = re.search(r"started successfully on port (\d+)", line)
        if found:
            return f"http://127.0.0.1:{found[1]}"
    raise AssertionError(f"chromedriver ended with {process.wait()} before it listened")


@contextmanager
def browser(chromedriver: str, chromium: str, profile: Path, *flags: str) -> Iterator[Browser]:
    """A headless Chromium with a fresh profile in `profile`, ended with the block."""
    with subprocess.Popen([chromedriver, "--port=0"], stdout=subprocess.PIPE, text=True) as process:
        try:
            driver = _listening(process)
            options = {"binary": chromium, "args": [*_FLAGS, *flags, f"--user-data-dir={profile}"]}
            wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
            session = _call("POST", f"{driver}/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]
            try:
                yield Browser(driver, session)
            finally:
                _call("DELETE", f"{driver}/session/{session}")
        finally:
            process.terminate()
