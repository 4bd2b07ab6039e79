"""Floors to show: one worth looking at, and any that could be."""

from __future__ import annotations

from typing import Any, Literal

from hypothesis import strategies as st
from msgspec import structs

from floorwatch.agent_view import AdherenceView, AgentView, AttendanceView
from floorwatch.alert_view import ActionView, AlertView, CalledView, EffectView, EscalationView, MutedView, OnCallView
from floorwatch.floor.rules import Scope
from floorwatch.metrics import tally as t
from floorwatch.metrics.measured import Measured
from floorwatch.metrics.operands import Accounts
from floorwatch.metrics.outlook import Outlook
from floorwatch.view import (
    WINDOWS,
    FloorView,
    HoursView,
    InputView,
    IntervalView,
    ProjectionView,
    QueueView,
    SourceView,
    TrendPoint,
    Verdict,
    WindowView,
)

AT = 1_772_615_672_000
"""2026-03-04 10:14:32 in Berlin."""
FORMULAS = (
    "short_abandons_excluded",
    "abandons_missed",
    "abandons_ignored",
    "abandons_met",
    "short_abandons_met",
    "answered_only",
)
AGENTS = ("Ψαγεντ-17", "Ψαγεντ-18")
"""Agent names whose letters occur nowhere else."""


def window(hits: int, decided: int) -> WindowView:
    level = hits / decided if decided else None
    return WindowView(
        offered=decided + 2,
        answered=decided,
        answered_in_threshold=hits,
        abandoned=1,
        abandoned_short=1,
        exited=1,
        level=level,
        level_n=decided,
        level_hits=hits,
        service_level=dict.fromkeys(FORMULAS, level),
        service_level_n=dict.fromkeys(FORMULAS, decided),
        asa_ms=21_400.5 if decided else None,
        asa_n=decided,
        abandon_ratio=0.043 if decided else None,
        abandon_ratio_n=decided + 1,
        aht_ms=254_000.0 if decided else None,
        handled=decided,
    )


def accounts(hits: int, decided: int, at: int) -> Accounts:
    """A short abandon, and everybody else in time or past it: `hits` of `decided` by the default formula."""
    tally = hits * (t.ANSWERED + t.TIMED + t.IN_THRESHOLD + 9_000 * t.WAIT_MS) + (decided - hits) * t.PAST_THRESHOLD
    return Accounts(at - 900_000, at, tally + t.ABANDONED + t.ABANDONED_IN_THRESHOLD + t.ABANDONED_SHORT)


def interval(at: int, figures: WindowView) -> IntervalView:
    return IntervalView(
        start=at - at % 900_000,
        end=at - at % 900_000 + 900_000,
        incomplete=False,
        corrected=0,
        figures=figures,
        level_by_arrival=figures.level,
        level_by_arrival_n=figures.level_n,
        occupancy=0.81,
        load_occupancy=0.54,
        occupancy_of_ms=400_000,
    )


def queue(
    name: str,
    verdict: Verdict = "fine",
    hits: int = 90,
    decided: int = 100,
    *,
    at: int = AT,
    waited_ms: int | None = None,
    unknown_since: int | None = None,
) -> QueueView:
    known = unknown_since is None
    figures = window(hits, decided)
    waiting = 0 if waited_ms is None else 3
    return QueueView(
        name=name,
        channel="voice",
        target=0.8,
        threshold_ms=20_000,
        short_abandon_ms=5_000,
        formula="short_abandons_excluded",
        verdict=verdict,
        unknown_since=unknown_since,
        waiting=waiting if known else None,
        waiting_past_threshold=(1 if waiting else 0) if known else None,
        longest_wait_ms=waited_ms,
        oldest_since=None if waited_ms is None else at - waited_ms,
        windows=dict.fromkeys(WINDOWS, figures),
        interval=interval(at, figures),
        trend=tuple(
            TrendPoint(at - at % 60_000 - i * 60_000, None if i == 30 else (90 - i) / 100, 0 if i == 30 else 50)
            for i in range(60, -1, -1)
        ),
        members={"talking": 9, "alerting": 1, "paused": 3} if known else {},
        present=10 if known else None,
        elsewhere=2 if known else None,
        room=1 if known else None,
        with_room=1 if known else None,
        membership="joined",
        sources=("asterisk-1",),
        last_event_at=at - 200,
        accounts=dict.fromkeys((*WINDOWS, "interval"), accounts(hits, decided, at)),
    )


def source(name: str, state: Literal["up", "down"] = "up", *, at: int = AT, **health: Any) -> SourceView:
    """A feed heard well for an hour, or lost for seven and a half minutes; `health` says what is different."""
    up = state == "up"
    heard: dict[str, Any] = {
        "since": at - 3_600_000 if up else at - 452_000,
        "last_event_at": at - 200 if up else at - 460_000,
        "delay_ms": 120 if up else None,
        "delay_ms_max": 1_480 if up else None,
        "clock_offset_ms": 0,
        "clock_set_at": None,
        "events_per_s": 8.4 if up else None,
        "down_ms": 0 if up else 452_000,
        "gaps": 0 if up else 1,
        "events": 30_240,
        "duplicates": 1,
        "late": 2,
        "corrections": 1,
        "anomalies": {"ended_twice": 1},
        "resynced": {} if up else {"still_waiting": 3},
        "invalid": {"malformed_json": 2},
    }
    return SourceView(name=name, state=state, **heard | health)


def alert(
    subject: str,
    rule: str = "service_level_low",
    state: str = "firing",
    *,
    at: int = AT,
    about: Scope = "queue",
) -> AlertView:
    """An alert of a queue, or of what `about` names."""
    return AlertView(
        id=f"{rule}/{subject}",
        rule=rule,
        scope=about,
        labels={about: subject},
        severity="warning",
        state=state,  # type: ignore[arg-type]
        pending_at=at - 780_000,
        fired_at=at - 720_000,
        resolved_at=at - 60_000 if state == "resolved" else None,
        value=0.61,
        threshold=0.8,
        message={
            "en": f"{subject}: 61 % answered in 20 s (last 15 min, n 143), target 80 % since 10:02",
            "zh": f"{subject}：20 秒内接通 61%（近 15 分钟，样本 143），自 10:02 起目标 80%",
        },
    )


def closed(at: int) -> HoursView:
    """Office hours with a long Thursday, and it is evening."""
    week = (*["09:00-18:00"] * 3, "09:00-12:00, 13:00-20:00", "09:00-18:00", "", "")
    return HoursView(week=week, is_open=False, changes_at=at + 22 * 3_600_000 + 2_728_000, counts_from=None)


def floor(at: int = AT, queues: tuple[QueueView, ...] | None = None) -> FloorView:
    """Eight queues of every verdict, one firing alert, one lost feed, and agents who have names."""
    shown = queues or (
        queue("support", at=at),
        queue("sales", "breach", 87, 143, at=at, waited_ms=161_000),
        queue("billing", "warning", 73, 96, at=at, waited_ms=38_000),
        queue("vip", hits=41, decided=41, at=at),
        queue("Schadensabwicklung Kraftfahrzeugversicherung", at=at),
        queue("night line", "small_sample", 4, 6, at=at),
        queue("repairs", "unknown", 40, 60, at=at, unknown_since=at - 452_000),
        structs.replace(queue("mail", at=at), channel="email", hours=closed(at)),
    )
    return FloorView(
        at=at,
        site="Harbour Street",
        timezone="Europe/Berlin",
        interval_ms=900_000,
        min_sample=20,
        queues=shown,
        agents=tuple(agent(name) for name in AGENTS),
        activities={"talking": 38, "available": 12},
        alerts=(
            alert("sales", at=at),
            alert("billing", state="resolved", at=at),
            AlertView(
                id=f"out/{AGENTS[0]}",
                rule="adherence_low",
                scope="team",
                labels={"team": AGENTS[0]},
                severity="warning",
                state="firing",
                pending_at=at - 60_000,
                fired_at=at - 30_000,
                resolved_at=None,
                value=None,
                threshold=0.0,
                message={"en": f"{AGENTS[0]} is not back", "zh": f"{AGENTS[0]} 未返回"},
                acknowledged_by=AGENTS[1],
                note=f"{AGENTS[0]} was called",
                lead_advice={"en": f"call {AGENTS[0]}", "zh": f"呼叫 {AGENTS[0]}"},
            ),
        ),
        alerts_fired=(("service_level_low", "warning", 3), ("adherence_low", "warning", 1)),
        settled_until=at - 31_000,
        sources=(
            source("asterisk-1", at=at),
            source("asterisk-2", "down", at=at),
            source("asterisk-3", at=at, clock_offset_ms=39_960),
        ),
        input=InputView(
            read=104,
            applied=98,
            duplicate=1,
            late=2,
            ignored=3,
            invalid={"not_json": 2},
            anomalies={"ended_twice": 1},
            unknown_attributes=4,
            corrections=1,
        ),
    )


def attendance(agents: int, at: int = AT) -> AttendanceView:
    """So many agents kept to their schedule by half, a quarter of it being neutral."""
    kept = AdherenceView(
        agents=agents,
        scheduled_ms=7_200_000,
        in_ms=3_600_000,
        out_ms=1_800_000,
        neutral_ms={"feed": 1_800_000},
        extra_ms=0,
        work_ms=7_200_000,
        worked_ms=3_600_000,
        adherence=2 / 3,
        conformance=0.5,
    )
    return AttendanceView(
        at=at,
        day=at - 3_600_000,
        version="v1",
        changed_at=at - 7_200_000,
        unknown=0,
        floor=kept,
        teams={"red": kept},
        sites={},
        exceptions_by_kind={"late": 1},
        lost={"sales": 1.0},
        agents={},
        exceptions=(),
        levers={},
    )


def looking_ahead(view: FloorView) -> FloorView:
    """The same floor with all that can be expected of its first queue, and a schedule."""
    at = view.at
    projection = ProjectionView(
        at=at,
        until=at + 300_000,
        projection=0.74,
        projection_low=0.7,
        projection_high=0.79,
        decided=143,
        to_come=21.5,
    )
    outlook = Outlook(
        at=at,
        until=at + 300_000,
        missing="",
        measured=Measured(158, 1_800_000, 140, 191_741.0, 180, 45, 207_911.0),
        model="erlang_a",
        places=14,
        required=19,
        scheduled=28,
        hits=87,
        decided=143,
        coming=21.5,
        level=0.7,
        backlog_gone_at=at + 200_000,
        rest_needed=0.95,
        best=0.9,
        agents_needed=22,
        no_return_at=at + 60_000,
    )
    first = structs.replace(view.queues[0], projection=projection, outlook=outlook)
    return structs.replace(view, queues=(first, *view.queues[1:]), attendance=attendance(12, at))


def agent(name: str) -> AgentView:
    return AgentView(
        name=name,
        team="blue",
        site="north",
        activity="paused",
        reason="break",
        since=AT - 60_000,
        queues=("sales",),
        paused_in={"sales": "break"},
        contacts=0,
    )


_names = st.text(min_size=1, max_size=12)
_counts = st.integers(0, 2_000)
_instants = st.integers(AT - 86_400_000, AT)
_maybe_instants = st.none() | _instants
_ratios = st.none() | st.floats(0, 1)
_by_name = st.dictionaries(_names, _counts, max_size=4)

_windows = st.builds(
    WindowView,
    level=_ratios,
    abandon_ratio=_ratios,
    asa_ms=st.none() | st.floats(0, 1e9),
    aht_ms=st.none() | st.floats(0, 1e9),
    service_level=st.fixed_dictionaries(dict.fromkeys(FORMULAS, _ratios)),
    service_level_n=st.fixed_dictionaries(dict.fromkeys(FORMULAS, _counts)),
    **dict.fromkeys(
        (
            "offered answered answered_in_threshold abandoned abandoned_short exited level_n level_hits handled "
            "asa_n abandon_ratio_n"
        ).split(),
        _counts,
    ),
)
_intervals = st.builds(
    IntervalView,
    start=_instants,
    end=_instants,
    incomplete=st.booleans(),
    corrected=_counts,
    figures=_windows,
    level_by_arrival=_ratios,
    level_by_arrival_n=_counts,
    occupancy=_ratios,
    load_occupancy=_ratios,
    occupancy_of_ms=st.none() | _counts,
)


_hours = st.builds(
    HoursView,
    week=st.tuples(*[st.sampled_from(("", "09:00-18:00", "22:00-06:00"))] * 7),
    is_open=st.booleans(),
    changes_at=_instants,
    counts_from=_maybe_instants,
)


def queues(name: st.SearchStrategy[str] = _names) -> st.SearchStrategy[QueueView]:
    """Any queue."""
    return st.builds(
        QueueView,
        name=name,
        channel=st.sampled_from(("voice", "chat")),
        target=st.floats(0, 1),
        threshold_ms=_counts,
        short_abandon_ms=_counts,
        formula=st.sampled_from(FORMULAS),
        verdict=st.sampled_from(("breach", "warning", "small_sample", "unknown", "fine")),
        unknown_since=_maybe_instants,
        waiting=st.none() | _counts,
        waiting_past_threshold=st.none() | _counts,
        longest_wait_ms=st.none() | _counts,
        oldest_since=_maybe_instants,
        windows=st.fixed_dictionaries({"15m": _windows, "day": _windows}),
        interval=_intervals,
        trend=st.lists(st.builds(TrendPoint, _instants, _ratios, _counts), max_size=3).map(tuple),
        members=_by_name,
        present=st.none() | _counts,
        elsewhere=st.none() | _counts,
        hours=st.none() | _hours,
        concurrency=st.integers(1, 20),
        room=st.none() | _counts,
        with_room=st.none() | _counts,
        membership=st.sampled_from(("joined", "configured", "inferred", "none")),
        last_event_at=_maybe_instants,
    )


def sources(name: st.SearchStrategy[str] = _names) -> st.SearchStrategy[SourceView]:
    """Any feed."""
    return st.builds(
        SourceView,
        name=name,
        state=st.sampled_from(("up", "down")),
        since=_maybe_instants,
        last_event_at=_maybe_instants,
        delay_ms=st.none() | st.integers(-2_000, 60_000),
        delay_ms_max=st.none() | _counts,
        clock_offset_ms=st.integers(-60_000, 60_000),
        clock_set_at=_maybe_instants,
        events_per_s=st.none() | st.floats(0, 1e4),
        **dict.fromkeys("down_ms gaps events duplicates late corrections".split(), _counts),
        **dict.fromkeys(("anomalies", "resynced", "invalid"), _by_name),
    )


def alerts(id_: st.SearchStrategy[str] = _names) -> st.SearchStrategy[AlertView]:
    """Any alert of any scope; somebody has it in hand, has snoozed it, and is advised whom to call."""
    scopes: list[Scope] = ["queue", "team", "floor", "source", "output", "daemon"]
    return st.sampled_from(scopes).flatmap(lambda scope: _alerts_about(scope, id_))


def _alerts_about(scope: Scope, id_: st.SearchStrategy[str]) -> st.SearchStrategy[AlertView]:
    agent = AGENTS[0]
    return st.builds(
        AlertView,
        id=id_,
        rule=st.sampled_from(("service_level_low", "longest_wait_high", "adherence_low")),
        scope=st.just(scope),
        labels=st.fixed_dictionaries({scope: _names, "owner": st.just(agent)}),
        severity=st.sampled_from(("warning", "critical", "emergency")),
        state=st.sampled_from(("pending", "firing", "acknowledged", "resolved")),
        pending_at=_instants,
        fired_at=_maybe_instants,
        resolved_at=_maybe_instants,
        value=_ratios,
        threshold=st.floats(0, 1),
        message=st.just({"en": "text", "zh": "文字"}),
        acknowledged_at=_maybe_instants,
        acknowledged_by=st.just(agent),
        note=st.just(f"{agent} was called"),
        snoozed_until=_maybe_instants,
        snoozed_by=st.just(agent),
        muted=st.none()
        | st.builds(
            MutedView, by=st.sampled_from(("snooze", "silence", "rule")), what=st.just(agent), until=_maybe_instants
        ),
        advice=st.just({"en": "do", "zh": "做"}),
        lead_advice=st.just({"en": f"call {agent}", "zh": f"呼叫 {agent}"}),
        escalation=st.none() | _escalations(agent),
        actions=st.lists(_actions(agent), max_size=2).map(tuple),
    )


def _escalations(person: str) -> st.SearchStrategy[EscalationView]:
    """Any way in which an alert was carried to this person, who is named wherever somebody could be."""
    called = st.builds(
        CalledView,
        at=_instants,
        person=st.just(person),
        kind=st.sampled_from(("call", "taken", "over")),
        rota=st.just(person),
        step=st.integers(1, 5),
        round=st.integers(1, 5),
        output=st.just(person),
        sent_at=_maybe_instants,
        refused=st.just((person,)),
        held_until=_maybe_instants,
    )
    return st.builds(
        EscalationView,
        name=st.just(person),
        steps=st.integers(1, 5),
        rounds=st.integers(0, 5),
        step=st.integers(0, 5),
        round=st.integers(1, 5),
        next_at=_maybe_instants,
        next_step=st.none() | st.integers(1, 5),
        state=st.sampled_from(("climbing", "taken", "muted", "exhausted", "over")),
        called=st.lists(called, max_size=2).map(tuple),
    )


def _actions(person: str) -> st.SearchStrategy[ActionView]:
    effect = st.builds(EffectView, due_at=_instants, level=_ratios, n=_counts, effect=_ratios)
    return st.builds(
        ActionView,
        id=st.just(person),
        kind=st.sampled_from(("back_from_break", "announcement")),
        at=_instants,
        who=st.just(person),
        note=st.just(person),
        agents=_counts,
        effects=st.dictionaries(st.sampled_from(("5m", "15m", "30m")), effect),
    )


def floors() -> st.SearchStrategy[FloorView]:
    """Any floor of up to three queues, with the two named agents on it."""
    return st.builds(
        FloorView,
        at=_instants,
        site=_names,
        timezone=st.just("Europe/Berlin"),
        interval_ms=st.just(900_000),
        min_sample=st.just(20),
        queues=st.lists(queues(), max_size=3, unique_by=lambda queue: queue.name).map(tuple),
        agents=st.just(tuple(agent(name) for name in AGENTS)),
        activities=_by_name,
        alerts=st.lists(alerts(), max_size=3).map(tuple),
        sources=st.lists(sources(), max_size=2, unique_by=lambda source: source.name).map(tuple),
        oncall=st.just((OnCallView(rota=AGENTS[0], team=AGENTS[0], people=AGENTS, until=None, next_people=AGENTS),)),
        input=st.builds(
            InputView,
            invalid=_by_name,
            anomalies=_by_name,
            **dict.fromkeys(
                "read applied duplicate late ignored unknown_attributes corrections".split(),
                _counts,
            ),
        ),
    )
