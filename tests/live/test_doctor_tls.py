"""`floorwatch doctor` and real TLS: who is not vouched for, and whose certificate ends soon."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

from tests.doctor.surgery import Told, doctor
from tests.live.receiver import receiver
from tests.receivers.smtp import post_office

CONFIG = """
sources: {{pbx: {{type: events, path: events.jsonl}}}}
outputs:
  strange: {{type: webhook, url: "https://127.0.0.1:{web}/hook"}}
  ending: {{type: webhook, url: "https://127.0.0.1:{web}/other", tls_ca: certificate.pem}}
  doubted: {{type: mail, host: 127.0.0.1, port: {mail}, sender: f@x.org, to: [a@x.org]}}
  mail: {{type: mail, host: 127.0.0.1, port: {mail}, sender: f@x.org, to: [b@x.org], tls_ca: certificate.pem}}
"""


async def test_certificates_are_looked_at_also_of_mail_servers(certificate: tuple[Path, Path], tmp_path: Path) -> None:
    """Over HTTPS and STARTTLS: refused without the CA; with it, warned of when it ends within two weeks. No letter."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    with receiver() as to:
        to.socket = context.wrap_socket(to.socket, server_side=True)
        async with post_office(certificate) as office:
            config = tmp_path / "floorwatch.yaml"
            config.write_text(CONFIG.format(web=to.server_port, mail=office.port), encoding="utf-8")
            told: Told = await asyncio.to_thread(doctor, config)
            assert not office.tried
    for name in ("strange", "doubted"):
        assert told.level("outputs", f"outputs.{name}", "its certificate is not trusted") == "failed"
    for name in ("ending", "mail"):
        assert told.level("outputs", f"outputs.{name}", "its certificate ends on") == "warning"
