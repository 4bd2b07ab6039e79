"""How FreeSWITCH writes events and answers: `switch_event_serialize`, `switch_event_serialize_json`, `api_exec`."""

from __future__ import annotations

import json
from datetime import UTC, datetime

Headers = dict[str, str]

_UNSAFE = frozenset(b'\r\n #%&+:;<=>?@[\\]^`{|}"')
"""SWITCH_URL_UNSAFE of `switch_utils.h`; control characters and everything beyond ASCII are encoded too."""
_ENCODED = {byte: f"%{byte:02X}" for byte in range(0x100) if byte in _UNSAFE or not 0x20 <= byte <= 0x7E}


def url_encoded(value: str) -> str:
    """`switch_url_encode`: capital hexadecimal, byte by byte."""
    return value.encode().decode("latin-1").translate(_ENCODED)


def serialized(headers: Headers, body: str = "") -> bytes:
    """`switch_event_serialize`: a value that is empty is written `_undef_`; a body has a length of its own."""
    lines = "".join(f"{name}: {url_encoded(value) or '_undef_'}\n" for name, value in headers.items())
    tail = f"Content-Length: {len(body.encode())}\n\n{body}" if body else "\n"
    return (lines + tail).encode()


def serialized_json(headers: Headers, body: str = "") -> bytes:
    """`switch_event_serialize_json`: the values as they are, the body as `_body`."""
    rest = {"Content-Length": str(len(body.encode())), "_body": body} if body else {}
    return json.dumps(headers | rest, ensure_ascii=False, separators=(",", ":")).encode()


def event_message(event: bytes, kind: str) -> bytes:
    """`read_packet`, where it hands an event to the socket: the length comes first."""
    return f"Content-Length: {len(event)}\nContent-Type: text/event-{kind}\n\n".encode() + event


def api_response(answer: str) -> bytes:
    """`api_exec`: an empty answer is none."""
    body = (answer or "-ERR no reply\n").encode()
    return f"Content-Type: api/response\nContent-Length: {len(body)}\n\n".encode() + body


def command_reply(text: str) -> bytes:
    """`listener_run`, for every command but `api`."""
    return f"Content-Type: command/reply\nReply-Text: {text}\n\n".encode()


def notice(kind: str, text: str) -> bytes:
    """`send_disconnect`, and the rejection of an address in `listener_run`."""
    return f"Content-Type: {kind}\nContent-Length: {len(text.encode())}\n\n{text}".encode()


def stamps(name: str, core: str, sequence: int, at_us: int, source: tuple[str, str, str]) -> Headers:
    """`switch_event_prep_for_delivery_detailed`: what every event begins with. `source`: file, function, line."""
    date = datetime.fromtimestamp(at_us // 1_000_000, UTC)
    return {
        "Event-Name": name,
        "Core-UUID": core,
        "FreeSWITCH-Hostname": "pbx-a",
        "FreeSWITCH-Switchname": "pbx-a",
        "FreeSWITCH-IPv4": "192.0.2.10",
        "FreeSWITCH-IPv6": "::1",
        "Event-Date-Local": date.strftime("%Y-%m-%d %H:%M:%S"),
        "Event-Date-GMT": date.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        "Event-Date-Timestamp": str(at_us),
        "Event-Calling-File": source[0],
        "Event-Calling-Function": source[1],
        "Event-Calling-Line-Number": source[2],
        "Event-Sequence": str(sequence),
    }
