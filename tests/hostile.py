"""Texts that attack whatever shows them without care, and what tells that one of them has done something.

Each would call `alert`, add to `window.hostile`, or ask for an address under CANARY. Names are in four parts, so that
any four things named by them are named by the whole corpus.
"""

from __future__ import annotations

from collections.abc import Mapping

CANARY = "/canary/"
"""What a text that runs asks the test's own server for."""

_RUN = "(window.hostile=window.hostile||[]).push(1),fetch('/canary/run'),alert(1)"

MARKUP: Mapping[str, str] = {
    "script": f"<script>{_RUN}</script><SCRIPT SRC=/canary/script></SCRIPT>",
    "image": f'<img src=/canary/image onerror="{_RUN}">',
    "svg": f'<svg onload="{_RUN}"><animate onbegin="{_RUN}" attributeName=x dur=1s><use href=/canary/use /></svg>',
    "math": f"<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror={_RUN}&gt;'>",
    "frame": f'<iframe srcdoc="<script>{_RUN}</script>"></iframe><iframe src=/canary/frame></iframe>',
    "object": "<object data=/canary/object></object><embed src=/canary/embed>",
    "base": "<base href=/canary/base/><link rel=stylesheet href=/canary/link>",
    "meta": '<meta http-equiv="refresh" content="0;url=/canary/meta">',
    "style": "<style>@import '/canary/import';body{display:none}</style></style></title></textarea></noscript>",
    "form": f'<details open ontoggle="{_RUN}"><form action=/canary/form><button autofocus onfocus="{_RUN}">b',
    "end of script": f"</script><script>{_RUN}</script><!--",
    "end of JSON": f'"}}]}});{_RUN};//',
    "double quote": f'" autofocus onfocus="{_RUN}" onmouseover="{_RUN}" style="position:fixed;inset:0" x="',
    "single quote": f"' onmouseover='{_RUN}' x='",
    "backtick": f"` onmouseover=`{_RUN}` ${{{_RUN}}}",
    "style value": "red;background:url(/canary/css);position:fixed;inset:0;z-index:9",
    "template": "{{constructor.constructor('alert(1)')()}} ${7*7} #{7*7} <%= 7*7 %> {% raw %} %s %(x)s {0} {name}",
    "entities": "&lt;script&gt;alert(1)&lt;/script&gt; &#60;b&#62; &#x3c;i&#x3e; &amp;lt; &quot; &apos; &nbsp; &copy",
    "double-encoded": "%3Cscript%3Ealert(1)%3C/script%3E \\u003cimg src=1\\u003e \\x3cb\\x3e",
    "plotly": f'<b>b</b><br><a href="javascript:{_RUN}">a</a><sub>1</sub> %{{x}} %{{text}} <extra>extra</extra>',
}
"""What a browser runs or loads where it is not escaped."""

MARKDOWN: Mapping[str, str] = {
    "links": f"[link](javascript:{_RUN}) [text](/canary/md 'title') <javascript:alert(1)> [r][r] [^1]",
    "images": "![image](/canary/md-image) [![both](/canary/md-both)](/canary/md-to)",
    "emphasis": "**bold** __bold__ *em* _em_ ~~gone~~ `code` ``two`` \\*slash\\* ==mark== ^up^ | a | b |",
    "addresses": "https://canary.invalid/canary/url www.canary.invalid/canary/www a@canary.invalid",
    "colours": ":red[red] :blue-background[blue] :small[small] :rainbow[all] :green-badge[badge] :shimmer[x]",
    "icons": ":material/delete: :material_delete: :streamlit: :smile: :+1: :heart:",
    "formulas": "$x^2$ $$y$$ $\\href{javascript:alert(1)}{z}$ \\(a\\) \\[b\\] $5 and $6",
    "arrows": "a -> b <- c <-> d -- e >= f <= g ~= h => i --- j ... k (c) (tm)",
    "rich": "[bold red]r[/bold red] [link=/canary/rich]l[/link] [/closed] [red] :boom: \\[x]",
    "latex": "\\input{/etc/passwd} \\write18{id} \\def\\x{y} a_b^c{d}#1~&%100",
}
"""What Streamlit's Markdown, rich, Plotly or LaTeX would show as something else."""

CHARACTERS: Mapping[str, str] = {
    "direction": "left \u202e override \u202c \u2067isolate\u2069 \u200f mark",
    "open direction": "never ended \u202e\u2066\u202b end",
    "unseen": "a\u200bb\u200cc\u200dd\ufeffe\u00adf\u2060g\u3164h",
    "piled": "e" + "\u0301\u0489\u036f" * 8,
    "full-width": "\uff1cscript\uff1e\uff41lert\uff08\uff11\uff09 \u02bconerror\u02bc \ufe64b\ufe65",
    "astral": "\U0001f469\u200d\U0001f4bb \U000e0041 \U0001d400",
}
"""Unicode that deceives the eye, or what lays out text."""

BLOCKS = (
    "# title\n===\n\n    indented\n> quoted\n- list\n1. one\n1) two\n---\n```\nfence\n```\n$$\nx\n$$\n"
    ":::red\nx\n:::\n\n| a | b |\n|---|---|\n| 1 | 2 |\n[r]: /canary/reference\n\ttab\r\nreturn\n"
    "  two spaces  \n<!-- no end\n"
)
"""Markdown that takes whole lines, and every kind of line end."""

CONTROLS = (
    "\x1b]0;hostile title\x07\x1b[31mred\x1b[2J\x9b31m\x08\x08\x0b\x0c\x7f\x85\u2028\u2029"
    "\x1b]8;;/canary/osc\x07x\x1b]8;;\x07"
)
"""What a terminal obeys; a database keeps all of it."""

UNBROKEN = "unbroken" + "w" * 400

FORMULAS = (
    "=cmd|' /C calc'!A0", "+1+1+cmd", "-2+3+cmd", "@SUM(1+1)*cmd", "\t=1+1", "\r=1+1", "\n=1+1", "＝1+1", "'=1+1",
    "''=1+1", '=HYPERLINK("http://canary.invalid/canary/sheet","x")', ";=1+1", '","=1+1',
)  # fmt: skip
"""Cells that a spreadsheet runs, and some that look defused already."""

PATHS = (
    "../../../canary", "/canary/absolute", "..", ".", "...", "a/../../b", "..\\..\\canary", "C:\\canary", "CON",
    "nul.json", "con.", "a:b", "~/canary", "-rf", "name\nline", 'q"; filename="x.exe', "p" * 400, "\u202egnp.exe",
    ".hidden", " ", "a%2f..%2f..%2fb", "x\x1b]0;t\x07", "café", "cafe\u0301", "Ünï中文",
)  # fmt: skip
"""Names that are no names of files."""

INLINE: tuple[str, ...] = (*MARKUP.values(), *MARKDOWN.values(), *CHARACTERS.values())
EVERYTHING = "\n".join((*INLINE, BLOCKS, CONTROLS, UNBROKEN, *FORMULAS))
"""All of it in one text, some four thousand characters."""

N_PARTS = 4


def name(of: str, number: int) -> str:
    """A name of one line with a quarter of the corpus: which one goes by `number`. `of` stands first, and tells it."""
    part = INLINE[number % N_PARTS :: N_PARTS]
    extra = (FORMULAS[0], CONTROLS, UNBROKEN, "\u202eend")[number % N_PARTS]
    return f"{of}{number} {' '.join(part)} {extra}"


WATCH = """
window.hostile = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.hostile.push(`policy ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
for (const name of ["alert", "confirm", "prompt", "print"]) window[name] = () => window.hostile.push(name);
"""
"""Goes into every page before anything else of it runs."""

INJECTED = """() => {
  const found = [], seen = (root) => {
    for (const one of root.querySelectorAll("*")) {
      if (one.shadowRoot) seen(one.shadowRoot);
      for (const { name, value } of one.attributes) {
        const loads = /^(href|src|srcset|data|action|formaction|style|srcdoc|poster|background|xlink:href)$/.test(name);
        if (/^on/.test(name) || (loads && /\\/canary\\/|javascript:|canary\\.invalid/i.test(value)))
          found.push(`${one.tagName} ${name}=${value.slice(0, 80)}`);
      }
      if (/^(iframe|object|embed|base|applet|frame|portal|mglyph|details-hostile)$/i.test(one.tagName))
        found.push(one.outerHTML.slice(0, 120));
    }
  };
  seen(document);
  return found;
}"""
"""Elements of a page that only markup from a text can have made: none is to be there, whether it runs or not."""

TEXT = """() => {
  const parts = [], seen = (root) => {
    parts.push(root.textContent);
    for (const one of root.querySelectorAll("*")) if (one.shadowRoot) seen(one.shadowRoot);
    for (const one of root.querySelectorAll("textarea, input")) parts.push(one.value);
  };
  seen(document.body);
  return parts.join("\\n\\u0000\\n").replace(/\\r\\n?/g, "\\n");
}"""
"""All text of a page, that within components too: nothing left out, and line ends as HTML has them."""


def in_html(text: str) -> str:
    """The text as TEXT gives it back: HTML knows one line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
