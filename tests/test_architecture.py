"""The rules of the house: who may import whom, and where pages may lie."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = {"torch", "ray", "sentence_transformers", "transformers", "mteb", "datasets"}
RUNNERS = ("hume/runner/worker.py", "hume/runner/claim.py", "hume/runner/llm_worker.py")
USES_DATABASE = ("hume/cli/", "hume/server/", *RUNNERS)
MEASURES_MAY = {"hume.measures", "numpy", "scipy"}
TASKS_MAY = {"hume.tasks", "hume.measures", "hume.records", "hume.errors"}


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imports(path: Path, top_level_only: bool = False) -> set[str]:
    """Names of the modules that a file imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = _at_import_time(tree) if top_level_only else ast.walk(tree)
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _at_import_time(tree: ast.AST):
    for node in ast.iter_child_nodes(tree):
        is_type_checking = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        if not is_type_checking and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node
            yield from _at_import_time(node)


def within(name: str, packages: set[str]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def names(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", modules("hume"), ids=names)
def test_hume_imports_no_streamlit_and_nothing_heavy_before_use(path):
    assert not {name for name in imports(path) if within(name, {"streamlit", "pages"})}
    assert not {name for name in imports(path, top_level_only=True) if within(name, HEAVY)}


@pytest.mark.parametrize("path", modules("hume"), ids=names)
def test_only_cli_server_and_worker_use_the_database(path):
    if not names(path).startswith(USES_DATABASE):
        assert not {name for name in imports(path) if within(name, {"db", "sqlalchemy"})}


@pytest.mark.parametrize("path", modules("db"), ids=names)
def test_the_database_knows_records_and_errors_alone(path):
    ours = {name for name in imports(path) if within(name, {"hume", "pages"})}
    assert all(within(name, {"hume.records", "hume.errors"}) for name in ours), ours


@pytest.mark.parametrize("path", modules("hume/measures"), ids=names)
def test_measures_see_numbers_only(path):
    ours = {name for name in imports(path) if within(name, {"hume", "db", "pandas", "pydantic"})}
    assert all(within(name, MEASURES_MAY) for name in ours), ours


@pytest.mark.parametrize("path", modules("hume/tasks"), ids=names)
def test_tasks_see_measures_and_records_only(path):
    ours = {name for name in imports(path) if within(name, {"hume", "db"})}
    assert all(within(name, TASKS_MAY) for name in ours), ours


def test_no_script_lies_directly_under_pages():
    """Streamlit would list it as a page of its own, and run it without app.py and its sign-in."""
    assert list((ROOT / "pages").glob("*.py")) == []


BLOCKING = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {heavy}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
import app
print("served without", *sorted({heavy} - set(sys.modules)))
"""


def test_the_servers_imports_need_no_torch():
    """The annotators' server must start where the models extra is not installed."""
    code = BLOCKING.format(heavy=HEAVY)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith(" ".join(["served without", *sorted(HEAVY)]))


@pytest.mark.parametrize("path", sorted((ROOT / "pages").glob("*/*.py")), ids=names)
def test_no_page_has_a_string_that_streamlit_would_show(path):
    """Streamlit writes every expression that stands by itself in a page's script onto the page."""
    if path.parent.name not in {"annotator", "researcher", "admin"}:
        return
    body = ast.parse(path.read_text(encoding="utf-8")).body[1:]
    assert not [node.lineno for node in body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)]
