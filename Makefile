# netlapse: `make demo` shows it, `make test` proves it. Both make the environment they need in .venv.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip --quiet

# The Python of the environment: the first on PATH that is new enough. `make PYTHON=python3.13 ...` says another.
PYTHON ?= $(firstword $(foreach python,python3 python3.13 python3.12 python3.11,$(shell \
	$(python) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(python))))

# What tests to run, and how: `make test TESTS=tests/analyze PYTEST_FLAGS=-x`
TESTS ?=
PYTEST_FLAGS ?=

# How many examples of each law: `make laws LAWS=1000 PYTEST_FLAGS=--hypothesis-seed=7`
LAWS ?= 10000

# How many writers are killed: `make kills KILLS=10000`
KILLS ?= 1000

# How many damaged files: `make damage FLIPS=100000 CUTS=10000`
FLIPS ?= 10000
CUTS ?= 1000

# How long all fuzzers run together, and which: `make fuzz FUZZ_SECONDS=60 FUZZ=netlink`
ATHERIS := atheris==3.0.0
FUZZ_SECONDS ?= 1800
FUZZ ?=

# How many mutants are drawn (0: all), by what draw, and of which: `make mutation SAMPLE=50 SEED=7 MUTANTS='analyze.seen.*'`
MUTMUT := mutmut==3.8.1
SAMPLE ?= 700
SEED ?= 1
MUTANTS ?= *
LAWS_OF_MUTANTS := 4

.DEFAULT_GOAL := help
.PHONY: help venv demo test packages bytecode lint format types contracts bench screenshots churn damage kills laws redaction-law mutation hostile fuzz lock stubs demo-snapshots wheel clean

help:  ## what can be made here
	@sed -n 's/^\([a-z-]*\):.*  ## \(.*\)/\1\t\2/p' Makefile | expand -t 18

demo: $(STAMP) bytecode  ## build a small container host, change it, show the difference (no root needed)
	@$(BIN)/netlapse demo

test: packages $(STAMP) bytecode  ## install what the tests need, run them all, say what was skipped and why
	$(BIN)/python -m pytest $(PYTEST_FLAGS) $(TESTS)

packages:  # the lab's programs: root on Debian gets what is missing, others are told
	@.ci/packages

bytecode: $(STAMP)  # as pip leaves an installed package, also where Python may not write bytecode by itself
	@$(BIN)/python -m compileall -q netlapse.py snapshot analyze reports

lint: $(STAMP)  ## ruff: mistakes and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(STAMP)  ## ruff: repair what can be repaired
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(STAMP)  ## mypy --strict
	$(BIN)/mypy

contracts: $(STAMP)  ## import-linter: who may import whom
	$(BIN)/lint-imports

bench: packages $(STAMP) bytecode  ## time captures of many namespaces and routes against ip(8) and plotnetcfg (root)
	@$(BIN)/python -m benchmarks

screenshots: packages $(STAMP)  ## write what Chromium shows of the reports, light, dark, narrow and printed, to build/screenshots
	@$(BIN)/python -m tests.reports.screenshots build/screenshots

churn: packages $(STAMP) bytecode  ## take 200 captures of a host that never rests, print the figures of docs/consistency.md (root)
	@NETLAPSE_CHURN=200 $(BIN)/python -m pytest -q -s tests/acceptance/test_consistency.py

kills: packages $(STAMP)  ## kill -9 1,000 writers at random moments, then have each system call of one fail, and be its last
	NETLAPSE_KILLS=$(KILLS) NETLAPSE_FAULTS=every $(BIN)/python -m pytest -q -s $(PYTEST_FLAGS) \
		tests/snapshot/store/test_kills.py tests/snapshot/store/test_faults.py

damage: packages $(STAMP) bytecode  ## verify 10,000 files of real hosts with one bit changed and 1,000 that were cut off (root)
	NETLAPSE_FLIPS=$(FLIPS) NETLAPSE_CUTS=$(CUTS) $(BIN)/python -m pytest -q -s --durations=0 $(PYTEST_FLAGS) \
		tests/snapshot/store/test_flipped_bits.py

laws: $(STAMP)  ## try 10,000 generated pairs of hosts for each law of the diff (docs/testing.md)
	NETLAPSE_LAWS=$(LAWS) $(BIN)/python -m pytest -q --durations=0 $(PYTEST_FLAGS) tests/analyze/test_laws.py

redaction-law: $(STAMP)  ## try LAWS generated pairs of hosts for the law of redaction
	NETLAPSE_LAWS=$(LAWS) $(BIN)/python -m pytest -q --durations=0 $(PYTEST_FLAGS) tests/snapshot/redact/test_law.py

mutation: $(STAMP)  ## change the analyzer in hundreds of places and see which changes no test notices (root; docs/testing.md)
	$(PIP) install $(MUTMUT)
	NETLAPSE_LAWS=$(LAWS_OF_MUTANTS) nice -n 15 $(BIN)/python -m tests.mutants --sample $(SAMPLE) --seed $(SEED) --only '$(MUTANTS)'

hostile: $(STAMP) bytecode  ## have every command refuse 80 files that were made to do harm (docs/opening.md)
	NETLAPSE_HOSTILE=1 $(BIN)/python -m pytest -q -s $(PYTEST_FLAGS) tests/acceptance/test_hostile_files.py

fuzz: $(STAMP)  ## feed what reads bytes of strangers to a fuzzer, keep what it reaches in tests/fuzz/corpus (docs/opening.md)
	@test -d build/fuzz/atheris || $(PIP) install --no-deps --target build/fuzz $(ATHERIS)
	PYTHONPATH=build/fuzz nice -n 15 $(BIN)/python -m tests.fuzz $(FUZZ_SECONDS) $(FUZZ)

wheel: $(STAMP)  ## build the wheel into dist/
	$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .

venv: $(STAMP)  ## the environment: every dependency pinned, with hashes

$(STAMP): constraints.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "netlapse needs Python 3.11 or newer: install it, or say make PYTHON=/path/to/python" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { \
		rm -rf $(VENV); echo "$(PYTHON) cannot make an environment: on Debian, apt-get install python3-venv" >&2; exit 1; }
	@echo "installing the environment into $(VENV)"
	@$(PIP) install --require-hashes -r constraints.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

lock:  ## resolve constraints.txt anew from pyproject.toml
	rm -rf build/lock
	$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip --quiet install uv
	build/lock/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate --extra dev pyproject.toml --output-file build/lock/resolved.txt >/dev/null
	{ sed -n '/^#/p' constraints.txt; sed "s/ ; sys_platform == 'linux' / /" build/lock/resolved.txt; } > build/lock/whole.txt
	mv build/lock/whole.txt constraints.txt

stubs: $(STAMP)  ## make the messages anew that CRI runtimes are asked with, from their .proto
	$(BIN)/python -m grpc_tools.protoc -I. --python_out=. --pyi_out=. snapshot/collect/runtimes/cri.proto tests/lab/cri_lab.proto

demo-snapshots: $(STAMP)  ## make the snapshots anew that the demo shows where it may not build a host
	rm -rf build/demo
	$(BIN)/netlapse demo -o build/demo
	cp build/demo/demo.netlapse snapshot/demo/shipped.netlapse

clean:  ## remove all that was made
	rm -rf $(VENV) build dist netlapse-demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
