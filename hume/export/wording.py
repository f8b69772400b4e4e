"""How figures are written for people, on pages and in tables alike."""

from __future__ import annotations

import re
from datetime import UTC, datetime

UNDEFINED = "undefined"
UNKNOWN = "–"
"""Where a figure is not known, as a published one's number of items: neither zero nor undefined."""

_DIGEST = re.compile(r"([0-9a-f]{8})[0-9a-f]{32}|(weights-[0-9a-f]{8})[0-9a-f]*")
"""A commit of a model, or the hash of its weights: eight digits tell two of them apart."""

_WORDS = {
    "krippendorff": "Krippendorff's",
    "cohen": "Cohen's",
    "fleiss": "Fleiss'",
    "kendall": "Kendall's tau",
    "tau": "",
    "spearman": "Spearman",
    "ari": "ARI",
    "v": "V",
    "pearson": "Pearson",
    "gwet": "Gwet's",
    "ac1": "AC1",
    "ac2": "AC2",
    "ami": "AMI",
    "rbo": "RBO",
}

_NAMES = {
    "icc_2_1": "ICC(2,1)",
    "icc_2_k": "ICC(2,k)",
    "mean_kendall_w": "Mean Kendall's W",
    "krippendorff_alpha_co_membership": "Krippendorff's alpha co-membership",
}


def points(score: float | None) -> str:
    """A fraction as percentage points with one decimal: 0.7764 is `77.6`; None is `undefined`."""
    return UNDEFINED if score is None else _minus(f"{_rounded(100 * score, 1):.1f}")


def signed_points(difference: float | None) -> str:
    """A difference of fractions with its sign: 0.025 is `+2.5`, -0.025 is `−2.5`."""
    if difference is None:
        return UNDEFINED
    value = _rounded(100 * difference, 1)
    return _minus(f"{value:+.1f}") if value else "0.0"


def interval(low: float | None, high: float | None) -> str:
    """`[71.2, 83.0]`, or a dash where there is no interval."""
    return UNKNOWN if low is None or high is None else f"[{points(low)}, {points(high)}]"


def signed_interval(low: float | None, high: float | None) -> str:
    """`[−1.2, +3.0]`, or a dash where there is no interval."""
    return UNKNOWN if low is None or high is None else f"[{signed_points(low)}, {signed_points(high)}]"


def coefficient(value: float | None) -> str:
    """A coefficient of agreement with two decimals, as papers print it."""
    return UNDEFINED if value is None else _minus(f"{_rounded(value, 2):.2f}")


def coefficient_name(name: str) -> str:
    """A coefficient as papers call it: `mean_pairwise_ari` is `Mean pairwise ARI`."""
    if name in _NAMES:
        return _NAMES[name]
    words = " ".join(filter(None, (_WORDS.get(word, word) for word in name.split("_"))))
    return words[:1].upper() + words[1:]


def coefficient_interval(low: float | None, high: float | None) -> str:
    """`[0.31, 0.47]`, or a dash where there is no interval."""
    return UNKNOWN if low is None or high is None else f"[{coefficient(low)}, {coefficient(high)}]"


def count(n: int | None) -> str:
    """A number of things, or a dash where it is not known."""
    return UNKNOWN if n is None else f"{n:,}"


def counted(n: int, one: str, many: str) -> str:
    """A number of things with their name: `1 person`, `1,234 people`, `0 people`."""
    return f"{count(n)} {one if n == 1 else many}"


def p_value(p: float | None) -> str:
    """A p-value with three decimals, `< 0.001` below, a dash where there is none."""
    if p is None:
        return UNKNOWN
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def standardised(share_of_way: float | None) -> str:
    """A standardised gap, in percent of the way from chance to perfect, with its sign; a dash where there is none."""
    return UNKNOWN if share_of_way is None else f"{signed_points(share_of_way)}%"


def passes(is_passed: bool | None) -> str:
    """Whether a test was passed: `yes`, `no`, or a dash where it could not be made."""
    return UNKNOWN if is_passed is None else ("yes" if is_passed else "no")


def places(low: int | None, high: int | None) -> str:
    """An interval of ranks: `3–9`, `4` where it is one place, a dash where it is not known."""
    if low is None or high is None:
        return UNKNOWN
    return str(low) if low == high else f"{low}–{high}"


def share(fraction: float | None) -> str:
    """A share in whole percent, rounded down so that 100% means all."""
    return UNKNOWN if fraction is None else f"{int(100 * fraction + 1e-9)}%"


def of(part: int, whole: int) -> str:
    """`4 of 5`, or a dash where there is none to be part of."""
    return f"{count(part)} of {count(whole)}" if whole else UNKNOWN


def accord(value: float | None) -> str:
    """How far answers accord, 0 to 1 with two decimals, rounded down so that 1.00 means the same; a dash for None."""
    return UNKNOWN if value is None else f"{int(100 * value + 1e-9) / 100:.2f}"


def seconds(value: float | None) -> str:
    """Seconds with one decimal below ten, whole ones above; a dash where nobody took the time."""
    return UNKNOWN if value is None else f"{value:.1f}" if round(value, 1) < 10 else f"{value:,.0f}"


def ordinal(n: int) -> str:
    """`1st`, `2nd`, `3rd`, `4th`, `11th` ..."""
    suffix = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{suffix}"


def moment(at: datetime | None) -> str:
    """A time in UTC to the minute."""
    return UNKNOWN if at is None else f"{at.astimezone(UTC) if at.tzinfo else at:%Y-%m-%d %H:%M} UTC"


def revision(of: str) -> str:
    """A revision as people read it: digests shortened to eight digits, and all else, as a date or version, whole."""
    base, plus, variant = of.partition("+")
    found = _DIGEST.fullmatch(base)
    return f"{(found[1] or found[2]) if found else base}{plus}{variant}"


def rater(name: str, rater_revision: str = "", protocol: str = "") -> str:
    """A rater's name, with what tells two of its runs apart where there is anything."""
    details = ", ".join(part for part in (revision(rater_revision), protocol) if part)
    return f"{name} ({details})" if details else name


def _rounded(value: float, digits: int) -> float:
    """Rounded, and never minus zero."""
    return round(value, digits) + 0.0


def _minus(text: str) -> str:
    return text.replace("-", "−")
