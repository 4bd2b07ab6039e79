"""Mail by a real mail server: what arrives, who is never told in the clear, and what is said of what does not work."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest
from typer.testing import CliRunner, Result

from floorwatch.cli import app
from floorwatch.clock import WallClock
from floorwatch.config import load_config
from floorwatch.links import code_of
from floorwatch.notify.office import Place
from floorwatch.notify.output import Message, NotTakenError, OnCallNote, RefusedError, Said
from floorwatch.notify.trial import trial_message
from floorwatch.outputs import build_output
from tests.live.receiver import receiver
from tests.notify.shown import NOW, alert
from tests.notify.told_floor import told_floor
from tests.receivers.pagerduty import KEY, pagerduty
from tests.receivers.smtp import PASSWORD, USER, PostOffice, post_office

Pair = tuple[Path, Path]
LINK = "https://floor.example.com/take/abc?x=1&y=2"
PAGE = Message(
    "page/A17",
    "mail",
    NOW,
    (Said("k", alert(severity="emergency"), oncall=OnCallNote("page/A17", "call", "north", link=LINK)),),
    to="a17@example.com",
    person="A17",
)


def typed(office: PostOffice, certificate: Pair | None = None, more: str = "") -> str:
    """The output, as people type it."""
    trusted = f", tls_ca: '{certificate[0]}'" if certificate is not None else ""
    return (
        f"  mail: {{type: mail, host: 127.0.0.1, port: {office.port}, sender: 'Floor <floor@example.com>',"
        f" group_wait: 0s, group_interval: 0s{trusted}{more}}}\n"
    )


def mail_of(folder: Path, output: str) -> Place:
    """The output by itself, as the configuration makes it."""
    path = folder / "floorwatch.yaml"
    path.write_text(f"site: {{name: berlin}}\noutputs:\n{output}", encoding="utf-8")
    (place,) = build_output(load_config(path), "mail", WallClock())
    return place


async def tell(place: Place, message: Message) -> None:
    """Tell it, as a worker does."""
    assert place.tells is not None
    async with asyncio.timeout(place.timeout_s):
        await place.tells.tell(message)


SIGNED_IN = f", user: {USER}, secret: {PASSWORD}"
CLEAR = ", starttls: false"
TO = ", to: [lead@example.com]"


async def test_an_alert_arrives_encrypted_and_its_end_in_the_same_thread(certificate: Pair, tmp_path: Path) -> None:
    """Over STARTTLS, signed in, in both languages, and with what keeps robots from answering; the end refers to it."""
    async with (
        post_office(certificate, signs_in=True) as office,
        told_floor(tmp_path, typed(office, certificate, SIGNED_IN + TO)) as floor,
    ):
        contact = await floor.breach()
        await floor.until(lambda: office.taken)
        await floor.mend(contact)
        await floor.until(lambda: len(office.taken) == 2)
        assert floor.row("mail").place == f"smtp://127.0.0.1:{office.port}"
    first, last = office.taken
    assert (first.sender, first.to) == ("floor@example.com", ("lead@example.com",))
    assert (first.was_encrypted, first.user, office.commands) == (True, USER, [])
    opened, closed = first.read(), last.read()
    assert opened["Subject"].startswith("CRITICAL sales: ")
    assert "【严重】sales：" in opened["Subject"]
    assert (opened["From"], opened["To"]) == ("Floor <floor@example.com>", "lead@example.com")
    assert (opened["Auto-Submitted"], opened["X-Priority"]) == ("auto-generated", None)
    assert closed["References"] == opened["References"]
    assert closed["Message-ID"] != opened["Message-ID"]
    assert closed["Subject"].startswith("OVER sales: ")


async def test_where_no_tls_is_offered_nothing_is_said(tmp_path: Path) -> None:
    """Neither a password nor a letter; only who allows it sends in the clear, and then without a password."""
    async with post_office() as office:
        with pytest.raises(NotTakenError, match="offers no STARTTLS, and nothing is sent in the clear"):
            await tell(mail_of(tmp_path, typed(office, more=SIGNED_IN + TO)), PAGE)
        assert (office.commands, office.tried) == ([], [])
        await tell(mail_of(tmp_path, typed(office, more=CLEAR)), PAGE)
        assert [letter.was_encrypted for letter in office.taken] == [False]


async def test_only_whom_the_configuration_trusts_is_written_by(certificate: Pair, tmp_path: Path) -> None:
    """By STARTTLS and by TLS at once; the text says what to do. A port that speaks the other of both is called that."""
    for at_once in (False, True):
        more = ", tls: true" if at_once else ""
        async with post_office(certificate, at_once=at_once) as office:
            with pytest.raises(NotTakenError, match=r"its certificate is not trusted.*name its CA in 'tls_ca'"):
                await tell(mail_of(tmp_path, typed(office, more=more)), PAGE)
            await tell(mail_of(tmp_path, typed(office, certificate, more)), PAGE)
            assert len(office.taken) == 1
    async with post_office(certificate) as office:
        with pytest.raises(NotTakenError, match="TLS fails"):
            await tell(mail_of(tmp_path, typed(office, certificate, ", tls: true")), PAGE)


async def test_what_is_no_mail_server_is_called_that(tmp_path: Path) -> None:
    """One that speaks something else, or nothing, or closes; and a port that nobody listens at."""
    said: list[bytes] = [b"HTTP/1.1 400 Bad Request\r\n", b"", b"554 5.3.2 not you\r\n"]

    async def speak(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said.pop(0))
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    place = mail_of(tmp_path, typed(PostOffice(server.sockets[0].getsockname()[1])))
    closed = "closed the connection before it said that it has the letter"
    for words in ("speaks no SMTP", closed, "answers 554: 5.3.2 not you"):
        with pytest.raises(NotTakenError, match=words):
            await tell(place, PAGE)
    server.close()
    with pytest.raises(NotTakenError, match=r"cannot connect to 127\.0\.0\.1 port"):
        await tell(place, PAGE)


async def test_a_wrong_password_is_called_that(certificate: Pair, tmp_path: Path) -> None:
    """And no letter is sent."""
    async with post_office(certificate, signs_in=True) as office:
        wrong = SIGNED_IN.replace(PASSWORD, "another")
        with pytest.raises(NotTakenError, match="refuses user and secret: 535"):
            await tell(mail_of(tmp_path, typed(office, certificate, wrong)), PAGE)
        assert office.tried == []


async def test_a_page_tells_why_and_how_to_take_it(tmp_path: Path) -> None:
    """Who is called reads the advice for leads, why them, the link and the code, in text and as a button."""
    async with post_office() as office:
        await tell(mail_of(tmp_path, typed(office, more=CLEAR)), PAGE._replace(language="en"))
    (letter,) = office.taken
    assert letter.to == ("a17@example.com",)
    assert letter.read()["X-Priority"] == "1"
    assert letter.read()["X-Floorwatch-Key"] == "page/A17"
    for part in ("To do: Send Ada.", "on call in rota north", f"Take it in hand:\n{LINK}\n"):
        assert part in letter.text()
    assert '<a href="https://floor.example.com/take/abc?x=1&amp;y=2"' in letter.page()
    assert ">I have it</a>" in letter.page()
    assert "派" not in letter.text()


async def test_no_name_adds_a_line_to_the_head_or_a_tag_to_the_page(tmp_path: Path) -> None:
    """Whatever a switch calls its queue, and whatever a lead writes."""
    evil = "sales\r\nBcc: everybody@example.com\r\n\r\n<script>alert(1)</script>"
    words = {"en": f"{evil}: 1:31", "zh": f"{evil}：1:31"}
    message = PAGE._replace(key=evil, said=(Said(evil, alert(message=words, id=evil, note=evil)),))
    async with post_office() as office:
        await tell(mail_of(tmp_path, typed(office, more=CLEAR)), message)
    (letter,) = office.taken
    assert letter.read()["Bcc"] is None
    assert letter.to == ("a17@example.com",)
    assert "Bcc: everybody@example.com" in letter.read()["Subject"]
    assert "<script>" in letter.text()
    assert "<script>" not in letter.page()


@pytest.mark.parametrize(
    ("reply", "letter_reply", "is_refused"),
    [
        ("550 5.1.1 <a17@example.com>: no such user", "", True),
        ("450 4.2.1 <a17@example.com>: not now", "", False),
        ("", "554 5.7.1 a17@example.com does not want this", True),
        ("", "451 4.3.0 out of disk", False),
    ],
)
async def test_who_cannot_be_reached_is_told_from_a_bad_moment(
    tmp_path: Path, reply: str, letter_reply: str, is_refused: bool
) -> None:
    """A permanent refusal is one, so that the person is told otherwise; any other is tried again. None names them."""
    async with post_office() as office:
        office.refuses = {"a17@example.com": reply} if reply else {}
        office.answers = [letter_reply] if letter_reply else []
        with pytest.raises(NotTakenError) as wrong:
            await tell(mail_of(tmp_path, typed(office, more=CLEAR)), PAGE)
    assert isinstance(wrong.value, RefusedError) is is_refused
    assert (reply or letter_reply)[:3] in str(wrong.value)
    assert "a17@" not in str(wrong.value)
    assert office.taken == []


async def test_an_address_that_is_none_is_refused(tmp_path: Path) -> None:
    """Before anybody is connected to: it can add no line to the conversation."""
    async with post_office() as office:
        place = mail_of(tmp_path, typed(office, more=CLEAR))
        for address in ("a17", "a17@example.com\r\nRCPT TO:<x@example.com>", "ä@example.com", "a b@example.com"):
            with pytest.raises(RefusedError, match="no mail address"):
                await tell(place, PAGE._replace(to=address))
        with pytest.raises(RefusedError):
            await tell(place, PAGE._replace(to=""))


async def test_one_refused_address_keeps_nobody_else_from_being_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Told is who can be; the rest is a line of the log, which names no address. When nobody can be, it is not told."""
    message = PAGE._replace(to="", person="")
    async with post_office() as office:
        place = mail_of(tmp_path, typed(office, more=CLEAR + ", to: [a17@example.com, b2@example.com]"))
        office.refuses = {"a17@example.com": "550 5.1.1 <a17@example.com>: no such user"}
        await tell(place, message)
        office.refuses["b2@example.com"] = "550 5.1.1 <b2@example.com>: no such user"
        with pytest.raises(NotTakenError, match="takes it for nobody: answers 550"):
            await tell(place, message)
    assert [letter.to for letter in office.taken] == [("b2@example.com",)]
    said = caplog.text + "".join(capsys.readouterr())
    assert "mail_not_for_all" in said
    assert "@example.com" not in said


async def test_a_server_that_dies_or_hangs_in_the_middle_is_sent_the_same_letter_again(tmp_path: Path) -> None:
    """With the same `Message-ID`, and without waiting for the call that hangs."""
    async with post_office() as office:
        office.dies, office.hangs, office.answers = 1, 1, ["451 4.3.0 greylisted"]
        async with told_floor(tmp_path, typed(office, more=CLEAR + TO + ", timeout: 2s")) as floor:
            await floor.breach()
            await floor.until(lambda: office.taken and floor.row("mail").told, within_s=45)
            assert floor.row("mail").failures == 3
    assert len(office.tried) == 4
    assert len({mail["Message-ID"] for mail in office.tried}) == 1


async def test_a_trial_says_what_came_back(certificate: Pair, tmp_path: Path) -> None:
    """`test-alert` sends to everybody it has, or greets where it has nobody, and fails where nobody is reached."""

    async def tried(more: str) -> list[str]:
        place = mail_of(tmp_path, typed(office, more=CLEAR + more))
        return [line async for line in place.door.test(trial_message("mail", NOW), 0.0)]

    async with post_office() as office:
        mail_of(tmp_path, typed(office, more=CLEAR + TO))
        command = ("-m", "floorwatch", "test-alert", "mail", "--config", str(tmp_path / "floorwatch.yaml"))
        run = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=asyncio.subprocess.PIPE)
        out, _ = await run.communicate()
        assert "sent to 1 of 1: 250 2.0.0 queued as 1 (in the clear)" in out.decode()
        assert run.returncode == 0
        assert office.taken[0].read()["Subject"].startswith("TEST of the output mail")
        assert (await tried(""))[0].startswith("greeted, in the clear; nobody is written to")
        office.refuses = {"lead@example.com": "550 no"}
        with pytest.raises(NotTakenError, match="takes it for nobody"):
            await tried(TO)
    async with post_office(certificate, signs_in=True) as office:
        place = mail_of(tmp_path, typed(office, certificate, SIGNED_IN))
        (line,) = [line async for line in place.door.test(trial_message("mail", NOW), 0.0)]
        assert line.startswith("signed in, TLSv1.")


async def test_every_way_to_reach_a_person_can_be_tried(tmp_path: Path) -> None:
    """At their own addresses, in their language, as a test, whatever the severities; one that fails keeps no other
    back, and is the exit status.
    """
    with receiver() as to:
        async with post_office() as office:
            config = tmp_path / "floorwatch.yaml"
            json_url = f"json://127.0.0.1:{to.server_port}/{{to}}"
            ways = (
                "{output: mail, to: li@example.com, severity: emergency}, {output: hook}, {output: phone, to: '+4860'}"
            )
            config.write_text(
                f"outputs:\n{typed(office, more=CLEAR + TO)}"
                f"  hook: {{type: webhook, url: '{to.address}/hook', only_oncall: true}}\n"
                f"  phone: {{type: apprise, url: '{json_url}'}}\n"
                f"people: {{Li: {{language: zh, channels: [{ways}]}}, B2: }}\n",
                encoding="utf-8",
            )

            async def tried(*more: str) -> Result:
                return await asyncio.to_thread(CliRunner().invoke, app, ["test-alert", *more, "--config", str(config)])

            all_of_them = await tried("--person", "Li")
            assert (all_of_them.exit_code, all_of_them.stderr) == (0, "")
            worked = [line.partition(" (")[0] for line in all_of_them.stdout.splitlines() if line.endswith(": works")]
            assert worked == ["Li, mail", "Li, hook", "Li, phone"]
            (mail,) = office.taken
            assert (mail.to, mail.read()["Subject"]) == (("li@example.com",), "输出 mail 测试：现场一切正常。")
            body = mail.read().get_body(("plain",))
            assert body is not None
            assert "这是您值班时接收通知的方式之一" in body.get_content()
            hook, phone = to.got
            assert (hook.json()["person"], hook.json()["test"], unquote(phone.path)) == ("Li", True, "/+4860")
            office.refuses = {"li@example.com": "550 5.1.1 no such user"}
            refused = await tried("--person", "Li")
            assert (refused.exit_code, refused.stdout.count(": works")) == (1, 2)
            assert "Li, mail (mail, smtp://127.0.0.1" in refused.stderr
            assert (await tried("hook", "--person", "Li")).stdout.count(": works") == 1
            for words, more in {
                "there is no person 'L'; did you mean 'Li'?": ("--person", "L"),
                "people.B2.channels: they have none": ("--person", "B2"),
                "name the OUTPUT to try, or somebody: --person NAME": (),
            }.items():
                wrong = await tried(*more)
                assert (wrong.exit_code, words in wrong.stderr) == (2, True)


ESCALATION = """
people:
  A17: {{channels: [{{output: mail, to: a17@example.com}}, {{output: pager, to: {key}}}]}}
escalations:
  floor: {{steps: [{{tell: [person A17]}}]}}
"""


async def test_who_is_refused_by_mail_is_called_by_their_next_channel(tmp_path: Path) -> None:
    """A person on call, from the rule that fires to the incident at their own service, which is resolved in the end;
    nobody else is written to, and no place shows their address or key.
    """
    with pagerduty() as pager:
        async with post_office() as office:
            office.refuses = {"a17@example.com": "550 5.1.1 <a17@example.com>: no such user"}
            outputs = (
                typed(office, more=CLEAR) + f"  pager: {{type: pagerduty, url: '{pager.url}', only_oncall: true}}\n"
            )
            async with told_floor(tmp_path, outputs + ESCALATION.format(key=KEY)) as floor:
                contact = await floor.breach()
                await floor.until(lambda: pager.incidents)
                await floor.mend(contact)
                await floor.until(lambda: [one.state for one in pager.incidents.values()] == ["resolved"])
                shown = str(floor.office.json())
                assert not floor.row("mail").attempts
    assert office.taken == []
    assert pager.notified[0].startswith("CRITICAL sales: ")
    assert "a17@" not in shown
    assert KEY not in shown


ANSWERED = """
people:
  A17: {timezone: Asia/Shanghai, channels: [{output: mail, to: a17@example.com}]}
  B2: {channels: [{output: mail, to: b2@example.com}]}
escalations:
  floor: {steps: [{tell: [person A17, person B2]}]}
replies:
  chat: {type: slack, secret: s, people: {U1: A17}}
  pager: {type: pagerduty, secret: s, people: {P1: A17, P2: B2}}
"""


async def test_a_person_reads_where_they_may_answer_and_whose_times_these_are(tmp_path: Path) -> None:
    """Who has no chat here is not told of a code, and who lives by the clock of the site not whose times these are."""
    async with post_office() as office, told_floor(tmp_path, typed(office, more=CLEAR) + ANSWERED) as floor:
        await floor.breach()
        await floor.until(lambda: len(office.taken) == 2)
        (alert_id,) = [alert.id for alert in floor.engine.watch.pending_and_firing()]
    texts = {letter.to[0]: letter.text() for letter in office.taken}
    assert f"In Slack: take {code_of(alert_id)}" in texts["a17@example.com"]
    assert "Times are those of UTC" in texts["a17@example.com"]
    assert code_of(alert_id) not in texts["b2@example.com"]
    assert "Times are" not in texts["b2@example.com"]
