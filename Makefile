# make demo         the whole service on simulated markets and recorded games, in a virtual environment of its own
# make test         every test, on a real Apache Kafka and a real browser
# make check        what takes seconds: lint, format, types of Python and JavaScript, docker-compose.yml, the AsyncAPI document
# make bench        every scenario of `ticker bench`, which takes long, into docs/benchmarks.txt; KAFKA=HOST:PORT adds ingest
# make page-bench   what the dashboard costs a browser, in six minutes, into docs/page-bench.txt; needs two cores
# make screenshots  the pages in each of their states, into docs/screenshots

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
# Where Debian has nginx; the PATH of those who aren't root lacks it.
export PATH := $(PATH):/usr/sbin
.PHONY: demo test check bench page-bench screenshots

PYTHON ?= $(firstword $(shell command -v python3.11 python3))
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet
CACHE := $(or $(XDG_CACHE_HOME),$(shell echo ~)/.cache)/ticker
DCLINT := 3.1.0
COMPOSE_SCHEMA := $(CACHE)/dclint-$(DCLINT)/compose.schema.json
ASYNCAPI_SPECS := 6.11.1
ASYNCAPI_SCHEMA := $(CACHE)/asyncapi-specs-$(ASYNCAPI_SPECS)/3.0.0.json
TYPESCRIPT := 6.0.3

# $(call need,COMMAND:PACKAGE …): Debian installs what is missing where we are root; anywhere else, what to install is said.
define need
	@missing=
	for pair in $(1); do
		command -v $${pair%%:*} >/dev/null || missing+=" $${pair#*:}"
	done
	if [ -z "$$missing" ]; then
		:
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
		apt-get update
		DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $$missing
	else
		echo "This needs what Debian calls$$missing. As root: apt-get update && apt-get install$$missing" >&2
		exit 1
	fi
endef

demo: .venv/service-installed
	@exec $(BIN)/ticker demo

test: .venv/tools-installed
	$(call need,chromium:chromium curl:curl nginx:nginx-light npm:npm $(if $(TICKER_TEST_KAFKA),,java:openjdk-17-jre-headless mvn:maven))
	$(if $(TICKER_TEST_KAFKA),,$(BIN)/python -m tests.broker.jars)
	$(BIN)/python -m tests.axe
	$(BIN)/pytest --numprocesses 2 --dist loadfile

# The machine should do nothing else meanwhile.
bench: .venv/tools-installed
	{
		$(BIN)/ticker bench watchlist || true
		$(BIN)/ticker bench watchlist --transport sse --only ticker --only floor || true
		$(BIN)/ticker bench watchlist --transport msgpack --only ticker --only floor || true
		$(BIN)/ticker bench broadcast || true
		$(BIN)/ticker bench dashboard || true
		$(BIN)/ticker bench dashboard --gzip --only ticker || true
		for scenario in quiet slow idle poll resume; do $(BIN)/ticker bench $$scenario || true; done
		$(BIN)/ticker bench stalled --runs 1 || true
		$(if $(KAFKA),$(BIN)/ticker bench ingest --kafka $(KAFKA) || true,:)
	} | tee docs/benchmarks.txt

# The machine should do nothing else meanwhile.
page-bench: .venv/tools-installed
	$(call need,chromium:chromium)
	$(BIN)/python -m tests.page_bench | tee docs/page-bench.txt

screenshots: .venv/tools-installed
	$(call need,chromium:chromium npm:npm)
	$(BIN)/python -m tests.screenshots

check: .venv/tools-installed $(COMPOSE_SCHEMA) $(ASYNCAPI_SCHEMA)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/check-jsonschema --schemafile $(COMPOSE_SCHEMA) docker-compose.yml
	$(BIN)/python -c 'import json; from web.asyncapi import asyncapi; print(json.dumps(asyncapi()))' |
		$(BIN)/check-jsonschema --schemafile $(ASYNCAPI_SCHEMA) -
	if command -v npm >/dev/null; then
		npm exec --yes --prefer-offline --package typescript@$(TYPESCRIPT) -- tsc --project jsconfig.json
	else
		echo 'The types of JavaScript were not checked: TypeScript comes through npm, which is not there.'
	fi

$(BIN)/python:
	@if ! $(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11)' || ! $(PYTHON) -m venv .venv; then
		rm -rf .venv
		echo "This needs Python 3.11 or later with its venv module. On Debian, as root: apt-get install python3-venv" >&2
		exit 1
	fi

.venv/service-installed: setup.cfg setup.py pyproject.toml | $(BIN)/python
	$(PIP) install --editable .
	touch $@

.venv/tools-installed: setup.cfg setup.py pyproject.toml | $(BIN)/python
	$(PIP) install --editable '.[bench,check,terminal,test]'
	touch $@ .venv/service-installed

# $(call packed,PACKAGE,FILE): one file of an npm package becomes the target.
define packed
	$(call need,npm:npm)
	mkdir -p $(@D)
	cd $(@D)
	archive=$$(npm pack --silent $(1))
	tar --extract --gzip --to-stdout --file $$archive package/$(2) >$@
	rm $$archive
endef

# No Docker engine is needed to check docker-compose.yml: this npm package carries the schema of the Compose specification.
$(COMPOSE_SCHEMA):
	$(call packed,dclint@$(DCLINT),schemas/compose.schema.json)

# AsyncAPI's own schema of its documents.
$(ASYNCAPI_SCHEMA):
	$(call packed,@asyncapi/specs@$(ASYNCAPI_SPECS),schemas/3.0.0.json)
