PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
endif
WORKERS ?= auto

.PHONY: maps test types suite lint bench torture docs clean

maps: $(VENV)/.runtime ## Build the atlas from the embedded data
	$(BIN)/nanyi-gis build --out maps

# keep the compiled modules: both workers load every module, and many tests start an interpreter of their own
unexport PYTHONDONTWRITEBYTECODE

test: $(VENV)/.test ## The whole suite: linters, types, doctests, notebooks, browser
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(MAKE) --no-print-directory -j2 types suite

types: $(VENV)/.test
	$(BIN)/mypy

suite: $(VENV)/.test # tests that share what is dear to make have a group, and a group has one worker
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.test ## Measure beside the peers that are installed
	$(BIN)/python -m benchmarks

torture: $(VENV)/.test ## Broken files, kills, full disks, odd machines: half an hour; the table goes to docs/torture.md
	$(BIN)/python -m benchmarks.torture --out docs/torture.md

docs: $(VENV)/.docs ## The guides and the reference as a site that opens from its folder: build/docs/index.html
	$(BIN)/python -m sphinx -q -b html -d build/.doctrees docs build/docs
	@echo build/docs/index.html

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis benchmarks/.work docs/reference
	find maps -mindepth 1 ! -name README.md -delete
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.docs: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[docs]"
	touch $(VENV)/.runtime $@

$(VENV)/.test: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[test]"
	touch $(VENV)/.runtime $@
