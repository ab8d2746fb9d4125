PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
endif
WORKERS ?= auto

QUICK := nanyi_gis/_kernels nanyi_gis/io nanyi_gis/cli nanyi_gis/terrain nanyi_gis/route tests/test_cli.py \
	tests/test_cli_bands.py tests/test_route_files.py \
	tests/test_io.py tests/test_vector_door.py tests/test_raster_door.py tests/test_network_lines.py \
	tests/test_accessibility_matrix.py tests/test_travel_time.py tests/test_suitability.py tests/test_study.py \
	tests/test_webmap.py tests/test_machine.py tests/test_cluster.py tests/test_fetch.py
# What of it other Pythons run in CI, whose time is limited; QUICK itself with make test-with CORE='$(QUICK)'.
CORE := nanyi_gis/_kernels nanyi_gis/io nanyi_gis/cli tests/test_cli.py tests/test_cli_bands.py tests/test_io.py \
	tests/test_raster_door.py tests/test_suitability.py tests/test_study.py

.PHONY: maps terrain test test-lowest test-with types suite lint bench torture docs clean

# What is fetched and made from it is kept in build/ and in the cache of nanyi-gis fetch; a warm run does neither again.
FETCHED := build/fetched
TERRAIN := $(FETCHED)/dem_90m.tif
MODEL := nanyi_gis/sources/demo_dem nanyi_gis/_kernels/drainage.py data/places data/boundaries
INPUTS = $(shell find nanyi_gis data -type f -not -name '*.py[co]')

maps: $(VENV)/.runtime ## Build the atlas on real heights, fetched once; without a network on the embedded terrain
	@$(MAKE) --no-print-directory terrain
	@$(MAKE) --no-print-directory --silent $$(test -f $(TERRAIN) && echo build/.maps-real || echo build/.maps-embedded)
	@echo maps/index.html

terrain:
	@mkdir -p $(FETCHED)
	@if test -f $(TERRAIN) && test -z "$$(find $(MODEL) -type f -not -name '*.py[co]' -newer $(TERRAIN))"; then exit 0; fi; \
	$(BIN)/nanyi-gis fetch dem --source pypi-30s --out $(FETCHED) > build/fetch.log 2>&1 && exit 0; \
	rm -f $(TERRAIN); \
	echo "No real terrain: $$(tail -n 1 build/fetch.log); the maps are built on the embedded demonstration terrain."

# One stamp a terrain: maps of the other one are never taken for made.
build/.maps-real build/.maps-embedded: $(INPUTS) $(wildcard $(TERRAIN)) maps/manifest.json
	$(BIN)/nanyi-gis build --out maps $(addprefix --dem ,$(wildcard $(TERRAIN))) > /dev/null
	touch $@

# A folder emptied, or filled by another build, is built anew.
maps/manifest.json: ;

# keep the compiled modules: both workers load every module, and many tests start an interpreter of their own
unexport PYTHONDONTWRITEBYTECODE

test: $(VENV)/.test ## The whole suite: linters, types, doctests, notebooks, browser
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(MAKE) --no-print-directory -j2 types suite

types: $(VENV)/.test
	$(BIN)/mypy

# rasters come and go in every test: memory that is kept spares the system much of its part of the time
suite: export MALLOC_MMAP_THRESHOLD_ := 33554432
suite: export MALLOC_TRIM_THRESHOLD_ := 1073741824
suite: $(VENV)/.test
	$(BIN)/python -m pytest -n $(WORKERS)

test-lowest: $(VENV)-lowest/.test ## The quick part of the suite on the lowest versions that pyproject.toml allows
	$(VENV)-lowest/bin/python -m pytest -n $(WORKERS) -W default -m "not slow and not browser" $(QUICK)

# The same on another Python, with the newest versions: make test-with PYTHON=python3.13
test-with: $(VENV)-$(notdir $(PYTHON))/.test
	$(VENV)-$(notdir $(PYTHON))/bin/python -m pytest -n $(WORKERS) -m "not slow and not browser" $(CORE)

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
	rm -rf $(VENV) $(VENV)-* build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis benchmarks/.work docs/reference
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
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --editable ".[test]"
	-$(BIN)/python -W ignore -c $(COMPILE)
	touch $(VENV)/.runtime $@

# pip compiles on one core, and what the packages have to test themselves too
COMPILE := "import compileall, re, sysconfig; \
compileall.compile_dir(sysconfig.get_path('purelib'), quiet=2, workers=0, rx=re.compile(r'[/\\\\](tests|pip)[/\\\\]'))"

# Neither of these has the linters, the browser, the documentation or the large data.
INSTALL := -m pip install --quiet --disable-pip-version-check --no-compile

$(VENV)-lowest/.test: pyproject.toml tests/lowest.py
	$(PYTHON) -m venv --clear $(VENV)-lowest
	$(VENV)-lowest/bin/python $(INSTALL) packaging
	$(VENV)-lowest/bin/python tests/lowest.py constraints > $(VENV)-lowest/constraints.txt
	$(VENV)-lowest/bin/python tests/lowest.py requirements > $(VENV)-lowest/requirements.txt
	$(VENV)-lowest/bin/python $(INSTALL) --constraint $(VENV)-lowest/constraints.txt \
		--requirement $(VENV)-lowest/requirements.txt --editable ".[dask,parquet,graphs]"
	touch $@

$(VENV)-$(notdir $(PYTHON))/.test: pyproject.toml tests/lowest.py
	$(PYTHON) -m venv --clear $(VENV)-$(notdir $(PYTHON))
	$(VENV)-$(notdir $(PYTHON))/bin/python $(INSTALL) packaging
	$(VENV)-$(notdir $(PYTHON))/bin/python tests/lowest.py requirements > $(VENV)-$(notdir $(PYTHON))/requirements.txt
	$(VENV)-$(notdir $(PYTHON))/bin/python $(INSTALL) \
		--requirement $(VENV)-$(notdir $(PYTHON))/requirements.txt --editable ".[dask,parquet,graphs]"
	touch $@
