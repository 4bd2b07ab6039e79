"""The repository as a product: what is declared is what is used, locked, built and documented."""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from floorwatch import __version__

NOT_IMPORTED = {"tzdata"}  # zoneinfo reads its files


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(repository: Path, extra: str | None = None) -> set[str]:
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = project["optional-dependencies"][extra] if extra else project["dependencies"]
    return {normal(re.match(r"[\w.-]+", requirement)[0]) for requirement in requirements}  # type: ignore[index]


def imported(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module.partition(".")[0]


def locked(repository: Path, name: str) -> dict[str, tuple[str, int]]:
    """Package -> (version, number of hashes) of a lock file."""
    text = (repository / name).read_text(encoding="utf-8")
    blocks = re.findall(r"^([\w.-]+)==(\S+).*?\n((?:\s+--hash=sha256:[0-9a-f]{64}.*\n?)*)", text, re.MULTILINE)
    return {normal(package): (version, hashes.count("--hash")) for package, version, hashes in blocks}


def test_what_the_product_imports_is_what_it_declares(repository: Path) -> None:
    """No dependency is forgotten, and none is carried for nothing."""
    ours = {"floorwatch", "simulators"}
    modules = {name for folder in ours for name in imported(repository / folder)} - ours - sys.stdlib_module_names
    # pydantic's core is installed with it, at the one version that fits.
    distributions = {normal(packages_distributions()[name][0]) for name in modules - {"pydantic_core"}}
    assert distributions == (declared(repository) | declared(repository, "notify")) - NOT_IMPORTED


def test_every_dependency_has_earned_its_line(repository: Path) -> None:
    """docs/dependencies.md lists exactly what pyproject.toml declares, in the table where it belongs."""
    text = (repository / "docs/dependencies.md").read_text(encoding="utf-8")
    to_run, to_notify, to_work = re.split(r"^## ", text, flags=re.MULTILINE)[1:4]
    for section, extra in ((to_run, None), (to_notify, "notify"), (to_work, "dev")):
        assert {normal(name) for name in re.findall(r"^\| `([^`]+)`", section, re.MULTILINE)} == declared(
            repository, extra
        )


def test_everything_is_locked_with_hashes_and_without_addresses(repository: Path) -> None:
    """One version of each, hashes for its files, and no word about where they come from."""
    to_run, to_work = locked(repository, "requirements.lock"), locked(repository, "requirements-dev.lock")
    assert declared(repository) <= to_run.keys()
    assert declared(repository, "dev") | declared(repository, "notify") <= to_work.keys()
    assert not declared(repository, "notify") & to_run.keys()
    assert to_run.items() <= to_work.items()
    assert all(hashes for _, hashes in to_work.values())
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (repository / name).read_text(encoding="utf-8")
        assert not re.search(r"/|@|^--|index|find-links", text, re.MULTILINE)


def test_the_wheel_carries_all_that_is_needed(repository: Path, tmp_path: Path) -> None:
    """Built by the locked backend; it runs from the wheel alone: wallboard, types, simulators, dashboards are in it."""
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=repository, check=True, capture_output=True)
    (wheel,) = tmp_path.glob(f"floorwatch-{__version__}-*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    static = {path for path in (repository / "floorwatch/serve/static").rglob("*") if path.is_file()}
    needed = {str(path.relative_to(repository)) for path in static}
    assert needed | {"floorwatch/py.typed", "simulators/py.typed", "simulators/day.py"} <= inside
    assert not any(name.startswith(("tests/", "benchmarks/")) for name in inside)
    environment = os.environ | {"PYTHONPATH": str(wheel)}
    command = [
        sys.executable,
        "-c",
        "import floorwatch; print(floorwatch.__file__); from floorwatch.cli import main; main()",
    ]
    done = subprocess.run(
        [*command, "--version"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{wheel}/floorwatch/__init__.py\nfloorwatch {__version__}\n"
    export = ["dashboards", "export", str(tmp_path / "grafana")]
    subprocess.run([*command, *export], cwd=tmp_path, env=environment, capture_output=True, check=True)
    committed = {path.name: path.read_bytes() for path in (repository / "grafana/dashboards/en").iterdir()}
    assert {path.name: path.read_bytes() for path in (tmp_path / "grafana/dashboards").iterdir()} == committed


def test_the_changelog_knows_this_version(repository: Path) -> None:
    """Unreleased or dated, the version of the code has its section."""
    assert __version__ in (repository / "CHANGELOG.md").read_text(encoding="utf-8")


def test_make_help_knows_the_words(repository: Path) -> None:
    """The words of CONTRIBUTING and README are there to be typed."""
    text = subprocess.run(["make", "help"], cwd=repository, check=True, capture_output=True, text=True).stdout
    assert {"demo", "test", "check", "bench", "lock"} <= {line.split()[1] for line in text.splitlines()}


def test_every_link_of_the_documents_leads_somewhere(repository: Path) -> None:
    """No page points at a file that is not there."""
    pages = [*repository.glob("*.md"), *(repository / "docs").rglob("*.md")]
    assert len(pages) > 5
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_test_says_what_it_proves(repository: Path) -> None:
    """Each test function has a docstring that is a sentence."""
    silent = []
    for path in (repository / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_test = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
            if is_test and not (ast.get_docstring(node) or "").endswith((".", "?", "!")):
                silent.append(f"{path.name}: {node.name}")
    assert silent == []


@pytest.fixture
def bare_machine(tmp_path: Path) -> Path:
    """A PATH with a shell's bare necessities and an apt-get, and nothing else."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for command in ("sh", "id"):
        (folder / command).symlink_to(shutil.which(command) or command)
    (folder / "apt-get").write_text("#!/bin/sh\n")
    (folder / "apt-get").chmod(0o755)
    return folder


def fix(repository: Path, bin_folder: Path, work: Path) -> str:
    """The first line that making .venv prints on such a machine, without `sudo`."""
    command = ["/bin/sh", str(repository / "deploy/venv.sh"), "create"]
    environment = {"PATH": str(bin_folder)}
    done = subprocess.run(command, check=False, cwd=work, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr.splitlines()[0].replace("sudo ", "")


@pytest.mark.parametrize(
    ("python", "package"),
    [
        (None, "python3-venv"),
        ('case "$*" in *ensurepip*) exit 1;; *) exec PYTHON "$@";; esac', "python3-venv"),
        ('case "$*" in --version) echo Python 3.10.12;; *) exit 1;; esac', "python3.11-venv"),
    ],
    ids=["no python", "python without venv", "python too old"],
)
def test_the_first_line_is_the_command_that_fixes_it(
    repository: Path, bare_machine: Path, tmp_path: Path, python: str | None, package: str
) -> None:
    """Whatever is missing on a fresh machine, the first line printed can be pasted back."""
    if python is not None:
        (bare_machine / "python3").write_text(f"#!/bin/sh\n{python.replace('PYTHON', shlex.quote(sys.executable))}\n")
        (bare_machine / "python3").chmod(0o755)
    assert fix(repository, bare_machine, tmp_path) == f"apt-get update && apt-get install -y {package}"
    assert not (tmp_path / ".venv").exists()
