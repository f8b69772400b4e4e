"""Takes the pictures in docs/images: `python docs/screenshots.py [forms] [pages]`; without a name, all of them.

Of each annotator's form one picture in light, dark, on a phone, and in Arabic, side by side, from an empty database
with the samples. Of researchers' pages one each, from what `hume demo` loads and two more runs of models.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlencode

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from browsing import FLAGS, executable  # noqa: E402
from serving import Server, running_server  # noqa: E402

from db.session import open_current, transaction  # noqa: E402
from db.store.tasks import save_document  # noqa: E402
from hume.cli import app as hume  # noqa: E402
from hume.ingest.hume_jsonl import read_hume_jsonl  # noqa: E402
from hume.ingest.options import Options  # noqa: E402

IMAGES = ROOT / "docs" / "images"
DESKTOP, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 860}
#: Keys that bring a form into the middle of its work.
BEGUN = {"sts": ["d"], "classification": [], "reranking": ["2", "0"], "clustering": ["n", "n", "1", "2"]}
VIEWS = (
    ("eng", {"color_scheme": "light", "viewport": DESKTOP, "locale": "en"}),
    ("eng", {"color_scheme": "dark", "viewport": DESKTOP, "locale": "en"}),
    ("eng", {"color_scheme": "light", "viewport": PHONE, "locale": "en", "has_touch": True}),
    ("ara", {"color_scheme": "light", "viewport": DESKTOP, "locale": "ar"}),
)
#: Researchers' pages: the address, and the heading that stands at the top of the picture.
PAGES = {
    "overview": ("overview", "Overview"),
    "gap": ("gap", "Gap"),
    "agreement": ("agreement", "Agreement"),
    "models": ("models", "Models"),
}
PAGE = {"width": 1280, "height": 980}
RUNS = (("demo",), ("score", "all-MiniLM-L6-v2", "--protocol", "human-like"), ("score", "bm25", "--queue"))
GAP = 24


def main() -> None:
    """Writes the pictures that the command line names."""
    takers = {"forms": take_forms, "pages": take_pages}
    for name in sys.argv[1:] or takers:
        takers[name]()


def take_forms() -> None:
    """Writes docs/images/form-<task type>.png for every task type."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/hume.db"
        names = store_samples(url)
        with running_server(url) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
            for kind, name in names.items():
                shots = [shot(browser, server, kind, name, subset, dict(options)) for subset, options in VIEWS]
                side_by_side(shots).save(IMAGES / f"form-{kind}.png", optimize=True)


def take_pages() -> None:
    """Writes docs/images/<page>.png for researchers' pages."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/hume.db"
        os.environ |= {"HUME_DATABASE_URL": url, "HUME_HOME": folder}
        for command in RUNS:
            hume(command, standalone_mode=False)
        with running_server(url) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
            token = server.sign_in("Rhea", "researcher")
            for name, (address, title) in PAGES.items():
                context = browser.new_context(viewport=PAGE, color_scheme="light", locale="en")
                context.add_cookies([server.cookie(token)])
                page = context.new_page()
                page.goto(f"{server.base_url}/{address}")
                page.get_by_role("heading", name=title, exact=True).wait_for(timeout=60_000)
                page.locator("[data-testid=stSkeleton]").last.wait_for(state="hidden", timeout=60_000)
                page.wait_for_timeout(4000)  # charts draw themselves
                if page.locator("[data-testid=stException]").count():
                    raise RuntimeError(f"The page {title} shows an error.")
                taken = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
                taken.save(IMAGES / f"{name}.png", optimize=True)
                context.close()


def store_samples(url: str) -> dict[str, str]:
    """The samples' names, by task type."""
    engine = open_current(url)
    documents = [read_hume_jsonl(path, Options()) for path in sorted((ROOT / "data" / "samples").glob("*.jsonl"))]
    with transaction(engine) as session:
        for document in documents:
            save_document(session, document)
    engine.dispose()
    return {document.task.task_type: document.task.name for document in documents}


def shot(browser: Browser, server: Server, kind: str, task: str, subset: str, options: dict) -> Image.Image:
    context = browser.new_context(**options)
    name = f"{kind} {subset} {options['color_scheme']} {options['viewport']['width']}"
    context.add_cookies([server.cookie(server.sign_in(name))])
    page = context.new_page()
    page.goto(f"{server.base_url}/answer?{urlencode({'task': task, 'subset': subset})}")
    page.locator(".form > div").first.wait_for()
    begin(page, kind)
    taken = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    context.close()
    return taken


def begin(page: Page, kind: str) -> None:
    page.wait_for_function("document.fonts.status === 'loaded'")
    page.wait_for_timeout(1500)  # Streamlit's own page settles: its header, its sidebar
    for key in BEGUN[kind]:
        page.keyboard.press(key)
    page.wait_for_timeout(500)


def side_by_side(shots: list[Image.Image]) -> Image.Image:
    """Light and dark above, Arabic and the phone below."""
    light, dark, phone, arabic = shots
    width = light.width + GAP + dark.width
    picture = Image.new("RGB", (width, light.height + GAP + arabic.height), (128, 128, 128))
    picture.paste(light, (0, 0))
    picture.paste(dark, (light.width + GAP, 0))
    picture.paste(arabic, (0, light.height + GAP))
    picture.paste(phone, (light.width + GAP + (dark.width - phone.width) // 2, light.height + GAP))
    return picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main()
