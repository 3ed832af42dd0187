# make run      a desk to try: installs into .venv, then `helpdeskd demo`
# make test     everything that CI runs: check, then all tests but the long ones
# make check    style, types, the direction of imports, sizes
# make bench    the speed of this machine's desk, beside other programs: 45 minutes (docs/speed.md)
# make soak     the tests that take long (three hours; SOAK_SECONDS=3600 is one of them), then fuzzing: ten minutes for
#               each target (FUZZ_SECONDS=600), two hours in all
# make clean    removes caches and builds (.venv stays: remove it to begin anew)
#
# Each sets itself up first, in .venv and with the versions of constraints.txt, and again only when these or pyproject.toml
# change. PYTHON=/path/to/python chooses another Python than the first from 3.11 on; no package of the system is changed.
# The tests run against real servers: as root, `make test` installs those that are missing (.ci/packages tells how it
# leaves a running system alone), else it tells the command.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help run test check bench soak clean servers

PYTHON := python3 python3.14 python3.13 python3.12 python3.11
SERVERS := dovecot-imapd dovecot-lmtpd dovecot-submissiond postfix swaks mutt openssl opendkim postgresql systemd strace faketime
IN := .venv/bin
# The tests start hundreds of processes: without its bytecode each would compile all that it reads.
unexport PYTHONDONTWRITEBYTECODE
INSTALL := $(IN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable

help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile

run: .venv/installed
	@exec $(IN)/helpdeskd demo

test: servers check
	$(IN)/python -m pytest -n 3 --dist worksteal

check: .venv/installed-dev
	$(IN)/ruff check
	$(IN)/ruff format --check
	$(IN)/mypy
	$(IN)/lint-imports --no-logo
	$(IN)/python -m pytest tests/test_structure.py

bench: servers .venv/installed-dev
	@$(IN)/python -m benchmarks

soak: servers .venv/installed-dev
	$(IN)/python -m pytest -m soak
	if $(IN)/python -c 'import atheris' 2>/dev/null || $(INSTALL) '.[fuzz]'; then
	    $(IN)/python -m tests.fuzz.run
	else
	    echo 'NOT FUZZED: there is no atheris for this Python (choose another one: make soak PYTHON=python3.12)' >&2
	    exit 1
	fi

clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find helpdeskd tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

servers:
	@.ci/packages $(SERVERS)

.venv/installed: pyproject.toml constraints.txt | .venv/bin/python
	@$(INSTALL) .
	touch $@

.venv/installed-dev: pyproject.toml constraints.txt | .venv/bin/python
	@$(INSTALL) '.[dev]'
	touch $@ .venv/installed

.venv/bin/python:
	@for python in $(PYTHON) none; do
	    "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break
	done || { echo 'helpdeskd needs Python 3.11 or later: apt install python3 python3-venv' >&2; exit 1; }
	"$$python" -c 'import ensurepip' 2>/dev/null || .ci/packages "$${python##*/}-venv"
	"$$python" -m venv .venv
