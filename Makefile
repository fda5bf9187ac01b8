# Everything the assistant does, from a checkout: `make chat`, `make test`, and the rest below.
# Each target sets itself up with pip when pyproject.toml or constraints.txt changed, and only then.

VENV := .venv
PORT ?= 8501
# The interpreter that makes .venv; any from 3.11 on: make chat PYTHON=/path/to/python3.12
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3.11)
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
PYTEST := $(PY) -m pytest
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help chat index test test-faults lint eval fit bench bench-growth load clean

help:  ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

chat: $(VENV)/.chat  ## set up, build the index, serve the page on this machine (PORT=8501)
	@$(PY) -m assistant.serving --port $(PORT)

index: $(VENV)/.chat  ## build the index; does nothing when it is up to date
	@$(PY) -c "from assistant.serving.__main__ import open_or_exit; open_or_exit()"

test: $(VENV)/.test  ## set up and run the tests
	@$(PYTEST) $(ARGS)

test-faults: $(VENV)/.test  ## the slow faults: kill -9, full disk, a server gone and back
	@$(PYTEST) -n 0 -m faults $(ARGS)

lint: $(VENV)/.test  ## ruff and mypy
	@$(PY) -m ruff check . && $(PY) -m mypy

eval: $(VENV)/.test  ## how often the assistant is right, on questions it was not tuned on
	@$(PY) -m assistant eval $(ARGS)

fit: $(VENV)/.test  ## train the shipped weights again
	@$(PY) -m assistant fit $(ARGS)

bench: $(VENV)/.test  ## our speed beside a plain LangChain chain; replies a second; Enter to answer
	@$(PY) -m tests.bench $(ARGS)
	@$(PYTEST) -n 0 -q -s -m load -k 32_clients
	@$(PYTEST) -n 0 -q -s -m bench

bench-growth: $(VENV)/.test  ## the index at 1,000, 10,000 and 100,000 chunks
	@$(PY) -m tests.bench.growth $(ARGS)

load: $(VENV)/.test  ## many visitors at once: no error, no crossing, no leak
	@$(PYTEST) -n 0 -m load -s $(ARGS)

clean:  ## remove the environment (what was built and kept lies in var/ and stays)
	rm -rf $(VENV)

# One stamp a set-up. `chat` needs no test tools; `test` brings both.
$(VENV)/.chat: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing the assistant's packages; minutes the first time, never again."
	@$(PIP) --editable .
	@touch $@

$(VENV)/.test: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing the assistant's packages and the test tools; minutes the first time, never again."
	@$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/.chat

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "No Python found. Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is older than Python 3.11. Install 3.11, or name one: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "$(PYTHON) cannot make an environment; on Debian: apt-get install python3-venv" >&2; exit 1; }
