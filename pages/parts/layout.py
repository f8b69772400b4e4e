"""What every page has in common: its title, the notices, and the foot of the sidebar."""

from __future__ import annotations

import html
import re
from pathlib import Path

import streamlit as st

from hume.directions import closing
from hume.i18n import say
from hume.records import Account
from hume.roles import may

MARK = Path(__file__).with_name("mark.svg").read_text("utf-8")
WORDMARK = Path(__file__).with_name("wordmark.svg").read_text("utf-8")

# Streamlit replaces icons, arrows and addresses in words that Markdown has been read of, and takes the spaces from the
# ends of lines, where no backslash helps. An element without content in between keeps it from that: it is nothing to
# see or to copy.
_EMPTY, _SEAM = ":small[]", "\0"
_JOINT = re.compile(
    r"(?<=:)(?=[\w/])|(?<=[-<>~])(?=[->=])|(?<=www)(?=\.)|(?<=@)(?=\w)|(?<=[\n\r])(?=[ \t])|(?<=[ \t])(?=[\n\r])",
    re.IGNORECASE,
)
_SIGN = re.compile(r"[\\`*_{}[\]()<>#+\-.!|~$:&\0\t\n\f\r]|^ | $|(?<=\s) |^=")

BADGE = "font-weight:400;font-size:.75rem;padding:.05rem .45rem;border-radius:1rem;background:rgb(242 180 65 / 28%)"


def brand() -> None:
    """HUME's mark, beside the address and above the menu. Within the page's text: no server has to keep it."""
    st.set_page_config(page_title="HUME", page_icon=MARK, layout="wide")
    st.logo(WORDMARK, size="large", icon_image=MARK)


def header(title: str, caption: str = "", *, wide: bool = True) -> None:
    """The head of a page: its title, and one sentence on what it shows. `wide=False` suits reading and forms."""
    st.set_page_config(page_title=f"{title} · HUME", layout="wide" if wide else "centered")
    st.title(title, anchor=False)
    if caption:
        st.caption(caption)


def notices(*, samples: bool = False, simulated: bool = False, llms: bool = False) -> None:
    """Says what of the page is no benchmark (samples), and what no person ever said (simulated raters, LLMs)."""
    if samples:
        sentence = say("**Sample tasks** are made for trying HUME on. They are no benchmark.")
        st.info(sentence, icon=":material/science:")
    if simulated:
        st.warning("**Simulated raters** are made up by a program. They are not people.", icon=":material/smart_toy:")
    if llms:
        st.info("**LLMs** are language models that got the guidelines people get. They are not people.")


def plain(text: str) -> str:
    """`text` as Markdown, of a page or of a widget's words, that shows it as it is: every character, in one line.

    Where it turns the direction and leaves that open, what ends that stands after it.
    """
    return _SIGN.sub(_as_it_is, _JOINT.sub(_SEAM, text + closing(text)))


def _as_it_is(found: re.Match[str]) -> str:
    sign = found[0]
    if sign == _SEAM:
        return _EMPTY
    return f"&#{ord(sign)};" if sign.isspace() else f"\\{sign}"


def named(name: str, *, sample: bool = False) -> str:
    """A task's name as HTML, in bold, with the badge of a sample where it is one."""
    badge = f' <span style="{BADGE}">{html.escape(say("sample"))}</span>' if sample else ""
    return f'<div style="font-weight:600;overflow-wrap:anywhere">{html.escape(name)}{badge}</div>'


def account_footer(account: Account) -> None:
    """Who is signed in, and the way out, in the sidebar; the way to the list of work for those who have no menu."""
    with st.sidebar:
        if not may(account.role, "researcher"):
            st.page_link("pages/annotator/work.py", label=say("Your work"), icon=":material/edit_note:")
        st.page_link("pages/annotator/account.py", label=say("Your account"), icon=":material/person:")
        st.html(
            '<form method="post" action="/auth/sign-out" style="font-size:.875rem;margin:0">'
            f'<bdi style="font-weight:600">{html.escape(account.name)}</bdi> '
            f'<span style="opacity:.65">· {html.escape(say(account.role))}</span><br>'
            '<button type="submit" style="all:unset;cursor:pointer;text-decoration:underline;padding:.35rem 0">'
            f"{html.escape(say('Sign out'))}</button></form>"
        )
