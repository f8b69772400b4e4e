"""People: who may sign in and as what, new invitations, and accounts that are disabled or reset."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from datetime import timedelta
from urllib.parse import urlencode

import streamlit as st
from sqlalchemy.orm import Session

from db.store import people as store
from db.store.erasure import erase
from db.store.tasks import outlines
from hume.errors import HumeError
from hume.records import Account
from hume.roles import ROLES
from pages import interface
from pages.parts import languages, layout
from pages.parts.access import require
from pages.parts.database import reading, transaction

MOST_DAYS = 365
MOST_AT_ONCE = 30
# Where the run after a click finds the new link, whose it is, or what went wrong. A link is shown once.
LINK, NAME, WHY, ERASED = "people-link", "people-link-name", "people-problem", "people-erased"


def page(account: Account) -> None:
    layout.header(
        "People",
        "Somebody gets in by an invitation link that works once, and then by it or by a password of their own.",
    )
    with reading() as session:
        found, waiting = store.people(session), store.invited(session)
        spoken = sorted({code for one in outlines(session) for code in one.subset.languages}, key=languages.name)
    _outcome()
    _invitation(spoken)
    st.subheader("Accounts", anchor=False)
    for person in _sought(found):
        _row(person, is_me=person.account.id == account.id)
    _waiting([one for one in waiting if one.name not in {person.account.name for person in found}])


def _sought(found: Sequence[store.Person]) -> Sequence[store.Person]:
    """All of them, or the first of those whose names have what was typed: a crowd would take a minute to draw."""
    if len(found) <= MOST_AT_ONCE:
        return found
    typed = st.text_input("Find", key="people-find", placeholder="Part of a name", autocomplete="off")
    some = [person for person in found if typed.strip().casefold() in person.account.name.casefold()]
    st.caption(f"{min(len(some), MOST_AT_ONCE):,} of {len(found):,} accounts are shown.")
    return some[:MOST_AT_ONCE]


def _outcome() -> None:
    if why := st.session_state.pop(WHY, ""):
        st.error(layout.plain(why), icon=":material/error:")
    if words := st.session_state.pop(ERASED, ""):
        st.success(words, icon=":material/check:")
    if link := st.session_state.pop(LINK, ""):
        name = layout.plain(st.session_state.pop(NAME, ""))
        st.success(
            f"This link signs **{name}** in, once. Send it to nobody else; it is not shown again.",
            icon=":material/link:",
        )
        st.code(link, language=None, wrap_lines=True)


# -- inviting ---------------------------------------------------------------------------------------


def _invitation(spoken: Sequence[str]) -> None:
    with st.form("invite", clear_on_submit=False):
        st.subheader("Invite somebody", anchor=False)
        name_at, role_at, days_at = st.columns([4, 3, 2])
        name_at.text_input("Name", key="invite-name", max_chars=200, help="Their answers are stored under it.")
        role_at.selectbox("Role", ROLES, key="invite-role")
        days_at.number_input("Days that the link works", 1, MOST_DAYS, 7, key="invite-days")
        st.multiselect(
            "Languages that they read",
            spoken,
            format_func=languages.name,
            key="invite-languages",
            placeholder="All",
            help="They are given items in these alone. Empty: in all.",
        )
        st.form_submit_button("Make a link", type="primary", on_click=_invite)


def _invite() -> None:
    state = st.session_state
    name, role, codes = str(state["invite-name"]), state["invite-role"], tuple(state["invite-languages"])
    lifetime = timedelta(days=int(state["invite-days"]))
    _act(lambda session, admin: _show_link(name, store.invite(session, name, role, codes, lifetime, admin.id)))


# -- accounts ---------------------------------------------------------------------------------------


def _row(person: store.Person, *, is_me: bool) -> None:
    account = person.account
    with st.container(border=True, key=f"person-{account.id}"):
        said, role_at, more_at = st.columns([6, 3, 2], vertical_alignment="center")
        with said:
            st.html(_summary(person, is_me))
        role_at.selectbox(
            "Role",
            ROLES,
            ROLES.index(account.role),
            key=f"role-{account.id}-{account.role}",
            on_change=_change_role,
            args=(account,),
            disabled=person.is_disabled,
        )
        if not is_me:  # a link would be shown to nobody, and who is disabled cannot undo it
            with more_at.popover("More", key=f"more-{account.id}", width="stretch"):
                _acts(person)


def _acts(person: store.Person) -> None:
    """What cannot be undone by the same click, each with what it does."""
    account, on_off = person.account, "Enable" if person.is_disabled else "Disable"
    if not person.is_disabled:
        st.caption("Ends all sessions, forgets the password, and makes a new link.")
        st.button("Reset", key=f"reset-{account.id}", on_click=_reset, args=(account,), width="stretch")
        st.caption("Signs the person out everywhere and keeps them out. Answers stay.")
    change = _enable if person.is_disabled else _disable
    st.button(on_off, key=f"state-{account.id}", on_click=change, args=(account,), width="stretch")
    st.caption("Name, sessions, drafts and comments go for good. Answers stay, under a random name.")
    st.text_input("Type the name to erase this person", key=f"name-{account.id}", autocomplete="off")
    st.button("Erase", key=f"erase-{account.id}", on_click=_erase, args=(account,), width="stretch")


def _summary(person: store.Person, is_me: bool) -> str:
    account = person.account
    seen = f"last seen {person.last_seen_at:%Y-%m-%d %H:%M} UTC" if person.last_seen_at else "never seen"
    ways = [way for way, is_open in (("password", person.has_password), ("provider", person.is_linked)) if is_open]
    state = "disabled" if person.is_disabled else f"signs in by {' and '.join(ways)}" if ways else "by link alone"
    read = ", ".join(map(languages.name, account.languages)) or "all languages"
    me = " (you)" if is_me else ""
    return (
        f'<div style="font-weight:600;overflow-wrap:anywhere"><bdi>{html.escape(account.name)}</bdi>{me}</div>'
        f'<div style="font-size:.875rem">{html.escape(" · ".join((state, seen, read)))}</div>'
    )


def _change_role(account: Account) -> None:
    role = st.session_state[f"role-{account.id}-{account.role}"]
    _act(lambda session, admin: store.change_role(session, account.name, role, admin.id))


def _disable(account: Account) -> None:
    _act(lambda session, admin: store.disable(session, account.name, admin.id))


def _enable(account: Account) -> None:
    _act(lambda session, admin: store.enable(session, account.name, admin.id))


def _reset(account: Account) -> None:
    _act(lambda session, admin: _show_link(account.name, store.reset(session, account.name, by=admin.id)))


def _erase(account: Account) -> None:
    if st.session_state[f"name-{account.id}"].strip() != account.name:
        st.session_state[WHY] = "Nobody was erased: the name that was typed is another one."
        return
    _act(lambda session, admin: _show_erased(account.name, erase(session, account.name, by=admin.id)))


def _act(change: Callable[[Session, Account], None]) -> None:
    """Runs before the page does: who clicked is looked up anew."""
    admin = require("admin")
    try:
        with transaction() as session:
            change(session, admin)
    except HumeError as error:
        st.session_state.pop(LINK, None)
        st.session_state[WHY] = str(error)


def _show_link(name: str, token: str) -> None:
    address = interface.address()
    st.session_state[LINK] = f"{address.scheme}://{address.netloc}/auth/link?{urlencode({'token': token})}"
    st.session_state[NAME] = name.strip()


def _show_erased(name: str, new_name: str) -> None:
    st.session_state[ERASED] = (
        f"{layout.plain(name)} is erased; the answers are those of **{new_name}** now. Backups and exports made before "
        "still have the name."
    )


def _waiting(waiting: Sequence[store.Invited]) -> None:
    if waiting:
        st.subheader("Invited, not here yet", anchor=False)
        for one in waiting:
            until = f"{one.role} · link works until {one.expires_at:%Y-%m-%d %H:%M} UTC"
            st.html(f"<div><bdi>{html.escape(one.name)}</bdi> · {html.escape(until)}</div>")


page(require("admin"))
