"""The types of outputs: which keys belong to which, what each cannot do without, and what holds by default."""

from __future__ import annotations

from typing import Literal, NamedTuple

OutputType = Literal[
    "mqtt", "webhook", "tower", "alertmanager", "mail", "pagerduty", "dingtalk", "wecom", "feishu", "apprise"
]
ROBOTS: frozenset[OutputType] = frozenset(("dingtalk", "wecom", "feishu"))
"""Robots of group chats: whoever knows the address may write there."""
STATES: frozenset[OutputType] = frozenset(("tower", "alertmanager"))
"""These show what is; the others are told of each change."""
SECRET_ADDRESSES: frozenset[OutputType] = ROBOTS | {"apprise"}
"""The address is itself a secret, and may stand in a file of its own."""

_WHOM = frozenset(("type", "timeout", "severity", "rules", "queues", "channels", "labels"))
_MESSAGES = frozenset(("group_by", "group_wait", "group_interval", "remind", "quiet_hours", "storm_max", "flaps_max"))
_SECRET = frozenset(("secret", "secret_file", "tls_ca"))
_LOGIN = _SECRET | {"user"}
_WORDS = _WHOM | _MESSAGES | {"audience", "language", "per_minute", "reserve", "only_oncall"}
_ROBOT = _WORDS | {"url", "url_file", "tls_ca", "calls_everybody"}
KEYS: dict[OutputType, frozenset[str]] = {
    "mqtt": _WHOM | _MESSAGES | _LOGIN | {"audience", "host", "port", "tls", "client_id", "prefix", "resend"},
    "webhook": _WHOM | _MESSAGES | _SECRET | {"audience", "url", "only_oncall"},
    "tower": _WHOM
    | {"url", "tls_ca", "resend", "quiet_hours", "tiers", "lamps", "calm", "buzzer", "buzzer_max"}
    | {"read_back", "read_back_paths"},
    "alertmanager": _WHOM | _LOGIN | {"audience", "urls", "resend", "link"},
    "mail": _WORDS | _LOGIN | {"host", "port", "tls", "starttls", "sender", "to"},
    "pagerduty": _WORDS | _SECRET | {"url", "link"},
    "dingtalk": _ROBOT | {"secret", "secret_file"},
    "wecom": _ROBOT,
    "feishu": _ROBOT | {"secret", "secret_file"},
    "apprise": _WORDS | {"url", "url_file"},
}


class Needed(NamedTuple):
    """Something that outputs of a type cannot do without: one of these keys."""

    keys: tuple[str, ...]
    meaning: str


_ROBOT_ADDRESS = (Needed(("url", "url_file"), "the 'url' of its robot, or better an 'url_file' that holds it"),)
NEEDED: dict[OutputType, tuple[Needed, ...]] = {
    "mqtt": (Needed(("host",), "the 'host' of its broker"),),
    "webhook": (Needed(("url",), "the 'url' that messages are posted to"),),
    "tower": (Needed(("url",), "the 'url' of its control, such as http://10.0.0.7/api/control"),),
    "alertmanager": (Needed(("urls",), "the 'urls' of all its peers"),),
    "mail": (
        Needed(("host",), "the 'host' of its mail server"),
        Needed(("sender",), "the 'sender' that its mail is from, such as floor@example.com"),
    ),
    "pagerduty": (Needed(("secret", "secret_file"), "the routing key of its service, in a 'secret_file'"),),
    "dingtalk": _ROBOT_ADDRESS,
    "wecom": _ROBOT_ADDRESS,
    "feishu": _ROBOT_ADDRESS,
    "apprise": (Needed(("url", "url_file"), "the 'url' for apprise, or better an 'url_file' that holds it"),),
}

PORTS: dict[OutputType, tuple[int, int]] = {"mqtt": (1883, 8883), "mail": (587, 465)}
"""Without TLS from the first byte, and with it."""
URLS: dict[OutputType, str] = {"pagerduty": "https://events.pagerduty.com/v2/enqueue"}
"""Where it is when nothing else is said."""
RESEND_MS: dict[OutputType, int] = {"mqtt": 15_000, "tower": 15_000, "alertmanager": 60_000}
RESEND_MS_MIN = 1_000
TIMEOUT_MS_MIN, TIMEOUT_MS_MAX = 100, 60_000
ALERTS_MAX: dict[OutputType, int] = {"pagerduty": 1, "wecom": 20}
"""Alerts in one message, where it is fewer than elsewhere: an incident is one alert's, and of 2,048 bytes each alert
must have enough to be named."""
PAGES_MAX: dict[OutputType, int] = {"pagerduty": 1, "wecom": 6}
"""The same of what one person on call is told: each must have enough for its link, too."""
PER_MINUTE: dict[OutputType, int] = {"pagerduty": 100, "dingtalk": 20, "wecom": 20, "feishu": 100, "apprise": 60}
"""What the services take; docs/outputs.md says who says so."""
PER_SECOND: dict[OutputType, int] = {"feishu": 5}
RESERVE = 0.25
"""The share of it that is kept for emergencies."""
