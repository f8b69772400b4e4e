"""What MTEB's task definitions say and their files do not, as mteb 2.26 has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from hume.records import Json


class Family(NamedTuple):
    """Tasks made from one data set, and the settings in which they differ from the task type's own."""

    task_type: str
    word: str
    """Part of the task's name, such as `Emotion` in HUMEEmotionClassification."""
    settings: Mapping[str, Json]


FAMILIES = (
    Family("classification", "Emotion", {"samples_per_label": 16}),
    Family("classification", "ToxicConversations", {"samples_per_label": 16}),
    Family("classification", "TweetSentimentExtraction", {"samples_per_label": 32}),
    Family("sts", "STS22", {"min": 1, "max": 4}),
)

#: The sixteen tasks of HUME(v1), by task type.
HUME_V1: Mapping[str, str] = {
    "HUMECore17InstructionReranking": "reranking",
    "HUMENews21InstructionReranking": "reranking",
    "HUMERobust04InstructionReranking": "reranking",
    "HUMEWikipediaRerankingMultilingual": "reranking",
    "HUMEEmotionClassification": "classification",
    "HUMEMultilingualSentimentClassification": "classification",
    "HUMEToxicConversationsClassification": "classification",
    "HUMETweetSentimentExtractionClassification": "classification",
    "HUMEArxivClusteringP2P": "clustering",
    "HUMERedditClusteringP2P": "clustering",
    "HUMESIB200ClusteringS2S": "clustering",
    "HUMEWikiCitiesClustering": "clustering",
    "HUMESICK-R": "sts",
    "HUMESTS12": "sts",
    "HUMESTS22": "sts",
    "HUMESTSBenchmark": "sts",
}


def known_settings(name: str, task_type: str) -> Mapping[str, Json]:
    """Settings of the family that the task's name tells of; none where it tells of none. `--setting` wins over them."""
    for family in FAMILIES:
        if family.task_type == task_type and family.word in name:
            return family.settings
    return {}
