"""Passwords: which are taken, and what is stored of them, which is Argon2id with the parameters that OWASP names."""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import tables as t
from hume.errors import HumeError

SHORTEST, LONGEST = 10, 256
FEWEST_GUESSES = 1_000_000
"""A password that is among the first million which one would try is refused: zxcvbn's estimate."""
SHORTEST_KNOWN = 3
"""Letters of a word that is taken for the account's name, and counts for nothing in its password."""
ESTIMATED = 72
"""Characters that the estimate looks at; it takes no more."""

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_at_once = threading.BoundedSemaphore(4)  # each takes 19 MiB


def check_password(password: str, name: str) -> None:
    """HumeError where a password is too short, too long or too easily guessed by one who knows the account's name."""
    plain = _normal(password)
    if len(plain) < SHORTEST:
        raise HumeError("This password is too short. Take 10 characters or more; several words are good.")
    if len(plain) > LONGEST:
        raise HumeError("This password is too long. Take 256 characters or fewer.")
    if _guesses(plain, name) < FEWEST_GUESSES:
        raise HumeError("This password is too easy to guess. Take another, such as several words.")


def hashed(password: str) -> str:
    """What is stored of a password: 19 MiB of memory and some hundredths of a second of CPU, each time another."""
    with _at_once:
        return _HASHER.hash(_encoded(password))


def matches(stored: str, password: str) -> bool:
    """Whether that is the password. '', nobody's, matches none, and takes as long to say so."""
    with _at_once:
        try:
            return _HASHER.verify(stored or _nobodys(), _encoded(password)) and bool(stored)
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(stored: str) -> bool:
    """Whether it was hashed with other parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


def password_of(session: Session, name: str) -> tuple[int, str]:
    """(id, what is stored of the password) of the account that may sign in by that name; (0, '') for none."""
    query = select(t.Account.id, t.Account.password_hash)
    row = session.execute(query.where(t.Account.name == name.strip(), t.Account.disabled_at.is_(None))).first()
    return (row.id, row.password_hash) if row else (0, "")


def has_password(session: Session, account_id: int) -> bool:
    """Whether the account can sign in by a password."""
    return bool(session.scalar(select(t.Account.password_hash).where(t.Account.id == account_id)))


def replace_password(session: Session, account_id: int, before: str, after: str) -> bool:
    """Store `after` where `before` is stored; False where it no longer is, or the account has been disabled."""
    live = (t.Account.id == account_id, t.Account.password_hash == before, t.Account.disabled_at.is_(None))
    row = session.scalars(select(t.Account).where(*live).with_for_update()).first()
    if row is not None:
        row.password_hash = after
        session.flush()
    return row is not None


def _guesses(password: str, name: str) -> int:
    from zxcvbn import zxcvbn  # type: ignore[import-untyped]  # reads its lists of words: some tenths of a second

    words = [word for word in (name, *name.split(), "hume") if len(word) >= SHORTEST_KNOWN]
    without = re.sub("|".join(map(re.escape, words)), "", password, flags=re.IGNORECASE)
    return min(int(zxcvbn(text[:ESTIMATED], user_inputs=words)["guesses"]) for text in (password, without or "a"))


def _normal(password: str) -> str:
    """The same password, on whatever keyboard it was typed: an `é` has two spellings in Unicode."""
    return unicodedata.normalize("NFKC", password)


def _encoded(password: str) -> bytes:
    return _normal(password).encode(errors="surrogatepass")


@cache
def _nobodys() -> str:
    return _HASHER.hash("nobody's")
