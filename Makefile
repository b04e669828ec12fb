# make install · demo · test · test-majors · test-oldest · wheel · check · docs · bench · new-rule · clean
#
# Everything happens in .venv/ of this directory. Needed: Python >= 3.11, make and git.
# Which Python: make install PYTHON=/usr/bin/python3.12

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := install

BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Many tests start a Python of their own: to compile all anew takes each of them half a second.
unexport PYTHONDONTWRITEBYTECODE

# Three on two cores, for a test now and then waits for its server; at most eight, for each starts servers of its own.
PROCESSES ?= $(shell n=$$(( ($$(getconf _NPROCESSORS_ONLN) * 3 + 1) / 2 )); echo $$(( n < 8 ? n : 8 )))
PYTEST := -m pytest --numprocesses=$(PROCESSES)

# The majors in the wheel; MAJORS=... chooses among all.
MAJORS ?= 14,15,16,17,18
comma := ,

.PHONY: install demo test test-majors test-oldest wheel check format docs bench new-rule clean

install: .venv/installed

.venv/installed: pyproject.toml
	@.ci/python .venv $(PYTHON)
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

demo: install
	$(BIN)/schemaguard demo

test: install
	SCHEMAGUARD_TEST_MAJORS=16,18 $(BIN)/python $(PYTEST) $(ARGS)

# Only the tests that ask a server what is true are worth a run on each major.
test-majors: install
	$(BIN)/python -m tests.fetch_servers $(subst $(comma), ,$(MAJORS))
	SCHEMAGUARD_TEST_MAJORS=$(MAJORS) $(BIN)/python $(PYTEST) -m majors $(ARGS)

# With the oldest dependencies that pyproject.toml allows; the shop and what is recorded want SQLAlchemy 2.
# What a server does with a statement does not hang on them: how it is read does, and that is tested.
# Variations ask of many cases what other tests ask of one, by the same ways through the dependencies.
test-oldest: .venv-oldest/installed
	SCHEMAGUARD_TEST_MAJORS=18 .venv-oldest/bin/python $(PYTEST) -m "not newer and not variations" \
	    -k "not shop and not demo and not test_record and not what_we_say and not what_the_server_does and not promises \
	        and not nobody_waits" \
	    --ignore=tests/plan/test_plans.py --ignore=tests/acceptance $(ARGS)

.venv-oldest/installed: pyproject.toml .ci/oldest.txt
	@.ci/python .venv-oldest $(PYTHON)
	.venv-oldest/bin/python -m pip install --quiet --editable '.[dev]' --constraint .ci/oldest.txt
	@touch $@

# What people install is the wheel.
wheel: install
	.ci/wheel

check: install
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check

# The pages that come from the code.
docs: install
	$(BIN)/python docs/generate.py

# Each script tells in its first lines what it measures: make bench NAME=type_changes
bench: install
	@for name in $(or $(NAME),mutants histories); do \
	    echo "== $$name"; $(BIN)/python $$(ls bench/$$name bench/$$name.py 2>/dev/null) $(ARGS); \
	done

# make new-rule NAME=locking/set_not_null
new-rule:
	@.ci/new-rule $(NAME)

format: install
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf .venv .venv-oldest dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
