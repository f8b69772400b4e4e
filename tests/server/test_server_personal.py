"""One's own data by the browser: of oneself alone, without what an annotator may not see."""

from __future__ import annotations

from four_tasks import name
from serving import sign_in

from db.session import open_engine, transaction
from db.store.accounts import accounts
from db.store.answers import save_answers
from db.store.tasks import subset_records
from hume.records import Answer
from hume.server.personal import PATH


def answered(url: str, who: str, comment: str) -> None:
    """One answer by each, and the account that it needs."""
    sign_in(url, who)
    engine = open_engine(url)
    with transaction(engine) as session:
        account = next(one for one in accounts(session) if one.name == who)
        item = next(record for record in subset_records(session, [name("sts")])).items[0]
        save_answers(
            session, account.rater_id, [(item.id or 0, Answer(item.key, "given", {"score": 1}, comment=comment))]
        )
    engine.dispose()


def test_whoever_is_signed_in_gets_a_file_of_their_own_and_nobody_elses(as_, stored_url):
    answered(stored_url, "Amina", "mine")
    answered(stored_url, "Bo", "another's")
    answer = as_("annotator", "Amina").get(f"{PATH}?name=Bo")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="hume-my-data.json"'
    assert answer.headers["cache-control"] == "no-store"
    found = answer.json()
    assert (found["name"], [one["comment"] for one in found["answers"]]) == ("Amina", ["mine"])
    assert "another's" not in answer.text
    assert not {"gold", "purpose", "surplus"} & set(found["answers"][0])
    assert as_("").get(PATH).status_code == 401
    for role in ("researcher", "admin"):
        assert as_(role).get(PATH).json()["name"] == f"the {role}"
