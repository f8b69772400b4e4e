# make run: install, create the database, load the samples, score a model on them, serve.
# make test: install and run everything; it closes with pytest's own line.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: install run test check check-deck browser nginx bench catalogues clean

install: $(VENV)/.test

# A stamp tells what was installed; the second run finds it fresh and does nothing.
$(VENV)/.demo $(VENV)/.test: $(VENV)/.%: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing HUME with its extra '$*' into $(VENV) ..."
	@$(PIP) --editable '.[$*]'
	@touch $@

run: $(VENV)/.demo
	@$(BIN)/hume demo
	@$(BIN)/hume serve

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The deck's scripts, by TypeScript and Prettier, which npx fetches; the program itself needs no Node.
check-deck:
	@command -v npx >/dev/null || { echo "make check-deck needs Node.js (npx), which is not here: https://nodejs.org" >&2; exit 1; }
	npx --yes --package typescript@5.9.3 tsc --project pages/deck
	npx --yes prettier@3.10.1 --check 'pages/deck/**/*.{js,ts,css,json}'

test: $(VENV)/.test check browser nginx
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

# The browser tests drive Chromium: a browser that is there (HUME_CHROMIUM, or on the PATH), else Debian's.
browser:
	@$(BIN)/python -c "from tests.browsing import executable; raise SystemExit(not executable())" || \
		.ci/install-debian Chromium chromium fonts-dejavu-core

# The deployment's tests put nginx before the app; where it can be neither found nor installed they are skipped, and say so.
nginx:
	@PATH="$$PATH:/usr/sbin:/usr/local/sbin" command -v nginx >/dev/null || .ci/install-debian nginx nginx openssl || true

# Times the annotator's screen beside Potato, which is installed into a cache folder: docs/benchmarks.md.
bench: $(VENV)/.test browser
	$(BIN)/python -m benchmarks.annotate

# The languages of the annotators' interface: what is new in the sources goes into every catalogue, to be translated.
catalogues: $(VENV)/.test
	$(BIN)/python -m hume.i18n.extract

clean:
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
