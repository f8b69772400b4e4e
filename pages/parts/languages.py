"""Languages by the names that people know them by."""

from __future__ import annotations

from collections.abc import Sequence

NAMES = {
    "ara": ("Arabic", "العربية"),
    "ben": ("Bengali", "বাংলা"),
    "bul": ("Bulgarian", "български"),
    "ces": ("Czech", "čeština"),
    "dan": ("Danish", "dansk"),
    "deu": ("German", "Deutsch"),
    "ell": ("Greek", "ελληνικά"),
    "eng": ("English", ""),
    "est": ("Estonian", "eesti"),
    "fas": ("Persian", "فارسی"),
    "fin": ("Finnish", "suomi"),
    "fra": ("French", "français"),
    "heb": ("Hebrew", "עברית"),
    "hin": ("Hindi", "हिन्दी"),
    "hun": ("Hungarian", "magyar"),
    "ind": ("Indonesian", "Bahasa Indonesia"),
    "isl": ("Icelandic", "íslenska"),
    "ita": ("Italian", "italiano"),
    "jpn": ("Japanese", "日本語"),
    "kor": ("Korean", "한국어"),
    "nld": ("Dutch", "Nederlands"),
    "nno": ("Norwegian Nynorsk", "nynorsk"),
    "nob": ("Norwegian Bokmål", "bokmål"),
    "nor": ("Norwegian", "norsk"),
    "pol": ("Polish", "polski"),
    "por": ("Portuguese", "português"),
    "ron": ("Romanian", "română"),
    "rus": ("Russian", "русский"),
    "spa": ("Spanish", "español"),
    "swa": ("Swahili", "Kiswahili"),
    "swe": ("Swedish", "svenska"),
    "tel": ("Telugu", "తెలుగు"),
    "tha": ("Thai", "ไทย"),
    "tur": ("Turkish", "Türkçe"),
    "ukr": ("Ukrainian", "українська"),
    "urd": ("Urdu", "اردو"),
    "vie": ("Vietnamese", "Tiếng Việt"),
    "yor": ("Yoruba", "Yorùbá"),
    "zho": ("Chinese", "中文"),
}
"""ISO 639-3: the English name, and the language's own where it differs."""


def name(code: str) -> str:
    """The English name of a code such as `ara-Arab`; the code itself where HUME has no name for it."""
    return NAMES.get(code.split("-")[0], (code, ""))[0]


def own_name(code: str) -> str:
    """What the language calls itself; '' where that is the English name or not known."""
    return NAMES.get(code.split("-")[0], ("", ""))[1]


def names(codes: Sequence[str]) -> str:
    """The English names of a subset's languages in one string."""
    return " and ".join(name(code) for code in codes)
