"""A recovered engine is the engine that was, bit for bit."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from floorwatch.alerts.muting import SILENCES_MAX
from floorwatch.config import load_config
from floorwatch.engine import Engine
from floorwatch.floor.internal import OperatorSilenced
from floorwatch.floor.settings import Settings
from floorwatch.ingest.open import UnusableInputError, open_recording
from floorwatch.ingest.source import Delivery, InputCounts
from floorwatch.metrics.catalogue import FIGURES
from floorwatch.replay import replay
from floorwatch.report import build_report, canonical_json
from floorwatch.store import snapshot
from floorwatch.store.journal import Journal
from floorwatch.store.recover import recover
from tests.store.journals import DAY_MS, START_MS, encode, kept, offered

DAY = Path(__file__).parents[1] / "reference_days/small"


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_config(DAY / "floorwatch.yaml").settings()


@pytest.fixture(scope="module")
def deliveries() -> list[Delivery]:
    return list(open_recording(DAY / "events_messy.jsonl.gz").deliveries())


async def _write(folder: Path, deliveries: Sequence[Delivery]) -> int:
    journal = Journal(folder)
    journal.start()
    for applied_at, event in deliveries:
        journal.append(applied_at, encode(event), event.source or "", applied_at)
    assert await journal.reached(journal.seq)
    await journal.close()
    return journal.seq


def _applied(engine: Engine, deliveries: Sequence[Delivery]) -> Engine:
    for applied_at, event in deliveries:
        engine.advance(applied_at)
        engine.apply(event)
    return engine


def _report(engine: Engine) -> bytes:
    return canonical_json(build_report(engine, InputCounts()))


async def test_recovery_at_any_point_gives_the_same_report(
    tmp_path: Path, settings: Settings, deliveries: list[Delivery]
) -> None:
    """From nothing, and from a snapshot, at five places of a messy day; what comes after is applied as if unbroken."""
    whole = _report(_applied(Engine(settings), deliveries))
    cuts = [len(deliveries) * n // 6 for n in range(1, 6)]
    for n, cut in enumerate(cuts):
        folder = tmp_path / str(n)
        await _write(folder, deliveries[:cut])
        early = _applied(Engine(settings), deliveries[: cut // 2])
        recovered = recover(folder, settings, cut)
        assert (recovered.snapshot_seq, recovered.applied) == (0, cut)
        assert _report(_applied(recovered.engine, deliveries[cut:])) == whole
        snapshot.write(folder, cut // 2, snapshot.freeze(early), snapshot.fingerprint(settings))
        recovered = recover(folder, settings, cut)
        assert (recovered.snapshot_seq, recovered.applied) == (cut // 2, cut - cut // 2)
        assert _report(_applied(recovered.engine, deliveries[cut:])) == whole


async def test_counters_go_on_from_a_snapshot_and_else_begin_at_nought(
    tmp_path: Path, settings: Settings, deliveries: list[Delivery]
) -> None:
    """As if unbroken; or, where everything had to be counted anew, as far as they grow from there on."""
    deliveries, cut = deliveries[:3_000], 1_500
    early = _applied(Engine(settings), deliveries[: cut - 300])
    before, unbroken = Engine(settings), Engine(settings)
    _applied(before, deliveries[:cut])
    _applied(unbroken, deliveries)
    await _write(tmp_path, deliveries[:cut])
    anew = _applied(recover(tmp_path, settings, cut).engine, deliveries[cut:])
    snapshot.write(tmp_path, cut - 300, snapshot.freeze(early), snapshot.fingerprint(settings))
    went_on = _applied(recover(tmp_path, settings, cut).engine, deliveries[cut:])
    assert _counters(went_on) == _counters(unbroken)
    assert went_on.fired == unbroken.fired
    assert sum(unbroken.fired.values()) > 0
    grown = {name: whole - _counters(before)[name] for name, whole in _counters(unbroken).items()}
    assert _counters(anew) == grown
    assert all(n > 0 for n in grown.values())
    assert anew.fired == {labels: n - before.fired[labels] for labels, n in unbroken.fired.items()}


def _counters(engine: Engine) -> dict[str, int]:
    engine.books.settle_agents(engine.now)
    return {name: ledger.settled().tally for name, ledger in engine.books.ledgers.items()}


async def test_a_journal_is_replayed_to_what_it_showed(
    tmp_path: Path, settings: Settings, deliveries: list[Delivery]
) -> None:
    """`floorwatch replay FOLDER`: the same queues, agents and alerts, though nothing but the journal is left."""
    await _write(tmp_path, deliveries)
    report = replay([tmp_path], settings)
    live = build_report(_applied(Engine(settings), deliveries), InputCounts(read=len(deliveries)))
    assert canonical_json(report) == canonical_json(live)
    with pytest.raises(UnusableInputError, match="is a folder, so a journal; it is replayed alone"):
        replay([tmp_path, DAY / "events.jsonl.gz"], settings)


async def test_a_snapshot_that_cannot_be_believed_is_passed_over(
    tmp_path: Path, settings: Settings, deliveries: list[Delivery]
) -> None:
    """Damaged, of other settings, of entries the journal does not have: the one before it is taken, and it is said."""
    seq = await _write(tmp_path, deliveries[:400])
    state = snapshot.freeze(_applied(Engine(settings), deliveries[:100]))
    belongs_to = snapshot.fingerprint(settings)
    snapshot.write(tmp_path, 100, state, belongs_to)
    snapshot.write(tmp_path, 9_999, state, belongs_to)
    snapshot.write(tmp_path, 150, state, snapshot.fingerprint(replace(settings, lateness_ms=1)))
    newest, *_ = snapshot.snapshot_paths(tmp_path)
    assert newest.name == "snapshot-0000000000009999.bin"
    with structlog.testing.capture_logs() as said:
        assert recover(tmp_path, settings, seq).snapshot_seq == 100
    assert [line["why"] for line in said] == [
        "is of entry 9999, the journal ends with 400",
        "is of another version, or of other settings",
    ]
    good = tmp_path / "snapshot-0000000000000100.bin"
    content = bytearray(good.read_bytes())
    content[-10] ^= 1
    good.write_bytes(content)
    assert recover(tmp_path, settings, seq).snapshot_seq == 0


def test_only_the_newest_snapshots_are_kept(tmp_path: Path, settings: Settings) -> None:
    """Three of them: enough to pass one over."""
    for seq in range(1, 9):
        snapshot.write(tmp_path, seq, b"state", snapshot.fingerprint(settings))
    assert [path.name[9:25].lstrip("0") for path in snapshot.snapshot_paths(tmp_path)] == ["8", "7", "6"]


class _Intruder:
    def __init__(self, module: str, name: str) -> None:
        self._made = (module, name)

    def __reduce__(self) -> tuple[object, tuple[str]]:
        import os

        return os.system, ("true",)


def test_a_state_that_names_anything_else_is_refused() -> None:
    """A file in the place of a snapshot cannot make us call what it names."""
    with pytest.raises(pickle.UnpicklingError, match=r"names posix\.system"):
        snapshot.thaw(pickle.dumps(_Intruder("os", "system")))
    with pytest.raises(pickle.UnpicklingError, match="asks for __class__"):
        snapshot.thaw(b"\x80\x05cbuiltins\ngetattr\n(\x8c\x01xX\x09\x00\x00\x00__class__tR.")
    with pytest.raises(pickle.UnpicklingError, match="holds a dict"):
        snapshot.thaw(pickle.dumps({}))


@pytest.mark.parametrize("changed", ["engine.py", "floor/visit.py", "metrics/catalogue/figure.py", "metrics/a/b/c.py"])
def test_a_snapshot_belongs_to_every_module_of_the_engine(tmp_path: Path, changed: str) -> None:
    """A change anywhere in the pure packages, in packages inside them as well, makes another code of it."""
    for name in ("engine.py", "floor/visit.py", "metrics/catalogue/figure.py", "metrics/a/b/c.py", "serve/api.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("before")
    before = snapshot.digest_of_code(tmp_path)
    (tmp_path / "serve/api.py").write_text("after")
    assert snapshot.digest_of_code(tmp_path) == before
    (tmp_path / changed).write_text("after")
    assert snapshot.digest_of_code(tmp_path) != before


def test_a_state_may_hold_what_a_package_inside_the_pure_ones_defines() -> None:
    """What the unpickler admits goes by the outermost package, however deep the module lies."""
    figure = pickle.dumps(FIGURES["offered"])
    with pytest.raises(pickle.UnpicklingError, match="holds a Figure"):
        snapshot.thaw(figure)


async def test_without_a_snapshot_two_days_are_recounted(tmp_path: Path) -> None:
    """A new version, or new settings: as far back as anybody looks at, and no further."""
    await kept(tmp_path, [offered(day, START_MS + day * DAY_MS) for day in range(10)])
    assert recover(tmp_path, Settings(), 10).applied == 3


def test_settings_that_say_the_same_belong_to_the_same_snapshots_in_every_process() -> None:
    """Whatever a process seeds its hashes with: else each restart would apply the journal from its beginning."""
    asks = (
        "from floorwatch.config.file import Config\n"
        "from floorwatch.store.snapshot import fingerprint\n"
        "days = [f'2026-05-{day:02d}' for day in range(1, 9)]\n"
        "config = Config.model_validate({'site': {'holidays': days},"
        " 'queues': {'sales': {'hours': {'mon-fri': '09:00-18:00'}}}})\n"
        "print(fingerprint(config.settings()).hex())"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", asks], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(told) == 1


async def test_a_silence_of_last_week_holds_after_a_recount(tmp_path: Path) -> None:
    """As it was given, and when; also where more silences have come and gone since than are kept at once."""
    lasting = _silence("kept", START_MS, START_MS + 9 * DAY_MS)
    over = [_silence(f"over{n}", START_MS + n * 1_000, START_MS + n * 1_000 + 500) for n in range(1, SILENCES_MAX + 1)]
    await kept(tmp_path, [lasting, *over, *(offered(day, START_MS + day * DAY_MS) for day in range(1, 7))])
    engine = recover(tmp_path, Settings(), SILENCES_MAX + 7).engine
    assert engine.books.calendar.closed.since > START_MS
    silences = engine.telling.muting.silences
    assert (silences["kept"].at, silences["kept"].until) == (START_MS, START_MS + 9 * DAY_MS)


def _silence(name: str, at: int, until: int) -> OperatorSilenced:
    return OperatorSilenced(time=at, source="operator", silence=name, since=at, until=until, who="ada", why="drill")
