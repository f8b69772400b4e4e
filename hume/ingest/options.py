"""What the user says of a task beside its files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

from hume.errors import InvalidItem, Place
from hume.ingest.languages import languages_of, parse_options
from hume.records import Json, Task

TEXTS = ("description", "license", "source", "revision", "instruction", "guidelines")
"""Facts of a task that `--setting` sets beside the task type's own settings."""


@dataclass(frozen=True)
class Options:
    """Task type and name where the files do not tell; languages by subset; settings and facts that win over theirs."""

    task_type: str = ""
    name: str = ""
    languages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    settings: Mapping[str, Json] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)

    def languages_of(self, subset: str, declared: Sequence[str]) -> tuple[str, ...]:
        """Languages of a subset: said for it, else said for all, else told by its name, else declared."""
        return self.languages.get(subset) or self.languages.get("") or languages_of(subset, declared)


def read_options(
    task_type: str = "", name: str = "", languages: Sequence[str] = (), settings: Sequence[str] = ()
) -> Options:
    """Options as the command line gives them: `--language ar=ara-Arab`, `--setting min=1`, `--setting license=MIT`.

    A setting's value is JSON where it is such, else text. InvalidItem for one without `=`, or an unknown language.
    """
    own: dict[str, Json] = {}
    facts: dict[str, str] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals or not key:
            raise InvalidItem(f"{setting!r} sets nothing.", "Write it as --setting min=1.", Place(file="--setting"))
        if key in TEXTS:
            facts[key] = value
        else:
            own[key] = _value(value)
    own = {key: _labels(value) if key == "labels" else value for key, value in own.items()}
    return Options(task_type, name, parse_options(languages), own, facts)


def _value(text: str) -> Json:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _labels(value: Json) -> Json:
    """Labels may be given as bare names."""
    return (
        [{"name": label} if isinstance(label, str) else label for label in value] if isinstance(value, list) else value
    )


def with_options(task: Task, options: Options) -> Task:
    """The task with what the options say of it, settings of the task's own kept where they are not overridden."""
    said: dict[str, Json] = {**options.facts, "settings": {**task.settings, **options.settings}}
    values = {one.name: getattr(task, one.name) for one in fields(Task)}
    return Task(**{**values, **said, "name": options.name or task.name})
