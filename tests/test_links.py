"""The key that links are signed with, the tokens made with it, and the codes that are answered in chats."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from floorwatch.config import load_config
from floorwatch.config.problems import ConfigError
from floorwatch.config.summary import summary
from floorwatch.links import CODE_LENGTH, CODE_LETTERS, KEY_FILE, PATH, LinkKeyError, LinkSigner, code_of, load_link_key

ADDRESS = "https://floor.example.com"
KEY = bytes(range(32))
HOUR_MS = 3_600_000
EXPIRES_MS = 1_772_614_800_000
SIGNER = LinkSigner(KEY, ADDRESS, HOUR_MS)


def token(alert: str = "rule/sales/1", person: str = "A17", page: str = "rule/sales/1/e1.1.1.1/A17") -> str:
    return SIGNER.address_for(alert, person, page, EXPIRES_MS).removeprefix(ADDRESS + PATH)


names = st.text(min_size=1, max_size=4_096)


@given(alert=names, person=names, page=names)
def test_a_token_says_who_and_what_whatever_they_are_called(alert: str, person: str, page: str) -> None:
    """Any text at all: one length, our letters, and it stands for this alert and this person and no others."""
    made = token(alert, person, page)
    assert re.fullmatch(r"[A-Za-z0-9_-]{84}", made)
    link = SIGNER.read(made)
    assert link is not None
    assert (link.purpose, link.expires_at) == ("take", EXPIRES_MS)
    assert SIGNER.is_about(link, alert)
    assert SIGNER.is_for(link, person)
    assert not SIGNER.is_about(link, alert + "x")
    assert not SIGNER.is_for(link, person + "x")


def test_an_address_stays_short_and_names_nobody() -> None:
    """Addresses end up in logs of proxies: of person, alert and page nothing can be read out of one."""
    alert = "service_level_low/" + "s" * 4_000
    address = SIGNER.address_for(alert, "Kim Lee", f"{alert}/e1.1.1.1/Kim Lee", EXPIRES_MS)
    assert len(address) < 120
    raw = base64.urlsafe_b64decode(address.rpartition("/")[2])
    assert b"Kim" not in raw
    assert b"sss" not in raw
    assert LinkSigner(bytes(32), ADDRESS, 1).address_for(alert, "Kim Lee", "p", EXPIRES_MS)[-84:-30] not in address


def test_the_same_page_has_the_same_link_and_another_one_another() -> None:
    """After a restart the link in a message that is sent again is the one that was sent: used once in all."""
    link, again = SIGNER.read(token()), LinkSigner(KEY, ADDRESS, 5).read(token())
    assert link == again
    assert token() == token()
    other = SIGNER.read(token(page="rule/sales/1/e1.1.1.2/A17"))
    assert link is not None
    assert other is not None
    assert link.id != other.id
    acts = [SIGNER.read(SIGNER.following(link, EXPIRES_MS + 1)), SIGNER.read(SIGNER.following(other, EXPIRES_MS))]
    assert [act.purpose for act in acts if act] == ["act", "act"]
    assert len({one.id for one in (link, other, *acts) if one}) == 4
    assert acts[0] is not None
    assert (acts[0].alert, acts[0].person, acts[0].expires_at) == (link.alert, link.person, EXPIRES_MS + 1)


@given(place=st.integers(0, 83), letter=st.characters(max_codepoint=0x2FF))
def test_a_token_with_another_letter_is_not_ours(place: int, letter: str) -> None:
    """Every letter counts, and each token has one spelling."""
    made = token()
    if made[place] != letter:
        assert SIGNER.read(made[:place] + letter + made[place + 1 :]) is None


def test_each_token_has_one_spelling() -> None:
    """The letters of other kinds of base 64 mean the same bytes, and are not ours."""
    made = next(one for number in range(99) if {"-", "_"} <= set(one := token(page=str(number))))
    assert SIGNER.read(made) is not None
    for spelt in (made.replace("-", "+"), made.replace("_", "/"), made.replace("-", "+").replace("_", "/")):
        assert SIGNER.read(spelt) is None


@given(text=st.one_of(st.text(max_size=90), st.binary(min_size=63, max_size=63)))
def test_what_was_made_elsewhere_is_not_ours(text: str | bytes) -> None:
    """Any text, and any 63 bytes in the right letters."""
    assert SIGNER.read(text if isinstance(text, str) else base64.urlsafe_b64encode(text).decode()) is None


@pytest.mark.parametrize("change", ["=", " ", "\n", "%3D", ".", "AAAA"])
def test_what_stands_before_or_after_a_token_makes_it_another(change: str) -> None:
    """No padding, no blank, no full stop at the end of a sentence."""
    assert SIGNER.read(token() + change) is None
    assert SIGNER.read(change + token()) is None


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    """32 random bytes that nobody else can read; the next start finds them; another folder has others."""
    key = load_link_key(tmp_path)
    assert len(key) == 32
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert load_link_key(tmp_path) == key
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]
    (tmp_path / "other").mkdir()
    assert load_link_key(tmp_path / "other") != key
    (tmp_path / KEY_FILE).unlink()
    (tmp_path / f".{KEY_FILE}.part").write_bytes(b"cut off by a crash")
    made = LinkSigner(load_link_key(tmp_path), ADDRESS, 1)
    assert made.read(LinkSigner(key, ADDRESS, 1).address_for("a", "b", "c", 1)) is None, "the old links are refused"


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 33, bytes(32)])
def test_a_damaged_key_is_named_and_not_replaced(tmp_path: Path, content: bytes) -> None:
    """Short, long, or zeroed by a crash of the disk: the error says which file, and what deleting it means."""
    path = tmp_path / KEY_FILE
    path.write_bytes(content)
    with pytest.raises(LinkKeyError, match=r"link\.key .*bring it back, or delete it"):
        load_link_key(tmp_path)
    assert path.read_bytes() == content
    path.unlink()
    path.mkdir()
    with pytest.raises(LinkKeyError, match="is no file"):
        load_link_key(tmp_path)


def test_a_key_that_others_could_read_is_closed_and_said(tmp_path: Path) -> None:
    """The mode is tightened, the key stays: links that were sent go on working."""
    key = load_link_key(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o644)
    with capture_logs() as logs:
        assert load_link_key(tmp_path) == key
    assert [(line["event"], line["mode"]) for line in logs] == [("link.key_was_open", "0o644")]
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_codes_are_short_stable_and_can_be_read_aloud() -> None:
    """Six letters without vowels; of a thousand alerts next to none share one; never another for the same alert."""
    codes = {code_of(f"longest_wait_high/queue {number}/{EXPIRES_MS + number}") for number in range(1_000)}
    assert len(codes) >= 998
    assert all(len(code) == CODE_LENGTH and set(code) <= set(CODE_LETTERS) for code in codes)
    assert code_of("longest_wait_high/sales/1772614861000") == "QWDKTW"


@pytest.mark.parametrize(
    ("typed", "key", "words"),
    [
        ("links: {address: floor.example.com}", "links.address", "must be an address"),
        ("links: {address: 'https://10.0.0.7/board'}", "links.address", "of the wallboard alone: https://10.0.0.7"),
        ("links: {address: 'https://a:b@10.0.0.7'}", "links.address", "holds a user or a password"),
        ("links: {address: 'https://floor.example.com'}", "links.address", "put 'floor.example.com' under http.allow"),
        ("links: {address: 'https://10.0.0.7', valid: 4m}", "links.valid", "must be from 5m to 7d"),
        ("links: {address: 'https://10.0.0.7', valid: 8d}", "links.valid", "must be from 5m to 7d"),
        ("replies: {chat: {type: slack, secret: s}}", "replies.chat", "nobody else's answer counts"),
        ("replies: {chat: {type: slack, people: {U1: A17}}}", "replies.chat", "others could sign too"),
        ("replies: {chat: {type: slack, secret: s, people: {U1: A17}}}", "people.U1", "name it under 'people:'"),
        (
            "people: {A17: {}}\nreplies: {chat: {type: slack, secret: s, people: {U1: A71}}}",
            "U1",
            "did you mean 'A17'?",
        ),
        ("replies: {chat: {type: irc}}", "replies.chat.type", "must be one of"),
        ("replies: {chat: {type: slack, secret: s, secret_file: f}}", "replies.chat.secret", "is given twice"),
    ],
)
def test_what_cannot_work_is_refused_with_the_way_out(tmp_path: Path, typed: str, key: str, words: str) -> None:
    """The key and what mends it, before anybody is sent a link that leads nowhere."""
    path = tmp_path / "floorwatch.yaml"
    path.write_text(typed, encoding="utf-8")
    with pytest.raises(ConfigError) as wrong:
        load_config(path)
    found = [str(problem) for problem in wrong.value.problems]
    assert any(key in problem and words in problem for problem in found), found


@pytest.mark.parametrize(("written", "why"), [(b" \n", "is empty"), (b"\xff\xfe\x00", "is no text")])
def test_answers_are_checked_with_a_secret_that_somebody_has_written(tmp_path: Path, written: bytes, why: str) -> None:
    """A file that was not filled, or holds no text, ends the start with a sentence that names it."""
    path, key = tmp_path / "floorwatch.yaml", tmp_path / "key"
    people = "people: {A17: {}}"
    path.write_text(f"{people}\nreplies: {{chat: {{type: slack, secret_file: key, people: {{U1: A17}}}}}}", "utf-8")
    reply = load_config(path).replies["chat"]
    key.write_bytes(written)
    with pytest.raises(OSError, match=why) as wrong:
        reply.key()
    assert wrong.value.filename == str(key)
    key.write_bytes(b"hush\n")
    assert reply.key() == b"hush"


def test_check_config_says_how_alerts_are_taken_in_hand(tmp_path: Path) -> None:
    """Where links lead and who may answer; and that plain HTTP gives a link away, or that there are no links at all."""
    path = tmp_path / "floorwatch.yaml"
    people = (
        "outputs: {desk: {type: webhook, url: 'http://desk', secret: s}}\npeople: {A17: {channels: [{output: desk}]}}"
    )
    path.write_text(people, encoding="utf-8")
    assert "people: without links.address, what they are sent holds no link" in summary(load_config(path))
    replies = "replies: {chat: {type: slack, secret_file: none, people: {U1: A17}}}"
    path.write_text(f"{people}\nlinks: {{address: 'http://10.0.0.7'}}\n{replies}", encoding="utf-8")
    said = summary(load_config(path))
    assert "links      http://10.0.0.7, good for 8 h" in said
    assert "links.address: over plain http" in said
    assert "replies    chat (slack), of A17" in said
    assert f"replies.chat.secret_file: {tmp_path}/none cannot be read" in said
    path.write_text(f"{people}\nlinks: {{address: 'https://10.0.0.7'}}", encoding="utf-8")
    assert "links.address: over" not in summary(load_config(path))


def test_an_address_that_the_server_answers_to_is_taken(tmp_path: Path) -> None:
    """A name of its own, an address in digits, or this machine."""
    path = tmp_path / "floorwatch.yaml"
    for address in ("https://floor.example.com/", "http://10.0.0.7:8321", "http://[::1]:8321", "http://localhost:8321"):
        path.write_text(
            f"http: {{allowed_hosts: [Floor.example.com]}}\nlinks: {{address: '{address}'}}", encoding="utf-8"
        )
        assert load_config(path).links.address == address
