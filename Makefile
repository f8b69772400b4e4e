# make run: install, create the database, load the samples, serve.   make test: everything, by itself.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EXTRAS ?= test

# A stamp holds what was installed from; the second run finds it fresh and does nothing.
INSTALLED := $(VENV)/.installed-$(EXTRAS)

.PHONY: install run test check browser clean

install: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[$(EXTRAS)]'
	@rm -f $(VENV)/.installed-*
	@touch $@
