# Needs git, make and Python 3.11 or newer; reaches only the Python package index.
PYTHON ?= python3
BIN := .venv/bin
KILLS ?= 3
# The tests start many processes; none should compile again what another has.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test test-long test-gate test-watch coverage lint lock bench images clean

demo: .venv/.runtime  ## set up, then open the local console on the sample company
	$(BIN)/purser demo

test: .venv/.dev  ## set up, then pass the tests
	$(BIN)/python -m pytest

test-long: .venv/.dev  ## what can be tried without end, tried for longer; some minutes
	PURSER_TESTS=long $(BIN)/python -m pytest -m 'long or thorough'

test-gate: .venv/.dev  ## the gate at full size: villain, kill -9, races, guards disabled in turn
	@$(BIN)/python -m tests.gate --kills $(KILLS)

test-watch: .venv/.dev  ## exactly once: a hundred kill -9 while days of posts are played
	@$(BIN)/python -m tests.watch.kills

coverage: .venv/.dev  ## branch coverage of gate, policy and the ledger's transitions
	mkdir -p build
	$(BIN)/python -m coverage run -m pytest -n 0 tests/gate tests/ledger tests/test_accrued.py
	$(BIN)/python -m coverage report

lint: .venv/.dev  ## style, types and the one arrow bot -> tools
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.runtime  ## the figures in the README; takes some minutes
	$(BIN)/purser bench slack
	$(BIN)/purser bench lake --rows 10000000

images: .venv/.dev  ## the pictures of the README's watch, drawn anew (wants Chromium)
	$(BIN)/python -m tests.images

permissions: .venv/.runtime  ## write the clouds' policies in deploy/ anew
	$(BIN)/purser --home build/no-home permissions deploy

lock:  ## resolve the pinned versions anew (wants uv)
	uv pip compile pyproject.toml --extra setup --universal --python-version 3.11 --generate-hashes --no-annotate --no-header -q -o requirements.txt
	uv pip compile pyproject.toml --extra setup --extra dev --universal --python-version 3.11 --generate-hashes --no-annotate --no-header -q -c requirements.txt -o requirements-dev.txt

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Purser needs Python 3.11 or newer; set PYTHON=python3.11")'
	$(PYTHON) -m venv .venv

.venv/.runtime: requirements.txt pyproject.toml | .venv/bin/python
	@echo "Setting up in .venv, once: about a minute."
	$(BIN)/python -m pip install --disable-pip-version-check -q --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps --no-build-isolation -e .
	touch $@

.venv/.dev: requirements-dev.txt .venv/.runtime
	$(BIN)/python -m pip install --disable-pip-version-check -q --require-hashes -r requirements-dev.txt
	touch $@

clean:
	rm -rf .venv build dist
