"""HUME's front door: `uvicorn app:app` serves this file, and Streamlit runs it for every view of a page.

To add a page: its file in `pages/<audience>/`, and a line in PAGES.
"""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

HERE = Path(__file__).resolve().parent
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))

from hume.server import ROUTES, oidc, start  # noqa: E402
from hume.server.logs import RequestLog  # noqa: E402
from hume.server.policy import SecurityHeaders  # noqa: E402
from pages.parts import gate, one_log, providers, shell  # noqa: E402

PAGES = [
    shell.Entry("Answer", "annotator/work.py", "Work", "edit_note", "annotator"),
    shell.Entry("Answer", "annotator/answer.py", "Answer", "task_alt", "annotator", in_menu=False),
    shell.Entry("Answer", "annotator/account.py", "Your account", "person", "annotator", in_menu=False),
    shell.Entry("Figures", "researcher/overview.py", "Overview", "monitoring", "researcher"),
    shell.Entry("Figures", "researcher/gap.py", "Gap", "compare_arrows", "researcher"),
    shell.Entry("Figures", "researcher/baselines.py", "Baselines", "groups", "researcher"),
    shell.Entry("Figures", "researcher/agreement.py", "Agreement", "handshake", "researcher"),
    shell.Entry("Figures", "researcher/items.py", "Items", "gavel", "researcher"),
    shell.Entry("Figures", "researcher/planning.py", "Planning", "straighten", "researcher"),
    shell.Entry("Figures", "researcher/models.py", "Models", "memory", "researcher"),
    shell.Entry("Figures", "researcher/progress.py", "Progress", "donut_large", "researcher"),
    shell.Entry("Server", "admin/tasks.py", "Tasks", "checklist", "admin"),
    shell.Entry("Server", "admin/people.py", "People", "group", "admin"),
    shell.Entry("Server", "admin/studies.py", "Studies", "campaign", "admin"),
]
HOME = {"annotator": "annotator/work.py", "researcher": "researcher/overview.py", "admin": "researcher/overview.py"}


if get_script_run_ctx(suppress_warning=True):
    shell.run(PAGES, HOME)
else:
    # Streamlit would take every script that lies directly in pages/ for a page, and run it without this file.
    PagesManager.uses_pages_directory = False
    one_log.settle()
    oidc.connect(providers.gateway)
    app = st.App(
        HERE / "app.py",
        lifespan=start.lifespan,
        routes=ROUTES,
        middleware=[
            Middleware(SecurityHeaders, shell=Path(st.__file__).parent / "static" / "index.html"),
            Middleware(RequestLog),
            Middleware(gate.Gate),
        ],
        on_script_error=shell.show_mistake,
    )
