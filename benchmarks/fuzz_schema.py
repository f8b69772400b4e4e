"""What the read API says of itself held against what it does: schemathesis makes the requests and the checks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup

from benchmarks.fuzz_counts import Counts
from benchmarks.fuzz_server import Target
from hume.server.api import DESCRIPTION

MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
"""Requests that fit the description, and requests that do not."""


def fuzz(place: Target, n: int, with_token: bool, at: int = 42) -> Counts:
    """Some `n` requests to all endpoints: with the researcher's token all of schemathesis' checks, without it 401s."""
    counts = Counts()
    place.digest = place.stored()
    place.new_tracebacks()
    schema = schemathesis.openapi.from_url(f"{place.server.base_url}{DESCRIPTION}")
    operations = [found.ok() for found in schema.get_all_operations()]
    each = max(2, n // len(operations) // len(MODES))
    for operation in operations:
        for mode in MODES:
            _ask(place, operation.as_strategy(generation_mode=mode), each, with_token, at, counts)
    counts.changed += place.stored() != place.digest
    for said in place.new_tracebacks():
        counts.tracebacks += 1
        counts.keep(said)
    return counts


def _ask(place: Target, cases: Any, n: int, with_token: bool, at: int, counts: Counts) -> None:
    headers = {"Authorization": f"Bearer {place.token}"} if with_token else {}

    @seed(at)
    @settings(
        max_examples=n, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(case=cases)
    def asked(case: Any) -> None:
        counts.inputs += 1
        response = case.call(headers=headers, timeout=30)
        counts.refused += response.status_code >= 400
        counts.accepted += response.status_code < 400
        counts.errors_5xx += response.status_code >= 500
        if not with_token and response.status_code not in (401, 405):
            counts.nonconforming += 1
            counts.keep(f"{response.status_code} without a token: {case.as_curl_command()}")
        try:
            case.validate_response(response, headers=headers)
        except FailureGroup as failed:
            _keep(failed.exceptions, case, counts)

    asked()


def _keep(failures: Iterable[BaseException], case: Any, counts: Counts) -> None:
    for failure in failures:
        counts.nonconforming += 1
        title = getattr(failure, "title", type(failure).__name__)
        counts.keep(f"{title}: {failure}\n{case.as_curl_command()}"[:1500])
