"""The configuration of answers from chats: `replies:`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from floorwatch.config.marked_yaml import KeyPath
from floorwatch.config.rotas import nobody_called
from floorwatch.config.values import Name, Section, beside_the_config, written_in
from floorwatch.reply_view import ReplyType


class Reply(Section):
    """One place from which people answer. `people`: how each is called there, and who that is to us."""

    type: ReplyType
    secret: SecretStr | None = None
    secret_file: Path | None = None
    people: dict[Name, Name] = Field({})

    @field_validator("secret_file")
    @classmethod
    def _resolved(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return None if path is None else beside_the_config(path, info)

    def key(self) -> bytes:
        """What its messages are signed with. Raises `OSError` when the file has none to read."""
        if self.secret_file is not None:
            return written_in(self.secret_file, "the secret").encode()
        return b"" if self.secret is None else self.secret.get_secret_value().encode()


def answered_in(replies: Mapping[str, Reply]) -> dict[str, tuple[str, ...]]:
    """By person, the types of the places where they answer with the code of a message: all but pager services, where
    they acknowledge an incident.
    """
    found: dict[str, tuple[str, ...]] = {}
    for reply in replies.values():
        for person in dict.fromkeys(reply.people.values()):
            known = found.get(person, ())
            if reply.type != "pagerduty" and reply.type not in known:
                found[person] = (*known, reply.type)
    return found


def contradictions_of_replies(replies: Mapping[str, Reply], people: Collection[str]) -> Iterator[tuple[KeyPath, str]]:
    """(the key in `replies`, what is wrong and what mends it). `people`: whom the configuration knows."""
    for name, reply in replies.items():
        if reply.secret is not None and reply.secret_file is not None:
            yield (name, "secret"), "is given twice: keep 'secret' or 'secret_file'"
        elif reply.secret_file is None and not (reply.secret and reply.secret.get_secret_value()):
            yield (name,), "needs the secret its messages are signed with, in a 'secret_file': others could sign too"
        if not reply.people:
            yield (name,), "needs 'people', such as {U012AB3CD: A17}: nobody else's answer counts"
        for sender, person in reply.people.items():
            if person not in people:
                yield (name, "people", sender), nobody_called(person, people)
