# `make` lists the targets. Needs Python 3.11 or newer and nothing else: the rest is installed into .venv.

SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.DELETE_ON_ERROR:

# The first Python that is new enough; a version manager's shim may exist and yet not run.
NEW_ENOUGH = $(1) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null
PYTHON ?= $(firstword $(foreach p,python3 python3.13 python3.12 python3.11 python3.14 python,$(shell $(call NEW_ENOUGH,$(p)) && echo $(p))))
BIN := .venv/bin
JOBS ?= 2
ARGS ?=
# `make run CONSOLE=off` serves the API and its documentation alone, for machines that cannot reach npm.
CONSOLE ?= on

PROJECTS := $(wildcard pyproject.toml protos/pyproject.toml kit/pyproject.toml gateway/pyproject.toml \
              client/pyproject.toml deploy/local/pyproject.toml services/*/pyproject.toml)
# Folders too: their time changes when a file is added or removed.
PROTOS := $(shell find protos/crm -type d -o -name '*.proto') protos/hatch_build.py
TESTS := $(wildcard kit/tests services/*/tests gateway/tests client/tests deploy/local/tests tools/tests tests)
INSTALLED := .venv/.installed
CONTRACT := protos/gen/crm/descriptors.binpb

.PHONY: help run console status reset demo test faults check format lock install contract baseline bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  \033[1mmake %-9s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  ARGS=… passes options on, e.g.  make test ARGS='-k claim'    make check ARGS='types rules'"

run: contract $(if $(filter off,$(CONSOLE)),,console) ## start everything and print the URL; Ctrl-C stops it, data survives; CONSOLE=off without the web console
	@export CRM_CONSOLE=$(CONSOLE); exec $(BIN)/crm-local up $(ARGS)

console: contract ## build the web console when something changed (brings its own Node.js when there is none)
	@$(BIN)/python gateway/console_build.py

status: contract ## show what runs, where it listens and whether it is ready
	@$(BIN)/crm-local status $(ARGS)

reset: contract ## delete the local data (asks first)
	@$(BIN)/crm-local reset $(ARGS)

demo: contract ## load the demo data into the running platform
	@$(BIN)/crm-local demo $(ARGS)

# The browser has processes of its own: its driver keeps an event loop running where no asynchronous test could run then.
# The console is built before, once, not by each of them.
test: contract ## run every test against real servers it starts by itself
	@status=0; \
	run() { $(BIN)/pytest "$$@" $(ARGS) || { code=$$?; [ $$code = 5 ] || status=$$code; }; }; \
	run -n $(JOBS) --dist loadgroup --ignore tests/browser $(TESTS); \
	$(MAKE) console && run -n $(JOBS) --dist loadgroup tests/browser || status=1; \
	exit $$status

faults: contract ## kill, restart and overload everything for hours (CRM_FAULT_SEED=… repeats the faults of a run)
	@CRM_FAULTS=long $(BIN)/pytest tests/faults $(ARGS)

check: contract ## formatting, lint, types, layers, contract, migrations, house rules (about a minute)
	@$(BIN)/python tools/check.py $(ARGS)

format: contract ## format the code and the protos, fix what lint can fix
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .
	@$(BIN)/buf format --write protos --path protos/crm

bench: contract ## measure, each number beside its limit in the same run
	@$(BIN)/python bench/run.py $(ARGS)

lock: install ## resolve requirements.lock anew (ARGS=--upgrade takes newer versions)
	@$(BIN)/python tools/bootstrap.py lock $(ARGS)
	@$(MAKE) install

baseline: contract ## accept the present protos as the contract that must not break
	@$(BIN)/python tools/contract.py accept

clean: ## remove the environment and everything generated (not the local data)
	@rm -rf .venv protos/gen gateway/console/dist gateway/console/node_modules gateway/console/src/api/generated .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

install: $(INSTALLED)
contract: $(CONTRACT)

$(INSTALLED): requirements.lock tools/bootstrap.py tools/uv.lock.txt $(PROJECTS)
	@$(call NEW_ENOUGH,$(or $(PYTHON),false)) || { echo "Python 3.11 to 3.14 is needed, $(if $(PYTHON),which $(PYTHON) is not,and none was found). Install it or name it: make PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) tools/bootstrap.py sync
	@touch $@

$(CONTRACT): $(PROTOS) | $(INSTALLED)
	@$(BIN)/python protos/hatch_build.py
	@touch $@
