"""The report as JSON and as tables, and how figures are worded."""

from __future__ import annotations

import dataclasses
import io
import json
from datetime import UTC, datetime

import pytest
from rich.console import Console

from hume.export import wording
from hume.export.report import NOTHING, SECTIONS, as_json, as_markdown, as_table, lists
from hume.progress import RaterProgress, SubsetProgress
from hume.quality import RaterChecks
from hume.records import (
    AgreementRow,
    BaselineRow,
    GapRow,
    LeaderboardRow,
    PairRow,
    ReliabilityRow,
    Report,
    ScoreRow,
    StandInRow,
)

CELL = ("Ta|sk", "sts", "eng", "eng-Latn")
AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
REPORT = Report(
    scores=(
        ScoreRow(*CELL, "<b>*Ada*</b>", "human", "spearman", True, 0.7764, 12, ci_low=0.712, ci_high=0.83),
        ScoreRow(*CELL, "Ada", "human", "mse", False, 1.5, 12),
        ScoreRow(*CELL, "Bo", "human", "spearman", True, None, 0, reason="no variation"),
    ),
    baselines=(BaselineRow(*CELL, "spearman", "human", "consensus", 0.7764, 0.712, 0.83, 12, 2, 24, 0),),
    agreement=(AgreementRow(*CELL, "human", "krippendorff_alpha_interval", None, reason="one rater"),),
    gaps=(
        GapRow(
            *CELL,
            "spearman",
            "m",
            "embedding",
            "human",
            "consensus",
            0.7,
            0.7764,
            -0.0764,
            -0.2,
            0.05,
            12,
            "not distinguishable",
        ),
    ),
    leaderboard=(LeaderboardRow(None, "people (consensus)", "human", 0.7764, 1, 2),),
    boards=(LeaderboardRow(1, "people (consensus)", "human", 0.7764, 1, 1, scope="sts", rank_low=1, rank_high=2),),
    stand_in=(StandInRow(*CELL, "human", "m", "llm", 0.1, 0.5, 0.75, True, 60, 4),),
    pairs=(PairRow(*CELL, "human", "spearman", "Ada", "Bo", 0.61, 0.4, 0.74, 12),),
    reliability=(ReliabilityRow(*CELL, "human", "spearman", "Ada", 0.61, 0.4, 0.74, 12, 1),),
)
LISTS = lists(
    REPORT,
    [SubsetProgress(*CELL, "open", "human", 12, 3, 36, 24, 0, 0, 2, 2 / 3, AT)],
    [RaterProgress("Ada", "human", 12, 0, 1, AT, n_surplus=1, median_seconds=4.25)],
    [RaterChecks(*CELL, "Ada", "human", 5, 4, 0, 0, 2, 0.875)],
)
EMPTY = lists(Report((), (), (), (), ()), [], [], [])


def test_json_has_every_list_with_every_field():
    read = json.loads(as_json(LISTS))
    assert list(read) == [
        *("scores", "baselines", "agreement", "pairs", "reliability", "gaps", "leaderboard", "boards", "stand_in"),
        *("progress", "raters", "checks"),
    ]
    for name, rows in LISTS.items():
        assert list(read[name][0]) == [field.name for field in dataclasses.fields(rows[0])]
    assert read["scores"][0]["score"] == 0.7764
    assert read["scores"][2]["score"] is None
    assert read["leaderboard"][0]["rank"] is None
    assert read["progress"][0]["last_answer"] == "2026-03-01T12:00:00+00:00"


def test_a_figure_that_is_no_number_never_gets_into_json():
    nan = dataclasses.replace(REPORT.scores[0], score=float("nan"))
    with pytest.raises(ValueError, match="JSON compliant"):
        as_json({"scores": [nan]})


def test_markdown_tables_are_not_broken_by_names():
    text = as_markdown(LISTS)
    tables = [part.split("\n") for part in text.split("\n\n") if part.startswith("|")]
    assert len(tables) == len(SECTIONS)
    for table in tables:
        assert len({line.replace("\\|", "").count("|") for line in table}) == 1
    assert "&lt;b>\\*Ada\\*&lt;/b>" in text
    assert "77.6 [71.2, 83.0]" in text
    assert "−7.6 [−20.0, +5.0]" in text
    assert "| undefined |" in text


def test_the_terminal_shows_main_metrics_and_names_as_they_are():
    console = Console(file=io.StringIO(), width=200)
    console.print(as_table(LISTS))
    text = console.file.getvalue()
    assert "<b>*Ada*</b>" in text
    assert "not distinguishable" in text
    assert "mse" not in text


def test_nothing_to_report_is_said():
    assert as_markdown(EMPTY) == NOTHING
    console = Console(file=io.StringIO())
    console.print(as_table(EMPTY))
    assert "Nothing to report yet" in console.file.getvalue()


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (wording.points(0.77641), "77.6"),
        (wording.points(None), "undefined"),
        (wording.points(0.0), "0.0"),
        (wording.points(-0.00001), "0.0"),
        (wording.points(-0.123), "−12.3"),
        (wording.signed_points(0.025), "+2.5"),
        (wording.signed_points(-0.00001), "0.0"),
        (wording.signed_points(None), "undefined"),
        (wording.interval(0.712, 0.83), "[71.2, 83.0]"),
        (wording.interval(None, 0.83), "–"),
        (wording.signed_interval(-0.1, 0.0), "[−10.0, 0.0]"),
        (wording.coefficient(-0.0012), "0.00"),
        (wording.coefficient_name("krippendorff_alpha_interval"), "Krippendorff's alpha interval"),
        (wording.coefficient_name("mean_kendall_tau"), "Mean Kendall's tau"),
        (wording.coefficient_name("mean_pairwise_ari"), "Mean pairwise ARI"),
        (wording.coefficient_name("icc_2_k"), "ICC(2,k)"),
        (wording.coefficient_name("gwet_ac2_linear"), "Gwet's AC2 linear"),
        (wording.coefficient_name("mean_kendall_w"), "Mean Kendall's W"),
        (wording.coefficient_name("krippendorff_alpha_co_membership"), "Krippendorff's alpha co-membership"),
        (wording.count(None), "–"),
        (wording.count(1234), "1,234"),
        (wording.share(0.999), "99%"),
        (wording.share(None), "–"),
        (wording.of(4, 5), "4 of 5"),
        (wording.of(0, 0), "–"),
        (wording.accord(0.999), "0.99"),
        (wording.accord(1.0), "1.00"),
        (wording.accord(None), "–"),
        (wording.seconds(4.25), "4.2"),
        (wording.seconds(9.96), "10"),
        (wording.seconds(None), "–"),
        (wording.moment(AT), "2026-03-01 12:00 UTC"),
        (wording.moment(None), "–"),
        (wording.counted(1, "person", "people"), "1 person"),
        (wording.counted(1234, "person", "people"), "1,234 people"),
        (wording.counted(0, "person", "people"), "0 people"),
        (wording.rater("m", "8b3219a9" + 32 * "0", "human-like"), "m (8b3219a9, human-like)"),
        (wording.rater("m", "weights-e585032ec5852803"), "m (weights-e585032e)"),
        (wording.rater("m", "2025_09_25"), "m (2025_09_25)"),
        (wording.rater("m", "8b3219a92973c328"), "m (8b3219a92973c328)"),
        (wording.rater("m", "weights-of-mine"), "m (weights-of-mine)"),
        *((wording.ordinal(n), said) for n, said in [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th")]),
        *((wording.ordinal(n), said) for n, said in [(12, "12th"), (13, "13th"), (21, "21st"), (111, "111th")]),
    ],
)
def test_wording(made, text):
    assert made == text
