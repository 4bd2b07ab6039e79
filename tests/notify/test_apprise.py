"""Whatever apprise reaches: told through it, within what each service takes, and without a word of its address."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest
from msgspec import structs
from typer.testing import CliRunner

from floorwatch.cli import app as command_line
from floorwatch.notify.apprise_output import Apprise
from floorwatch.notify.output import NotTakenError
from floorwatch.notify.trial import trial_message
from floorwatch.notify.words import Site
from tests.live.receiver import FAILING, GOOD, HANGING, Behaviour, Receiver, receiver
from tests.notify.told_floor import told_floor

TOKEN = "verysecrettoken"
MESSAGE = trial_message("phones", 1_795_953_600_000)


def url(to: Receiver, path: str = TOKEN) -> str:
    return f"json://127.0.0.1:{to.server_port}/{path}"


def door(address: str) -> Apprise:
    return Apprise(address, "phones", site=Site("berlin"), audience="public", language="en")


async def test_what_apprise_reaches_is_told(tmp_path: Path) -> None:
    """Title and text arrive as one message, in the form for everybody; three in a row without a pause of its own."""
    with receiver() as to:
        text = f"  phones: {{type: apprise, url: '{url(to)}', group_wait: 0s, group_interval: 0s}}\n"
        async with told_floor(tmp_path, text) as floor:
            for told, queue in enumerate(("q1", "q2", "q3"), 1):
                await floor.breach(queue)
                await floor.until(lambda told=told: floor.row("phones").told == told)
            assert floor.row("phones").json()["place"] == "json://"
    assert [got.path for got in to.got] == [f"/{TOKEN}"] * 3
    first = to.got[0].json()
    assert "q1" in first["title"]
    assert "berlin" in first["message"]


async def test_what_is_not_taken_is_said_without_the_address() -> None:
    """Its log says why; tokens, hosts and numbers are left out of it."""
    with receiver(FAILING) as to:
        with pytest.raises(NotTakenError) as wrong:
            await door(url(to)).tell(MESSAGE)
        assert "503" in str(wrong.value)
        with pytest.raises(NotTakenError) as wrong:
            await door(url(to).replace(f":{to.server_port}", ":1")).tell(MESSAGE)
    assert "onnection" in str(wrong.value)
    assert TOKEN not in str(wrong.value)
    assert "127.0.0.1" not in str(wrong.value)


async def test_redirects_are_not_followed() -> None:
    """What stands in the configuration is told, and nobody else."""
    with receiver() as other:
        elsewhere = Behaviour(code=302, headers={"Location": f"{other.address}/x"})
        with receiver(elsewhere) as to, pytest.raises(NotTakenError):
            await door(url(to)).tell(MESSAGE)
    assert not other.got


async def test_while_one_call_hangs_no_other_is_begun() -> None:
    """It is in a thread of its own, which nobody waits for; the loop goes on."""
    with receiver(choose=lambda n: HANGING if n == 1 else GOOD) as to:
        service = door(url(to))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await service.tell(MESSAGE)
        with pytest.raises(TimeoutError, match="has not come back yet"):
            await service.tell(MESSAGE)
        assert len(to.got) == 1


async def test_each_person_is_told_at_their_own_address() -> None:
    """`{to}` in the address is where theirs belongs, whatever letters it is made of."""
    with receiver() as to:
        service = door(url(to, "send/{to}"))
        await service.tell(MESSAGE._replace(to="+48600100200"))
        await service.tell(MESSAGE._replace(to="a/b?c=d&e"))
        assert [line async for line in service.test(MESSAGE, 0)] == [
            "leads nowhere without the address of a person: nothing was sent"
        ]
    assert [unquote(got.path) for got in to.got] == ["/send/+48600100200", "/send/a/b?c=d&e"]


async def test_where_no_address_of_a_person_belongs_a_group_reads_the_form_for_everybody() -> None:
    """A message to somebody leads to whoever is there: nothing in it is for leads only, and a trial says so."""
    with receiver() as to:
        service = door(url(to))
        await service.tell(MESSAGE._replace(to="a17"))
        trial = [line async for line in service.test(MESSAGE._replace(to="a17"), 0)]
    assert trial == ["the public form sent: it was taken"]
    assert len(to.got) == 2
    for got in to.got:
        assert "form for everybody" in got.json()["message"]
        assert "form for leads" not in got.json()["message"]


def test_a_text_is_as_long_as_the_service_takes() -> None:
    """A text message holds 160 letters and has no title; what is cut is the end."""
    address = "twilio://AC" + "1" * 32 + ":" + "a" * 32 + "@15550001111/15552223333"
    service = door(address)
    long = structs.replace(MESSAGE.said[0].alert, message={"en": "x" * 500, "zh": "x"})
    words = service._words(MESSAGE._replace(said=(MESSAGE.said[0]._replace(alert=long),)), service._service(address))  # type: ignore[arg-type]
    assert words.title == ""
    assert "phones" in words.text
    assert len(words.text) <= 160


def test_each_target_is_a_request_of_its_own() -> None:
    """A message to three channels uses up three of what may be sent."""
    assert door("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#a/#b/#c").targets == 3
    assert door("json://127.0.0.1/{to}").targets == 1


@pytest.mark.parametrize("address", [f"nothing://{TOKEN}", f"tgram://{TOKEN}/1", f"nothing://{TOKEN}/{{to}}"])
def test_an_address_of_no_service_is_not_quoted(address: str) -> None:
    """It is refused at the start, with its key instead of itself."""
    with pytest.raises(OSError, match=r"apprise") as wrong:
        door(address)
    assert TOKEN not in str(wrong.value)
    assert wrong.value.filename == "outputs.phones.url"


def test_without_apprise_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only where an output needs it; everything else runs without."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "apprise"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "apprise", None)
    config = tmp_path / "floorwatch.yaml"
    config.write_text(json.dumps({"outputs": {"phones": {"type": "apprise", "url": f"json://{TOKEN}"}}}))
    tried = CliRunner().invoke(command_line, ["test-alert", "phones", "--config", str(config)])
    assert tried.exit_code != 0
    assert 'pip install "floorwatch[notify]"' in tried.stderr
    assert TOKEN not in tried.stderr
