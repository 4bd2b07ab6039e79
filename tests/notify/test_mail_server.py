"""What is said of a mail server that behaves badly, where nothing but a bare socket behaves so badly."""

from __future__ import annotations

import socket
import ssl

import pytest

from floorwatch.notify.mail_server import MailServer, Posting
from floorwatch.notify.output import NotTakenError


def test_a_server_that_says_nothing_is_not_called_one_that_closed_the_connection() -> None:
    """It takes the connection, and never greets."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = MailServer("127.0.0.1", silent.getsockname()[1], ssl.create_default_context(), "none", timeout_s=0.1)
        with pytest.raises(NotTakenError, match=r"^no reply within 0\.1 s$"):
            Posting(server).greet()
