"""Outputs over HTTPS: who is not vouched for is told nothing."""

from __future__ import annotations

import ssl
from pathlib import Path

from tests.live.receiver import receiver
from tests.notify.told_floor import told_floor


async def test_a_webhook_is_posted_to_whom_the_configuration_trusts(
    certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    """With the CA of the configuration it is; without, it is not, and the outbox says what to do."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    with receiver() as to:
        to.socket = context.wrap_socket(to.socket, server_side=True)
        url = f"'{to.address.replace('http', 'https')}'"
        strange = f"  strange: {{type: webhook, url: {url}, group_wait: 0s}}\n"
        trusted = f"  hook: {{type: webhook, url: {url}, group_wait: 0s, tls_ca: '{certificate[0]}'}}\n"
        async with told_floor(tmp_path, strange + trusted) as floor:
            await floor.breach()
            await floor.until(lambda: floor.row("hook").told and floor.row("strange").failures)
            assert "its certificate is not trusted" in floor.row("strange").why
            assert "name its CA in 'tls_ca'" in floor.row("strange").why
            assert floor.row("strange").told == 0
    assert {got.json()["output"] for got in to.got} == {"hook"}
