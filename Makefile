# A machine needs git, make and Python 3.11, 3.12 or 3.13; everything else comes from the lock file.
#   make demo    set-up, then a demo company's reports       make test   set-up, then the whole test suite
#   make dev     Dagster's UI, on localhost                  make bench  ratios against a floor of the same run
#   make bench-ml   the scores on published books, beside what they must reach, and what they cost
SHELL := /bin/sh
.DEFAULT_GOAL := help
UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.encours-ready
CONFIG ?= $(firstword $(wildcard encours.yml) demo/encours.yml)

export UV_PYTHON_DOWNLOADS := never
# Certificates of the system: behind a company proxy they are the ones that hold.
export UV_SYSTEM_CERTS ?= 1
export UV_PROJECT_ENVIRONMENT := $(VENV)
export DO_NOT_TRACK := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export GX_ANALYTICS_ENABLED := false

.PHONY: help setup demo test dev bench bench-ml lint types clean

help:
	@sed -n 's/^#   //p' Makefile

setup: $(STAMP)

# The virtual environment first, by whichever Python there is; then uv inside it; then exactly what the lock says,
# compiled once here rather than by the first run (or, where Python may not write bytecode, by every run).
$(STAMP): pyproject.toml uv.lock
	@set -e; \
	if [ ! -x $(BIN)/python ]; then \
	  for candidate in python3.11 python3.12 python3.13 python3; do \
	    if command -v $$candidate >/dev/null 2>&1 && \
	       $$candidate -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; \
	    then found=$$candidate; break; fi; \
	  done; \
	  if [ -z "$$found" ]; then \
	    echo "encours needs Python 3.11, 3.12 or 3.13 with venv (on Debian: apt-get install python3 python3-venv)." >&2; exit 2; \
	  fi; \
	  echo "Setting up $(VENV) with $$found"; \
	  $$found -m venv $(VENV); \
	fi; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"; \
	$(BIN)/uv sync --frozen --inexact --compile-bytecode --quiet --python $(BIN)/python; \
	touch $(STAMP)

demo: setup
	@$(BIN)/encours demo

# Fast tests first: a broken rule shows in seconds, whole runs and browsers come after.
test: setup
	@$(BIN)/pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m "not slow"
	@$(BIN)/pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m slow

dev: setup
	@[ -f "$(CONFIG)" ] || $(BIN)/encours demo --files-only
	@$(BIN)/encours dev --config $(CONFIG)

bench: setup
	@$(BIN)/python -m tests.benchmarks
	@$(BIN)/python -m tests.benchmarks.settlement

bench-ml: setup
	@$(BIN)/python -m tests.benchmarks.ml
	@$(BIN)/python -m tests.benchmarks.ml_restated

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: setup
	@$(BIN)/mypy

clean:
	@rm -rf var demo/var bench dbt_project/target dbt_project/logs logs .pytest_cache .mypy_cache .ruff_cache .hypothesis
