"""One token for each role, as a daemon with tokens would have them."""

from __future__ import annotations

from floorwatch.serve.auth import Access, Grant, Role, hash_of, new_token

ROLES: tuple[Role, ...] = ("viewer", "lead", "supervisor", "admin", "ingest", "metrics")
TOKENS: dict[Role, str] = {role: new_token(role) for role in ROLES}
SOURCES = {"ingest": ("cloud",)}


def grants() -> list[Grant]:
    return [Grant(f"{role} of A17", role, hash_of(TOKENS[role]), SOURCES.get(role, ())) for role in ROLES]


def closed(*, open_to_viewers: bool = False) -> Access:
    """Access as it is with tokens."""
    return Access(grants(), open_to_viewers=open_to_viewers)


def bearer(role: Role) -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKENS[role]}"}
