# The front door. Each target makes its own virtual environment when there is none; `make PYTHON=python3.12 test` chooses one.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
DEV := $(VENV)/.dev
RUN := $(VENV)/.run

.PHONY: help demo test check bench campaign docs clean
help:                    ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(RUN): setup.cfg pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "rommon-tool needs Python 3.11 or later; try make PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(DEV): $(RUN)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

demo: $(RUN)             ## recover a simulated dead firewall
	$(BIN)/rommon demo

test: $(DEV)             ## every test
	$(BIN)/python -m pytest -n 4 --dist worksteal

check: $(DEV)            ## formatting, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(DEV)            ## ratios that must hold; BENCH="tftp.one_cpu --rounds 1" chooses; never part of the tests
	$(BIN)/python -m benchmarks $(BENCH)

campaign: $(DEV)         ## sieges that take an hour: the TFTP server, noise, a boot ROM's window; SEED=N repeats one
	CAMPAIGN_SEED=$(SEED) $(BIN)/python -m pytest -o python_files='campaign_*.py' --timeout 900 tests/campaign

docs: $(RUN)             ## the documents as HTML
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	$(BIN)/python -m sphinx -W -q -b html docs docs/_build/html

clean:                   ## remove what was made
	rm -rf $(VENV) docs/_build .mypy_cache .ruff_cache .pytest_cache
