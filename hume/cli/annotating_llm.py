"""`hume annotate-llm`: a language model answers the items of tasks, asked as people are."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from db.session import open_current
from hume.cli.terminal import Console
from hume.cli.writing import documents_at
from hume.errors import HumeError, InvalidInput
from hume.export import wording
from hume.raters.llm.annotator import Annotator, Wanted
from hume.raters.llm.cache import ReplyCache
from hume.raters.llm.client import OPENAI, Endpoint, Sampling
from hume.raters.llm.ledger import Ledger, Prices
from hume.raters.llm.limits import Limits
from hume.raters.llm.panel import Outcome
from hume.raters.llm.retries import Backoff
from hume.records import SubsetRecord
from hume.runner.answer_file import subsets_of
from hume.runner.llm_file import annotate_into
from hume.runner.llm_work import Chosen, OnOutcome, Summary, chosen_of, wanted
from hume.runner.llm_worker import annotate, chosen_records
from hume.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("annotate-llm")(annotate_llm)


def annotate_llm(
    model: Annotated[str, typer.Option(help="The model, as the endpoint calls it.")],
    base_url: Annotated[str, typer.Option(help="An OpenAI-compatible endpoint.")] = OPENAI,
    key_env: Annotated[str, typer.Option(help="The environment variable that has the key.")] = "OPENAI_API_KEY",
    task: Annotated[list[str] | None, typer.Option(help="This task only; may be repeated.")] = None,
    subset: Annotated[list[str] | None, typer.Option(help="This subset only; may be repeated.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="The first N items of each subset; 0 for all.")] = 0,
    revision: Annotated[str, typer.Option(help="The model's revision, where the endpoint does not tell it.")] = "",
    temperature: Annotated[float, typer.Option(min=0, max=2, help="0 for the likeliest words.")] = 0.0,
    seed: Annotated[int | None, typer.Option(help="Sent to the endpoint; another seed is another rater.")] = None,
    run_name: Annotated[str, typer.Option(help="Makes another rater of the same model: a second sample.")] = "",
    max_output_tokens: Annotated[int, typer.Option(min=16, help="Tokens of a reply, thoughts included.")] = 4096,
    parallel: Annotated[int, typer.Option(min=1, max=256, help="Requests under way at once.")] = 4,
    requests_per_minute: Annotated[int, typer.Option(min=0, help="At most; 0 for no limit.")] = 0,
    tokens_per_minute: Annotated[int, typer.Option(min=0, help="At most, in and out; 0 for no limit.")] = 0,
    retries: Annotated[int, typer.Option(min=0, help="How often a request that fails is made again.")] = 6,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds until a request has failed.")] = 120.0,
    price_in: Annotated[float | None, typer.Option(min=0, help="Price of a million tokens that are sent.")] = None,
    price_out: Annotated[float | None, typer.Option(min=0, help="Price of a million tokens of replies.")] = None,
    max_cost: Annotated[float | None, typer.Option(min=0, help="Stops before more is spent. Needs prices.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.jsonl", help="Write answers there; no database is needed.")
    ] = None,
    data: Annotated[
        list[str] | None, typer.Option(metavar="PATH", help="With --out: tasks, as `hume import tasks` takes them.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the first prompt and an estimate; ask nothing.")] = (
        False
    ),
) -> None:
    """Let a language model answer the items of tasks by the guidelines that people get."""
    prices = Prices(price_in, price_out)
    if bool(out) != bool(data) and not (data and dry_run):
        raise InvalidInput("--out and --data belong together.", "Say which tasks (--data PATH), and where to (--out).")
    if max_cost is not None and not prices.known:
        raise HumeError("--max-cost needs prices: give --price-in and --price-out, of a million tokens.")
    endpoint = Endpoint(
        model,
        base_url,
        os.environ.get(key_env, "").strip(),
        Sampling(temperature, seed, run_name, max_output_tokens),
        Ledger(prices, max_cost),
        Limits(requests_per_minute, tokens_per_minute),
        ReplyCache(Settings().cache_folder / "llm"),
        Backoff(retries),
        timeout,
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    annotator, chosen = Annotator(endpoint, revision), Chosen(task or (), subset or (), limit)
    if data:
        documents = [document for place in data for document in documents_at(place)]
        records = chosen_of(subsets_of(documents, chosen.tasks), chosen)
        _do(annotator, records, dry_run, lambda *to: annotate_into(out or Path(), records, annotator, parallel, *to))
        return
    engine = open_current(Settings().url)
    try:
        records = chosen_records(engine, chosen)
        _do(annotator, records, dry_run, lambda *to: annotate(engine, annotator, chosen, parallel, *to))
    finally:
        engine.dispose()


def _do(
    annotator: Annotator,
    records: Sequence[SubsetRecord],
    dry_run: bool,
    work: Callable[[Summary, OnOutcome], None],
) -> None:
    if dry_run:
        _show_plan(annotator, list(wanted(records)))
    else:
        _run(annotator, sum(len(record.items) for record in records), work)


def _run(annotator: Annotator, total: int, work: Callable[[Summary, OnOutcome], None]) -> None:
    summary = Summary()
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress:
            bar = progress.add_task(annotator.endpoint.model, total=total)

            def on_outcome(outcome: Outcome) -> None:
                place = f"{outcome.wanted.task.name}/{outcome.wanted.subset.name}"
                progress.update(bar, completed=summary.n_tried, description=place)

            try:
                work(summary, on_outcome)
            finally:
                progress.update(bar, completed=summary.n_tried)
    finally:
        console = Console()
        if summary.rows:
            console.print(_scores(summary))
        console.print("\n".join(_told(annotator, summary)), markup=False, highlight=False, soft_wrap=True)


def _scores(summary: Summary) -> Table:
    table = Table("Task", "Subset", "Metric", "Score", "95% interval", "n")
    for row in summary.rows:
        if row.is_main:
            interval = wording.interval(row.ci_low, row.ci_high)
            table.add_row(row.task, row.subset, row.metric, wording.points(row.score), interval, str(row.n_items))
    return table


def _told(annotator: Annotator, summary: Summary) -> list[str]:
    """What is said at the end, whatever the end was."""
    rater, ledger = annotator.rater, annotator.endpoint.ledger
    name = " ".join(filter(None, (rater.name, rater.revision, rater.protocol)))
    reasons = ", ".join(f"{reason} {n}" for reason, n in sorted(summary.skipped.items()))
    skipped = f"{summary.skipped.total()} skipped" + (f" ({reasons})" if reasons else "")
    cost = "" if ledger.cost is None else f"; cost {ledger.cost:.4f}"
    lines = [
        f"{name}: {summary.n_given} answered, {skipped}, {len(summary.faults)} without reply, "
        f"{summary.n_before} answered before; {summary.seconds:.1f} s",
        f"{ledger.calls} calls ({ledger.from_cache} more from the cache, {ledger.retries} tried again); tokens "
        f"{ledger.tokens_in:,} in ({ledger.tokens_in_cached:,} cached), {ledger.tokens_out:,} out{cost}",
    ]
    if ledger.without_usage:
        lines.append(f"{ledger.without_usage} calls came without a count of tokens, and count with the most it can be.")
    return lines


def _show_plan(annotator: Annotator, items: Sequence[Wanted]) -> None:
    """The conversation that the first item begins with, and about what all items take."""
    lines = [f"--- {one['role']} ---\n{one['content']}\n" for one in annotator.asked(items[0]).messages]
    estimates = [annotator.estimate(one) for one in items]
    tokens_in, tokens_out = (sum(column) for column in zip(*estimates, strict=True))
    prices = annotator.endpoint.ledger.prices
    cost = f"; cost about {prices.of(tokens_in, tokens_out):.4f}" if prices.known else ""
    lines.append(f"{len(items)} items: about {tokens_in:,} tokens in and {tokens_out:,} out, without thoughts{cost}")
    Console().print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)
