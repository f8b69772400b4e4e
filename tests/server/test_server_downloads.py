"""Tables as files: what `hume export` writes, for researchers."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from pathlib import Path
from uuid import uuid4

import pytest
from four_tasks import PAYLOADS, name

from hume.export import EXPORTERS
from hume.server.downloads import RECORDS


def test_every_export_can_be_downloaded():
    assert set(RECORDS) == set(EXPORTERS)


def test_answers_and_baselines_come_as_files(as_):
    annotator, researcher = as_("annotator", "Amina"), as_("researcher")
    item = annotator.get("/deck/work", params={"task": name("sts"), "subset": "eng"}).json()["items"][0]["id"]
    answer = {"client_id": str(uuid4()), "item": item, "status": "given", "payload": PAYLOADS["sts"]}
    annotator.post("/deck/answers", json={"answers": [answer | {"comment": "=1+1"}]})

    as_csv = researcher.get("/download/answers.csv")
    assert as_csv.headers["content-disposition"] == 'attachment; filename="hume-answers.csv"'
    assert as_csv.headers["content-type"].startswith("text/csv")
    (row,) = csv.DictReader(io.StringIO(as_csv.text))
    assert (row["rater"][:10], json.loads(row["payload"])) == ("annotator-", {"score": 3.0})
    assert row["comment"] == "'=1+1"

    (record,) = map(json.loads, researcher.get("/download/answers.jsonl").text.splitlines())
    assert (record["comment"], record["rater"]) == ("=1+1", row["rater"])
    (named,) = map(json.loads, researcher.get("/download/answers.jsonl?names=1").text.splitlines())
    assert named["rater"] == "Amina"
    baselines = list(csv.DictReader(io.StringIO(researcher.get("/download/baselines.csv").text)))
    assert {row["task"] for row in baselines} == {name("sts")}


@pytest.mark.parametrize(
    "name",
    [
        *("answers.csv", "answers.jsonl", "answers.parquet", "baselines.csv", "checks.csv", "gaps.csv"),
        *("scores.csv", "agreement.parquet", "pairs.jsonl", "reliability.csv", "progress.csv", "raters.csv"),
    ],
)
def test_a_download_leaves_no_file_behind(as_, monkeypatch, tmp_path, name):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "new"))
    (tmp_path / "new").mkdir()
    assert as_("admin").get(f"/download/{name}").status_code == 200
    assert list(Path(tempfile.gettempdir()).iterdir()) == []
