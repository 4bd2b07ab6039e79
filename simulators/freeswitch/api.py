"""What `api` answers: `cc_config_api_function`, `list_result_callback`, and two commands of mod_commands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from simulators.freeswitch.callcenter import AgentRow, CallCenter, MemberRow

_QUEUES = (
    "name|strategy|moh_sound|time_base_score|tier_rules_apply|tier_rule_wait_second|tier_rule_wait_multiply_level|"
    "tier_rule_no_agent_no_wait|discard_abandoned_after|abandoned_resume_allowed|max_wait_time|"
    "max_wait_time_with_no_agent|max_wait_time_with_no_agent_time_reached|record_template|calls_answered|"
    "calls_abandoned|ring_progressively_delay|skip_agents_with_external_calls|agent_no_answer_status"
)
_QUEUE = "longest-idle-agent|local_stream://moh|system|false|0|true|false|60|false|0|0|5|(null)|0|0|10|true|On Break"
_AGENTS = (
    "name|instance_id|uuid|type|contact|status|state|max_no_answer|wrap_up_time|reject_delay_time|busy_delay_time|"
    "no_answer_delay_time|last_bridge_start|last_bridge_end|last_offered_call|last_status_change|no_answer_count|"
    "calls_answered|talk_time|ready_time|external_calls_count"
)
_MEMBERS = (
    "queue|instance_id|uuid|session_uuid|cid_number|cid_name|system_epoch|joined_epoch|rejoined_epoch|bridge_epoch|"
    "abandoned_epoch|base_score|skill_score|serving_agent|serving_system|state|score"
)


def answer(callcenter: CallCenter, command: str, now_us: int) -> str:
    """What the switch writes back to `api COMMAND` at this instant."""
    name, *words = _separated(command)
    if name == "strmicroepoch" and not words:
        return str(now_us)
    if name == "global_getvar" and words == ["core_uuid"]:
        return callcenter.core
    if name == "callcenter_config":
        return _config(callcenter, words, now_us // 1_000_000)
    return f"-ERR {name} Command not found!\n"


def _config(callcenter: CallCenter, words: Sequence[str], now: int) -> str:
    match words:
        case ["queue", "list"]:
            # Here the column line is written first, whatever follows.
            return "".join(
                f"{line}\n" for line in (_QUEUES, *(f"{queue}|{_QUEUE}" for queue in callcenter.queues), "+OK")
            )
        case ["queue", "list", "members", queue]:
            callcenter.discard(now)
            rows = (row for row in callcenter.members.values() if row.queue == queue)
            return _listed(_MEMBERS, (_member(row, now) for row in rows))
        case ["agent", "list"]:
            return _listed(_AGENTS, map(_agent, callcenter.agents.values()))
        case ["tier", "list"]:
            tiers = sorted(callcenter.tiers.items(), key=lambda tier: tier[1])
            return _listed(
                "queue|agent|state|level|position",
                (f"{queue}|{agent}|Ready|{level}|1" for (queue, agent), level in tiers),
            )
    return "-ERR Invalid!\n"


def _listed(columns: str, rows: Iterable[str]) -> str:
    """`list_result_callback`: the column line is written with the first row, so an empty table has none."""
    lines = list(rows)
    return "".join(f"{line}\n" for line in ([columns, *lines] if lines else []) + ["+OK"])


def _agent(row: AgentRow) -> str:
    contact = f"[leg_timeout=15]user/{row.name}|loopback/{row.name}"  # a dial string may hold the table's own separator
    times = f"{row.last_bridge_start}|{row.last_bridge_end}|{row.last_offered_call}|{row.last_status_change}"
    return (
        f"{row.name}|single_box|{row.uuid}|Callback|{contact}|{row.status}|{row.state}|3|{row.wrap_up_time}|10|10|5|"
        f"{times}|0|{row.calls_answered}|{row.talk_time}|0|0"
    )


def _member(row: MemberRow, now: int) -> str:
    return (
        f"{row.queue}|single_box|{row.uuid}|{row.session_uuid}|+4955500000|Caller, of [test]|{row.joined_epoch}|"
        f"{row.joined_epoch}|{row.rejoined_epoch}|{row.bridge_epoch}|{row.abandoned_epoch}|0|0|{row.serving_agent}|"
        f"{'single_box' if row.serving_agent else ''}|{row.state}|{now - row.joined_epoch}"
    )


def _separated(command: str) -> list[str]:
    """`switch_separate_string`, as far as it is used: blanks separate, single quotes hold together."""
    words, quoted = [""], False
    for letter in command.strip():
        if letter == "'":
            quoted = not quoted
        elif letter == " " and not quoted:
            words.append("")
        else:
            words[-1] += letter
    return words
