"""Who asks: the token in `Authorization: Bearer`, or the session of a browser that is signed in here."""

from __future__ import annotations

from starlette.requests import Request

from db.session import reading, transaction
from db.store.sessions import account_of
from db.store.tokens import account_of_token, is_use_unnoted, note_token_used
from hume.logs import note_account
from hume.records import Account
from hume.roles import may
from hume.server.database import engine
from hume.server.guard import COOKIE, Refused, check_origin


def asking(request: Request, role: str) -> Account:
    """The account that asks, if it may what asks for `role`; else Refused (401, 403).

    A token has the role that its account has at this moment. A token that is no good is refused even where a cookie
    would do: a script must learn that its token is gone.
    """
    header = request.headers.get("authorization")
    account = _by_cookie(request) if header is None else _by_token(header)
    note_account(account.id)
    if not may(account.role, role):
        raise Refused(403, f"This needs the role {role!r}; yours is {account.role!r}.")
    return account


def _by_token(header: str) -> Account:
    scheme, _, token = header.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Refused(401, "The header must be: Authorization: Bearer TOKEN")
    token = token.strip()
    with reading(engine()) as session:
        account = account_of_token(session, token)
        unnoted = account is not None and is_use_unnoted(session, token)
    if account is None:
        raise Refused(401, "This token is not known, was revoked or has expired. Make one: hume people token NAME")
    if unnoted:
        with transaction(engine()) as session:
            note_token_used(session, token)
    return account


def _by_cookie(request: Request) -> Account:
    check_origin(request)
    token = request.cookies.get(COOKIE, "")
    with reading(engine()) as session:
        account = account_of(session, token) if token else None
    if account is None:
        raise Refused(401, "Send a token (Authorization: Bearer TOKEN), or sign in in this browser.")
    return account
