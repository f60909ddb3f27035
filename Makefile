# Everything a person types: make demo, make test, make check, make bench, make campaign, make docs.
SHELL := /bin/bash
export PYTHONDONTWRITEBYTECODE :=
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
UV := $(BIN)/uv pip install -q --python $(BIN)/python
COMPILE := $(or $(wildcard $(BIN)/uv),uv) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header
EXTRAS := demo gis modbus people postgres privacy sewage water
WEB := src/kota/web/index.html
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -type f -print 2>/dev/null)

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/installed: requirements/installer.lock requirements/run.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "Kota needs Python 3.11 to 3.13: run make PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install -q --require-hashes -r requirements/installer.lock
	$(UV) --require-hashes -r requirements/run.lock
	$(UV) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/installed-dev: requirements/dev.lock $(VENV)/installed
	$(UV) --require-hashes -r requirements/dev.lock
	@touch $@

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	@command -v npm >/dev/null || { echo 'Kota builds its dashboard with Node 20: install nodejs and npm'; exit 1; }
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(WEB): web/node_modules/.package-lock.json $(WEB_SOURCES)
	cd web && npm run build --silent
	@touch $@

.PHONY: web
web: $(WEB) ## the dashboard alone

.PHONY: setup
setup: $(VENV)/installed $(WEB) ## virtual environment and dashboard

.PHONY: demo
demo: setup ## one day in a demonstration district, on http://127.0.0.1:9090
	$(BIN)/kota demo

.PHONY: servers
servers: ## the servers that the tests talk to (as root they are installed)
	@missing=""; \
	command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ] || missing="$$missing mosquitto"; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$$missing postgresql-15"; \
	ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1 || missing="$$missing postgresql-15-postgis-3"; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    export DEBIAN_FRONTEND=noninteractive; \
	    printf '#!/bin/sh\nexit 101\n' > /tmp/kota-policy-rc.d; \
	    [ -e /usr/sbin/policy-rc.d ] || { install -m 755 /tmp/kota-policy-rc.d /usr/sbin/policy-rc.d; ours=1; }; \
	    apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing >/dev/null; status=$$?; \
	    [ -z "$$ours" ] || rm -f /usr/sbin/policy-rc.d; rm -f /tmp/kota-policy-rc.d; exit $$status; \
	  else \
	    echo "The tests need$$missing. Install with: sudo apt-get install$$missing"; exit 1; \
	  fi; \
	fi

.PHONY: test
test: setup $(VENV)/installed-dev servers ## every test, with real servers and a real browser
	cd web && npm test --silent
	$(BIN)/python -m pytest

.PHONY: check
check: $(VENV)/installed-dev ## style, types, architecture, licences
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/licences.py

.PHONY: bench
bench: setup $(VENV)/installed-dev servers ## every figure of docs/benchmarks.md, as JSON lines
	$(BIN)/python -m benchmarks

.PHONY: campaign
campaign: setup $(VENV)/installed-dev servers ## long runs: kills under load, fuzzing
	$(BIN)/python -m benchmarks.campaign

.PHONY: docs
docs: $(VENV)/installed-dev ## the documentation, into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

.PHONY: lock
lock: ## pin every dependency anew
	$(COMPILE) requirements/installer.in -o requirements/installer.lock
	$(COMPILE) $(addprefix --extra ,$(EXTRAS)) requirements/build.in pyproject.toml -o requirements/run.lock
	$(COMPILE) --all-extras --group dev -c requirements/run.lock requirements/build.in pyproject.toml -o requirements/dev.lock

.PHONY: clean
clean: ## what make made
	rm -rf $(VENV) web/node_modules src/kota/web dist site
