# Everything a developer types. `make help` lists it. Needs Python 3.11+ (venv), make and git; Node comes along if missing.

PYTHON3 ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTHON := $(BIN)/python
PIP := $(PYTHON) -m pip --quiet --disable-pip-version-check
LOCKED := $(PIP) install --require-hashes --no-deps
LOCK := $(PYTHON) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header
STATIC := contactcenter/static
BUNDLE := $(STATIC)/dist/manifest.json
BUNDLE_FROM := $(shell find $(STATIC) -type f -not -path '*/node_modules/*' -not -path '*/dist*/*' 2>/dev/null)
TRANSLATIONS := contactcenter/translations
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard $(TRANSLATIONS)/*/LC_MESSAGES/*.po))
# A first run fills the empty data folder with the example municipality. Later runs show its logins while it is
# there; what was removed, or a folder that was put to use without it, stays without.
DEMO = $(if $(or $(wildcard var/.demo),$(if $(wildcard var/contactcenter.db var/.no-demo),,new)),--demo)

# Told not to keep compiled modules, every process and every command would compile all of ours again: a second each.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run test coverage faults check ci lock messages

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/\1\t\2/' | expand -t 12

setup: $(VENV)/.run $(BUNDLE) $(CATALOGUES) ## prepare .venv, the browser bundle and the message catalogues

run: setup ## start everything on this machine; the first time with example data (ARGS="--web 127.0.0.1:9000")
	@$(BIN)/contactcenter serve --data var $(DEMO) $(ARGS)

test: setup $(VENV)/.test ## run every test this machine can run (ARGS="-k mail")
	@$(BIN)/pytest -q -n 2 -m "not faults" $(ARGS)

coverage: setup $(VENV)/.test ## what the tests reach that need no server (all of them: ARGS=tests)
	@$(BIN)/pytest -q -n 2 --cov --cov-report=term -m "not faults and not postgres and not browser" \
		$(or $(ARGS),tests/unit tests/integration)

faults: setup $(VENV)/.test ## kill everything under load, for some minutes (FAULT_SEED=7 repeats the same kills)
	@$(BIN)/pytest -q -s tests/faults $(ARGS)

check: $(VENV)/.run $(VENV)/.test ## style, types, layers, templates; seconds
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/djlint templates --lint --quiet

ci: ## what the build server runs: installs what is missing, then check and test with nothing skipped
	@.ci/run

lock: $(VENV)/.run ## choose newest versions within pyproject.toml and pin them with hashes
	@$(PIP) install 'uv>=0.7'
	@$(LOCK) --upgrade pyproject.toml -o requirements.txt
	@$(LOCK) --upgrade --group build -c requirements.txt -o requirements-build.txt
	@$(LOCK) --upgrade --group test -c requirements.txt -c requirements-build.txt -o requirements-test.txt
	@$(LOCK) --upgrade --group node -o requirements-node.txt

messages: $(VENV)/.run ## collect the texts people see and bring the catalogues up to date
	@$(BIN)/pybabel --quiet extract --mapping-file babel.cfg --keyword lazy_gettext --add-location file \
		--sort-output --no-wrap --output-file $(VENV)/messages.pot .
	@$(BIN)/pybabel --quiet update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap \
		--input-file $(VENV)/messages.pot --output-dir $(TRANSLATIONS)

$(PYTHON):
	@$(PYTHON3) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON3=python3.12 …")'
	@$(PYTHON3) -m venv $(VENV)

$(VENV)/.run: requirements.txt requirements-build.txt pyproject.toml | $(PYTHON)
	@echo "installing the packages"
	@$(LOCKED) -r requirements.txt -r requirements-build.txt
	@$(PIP) install --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/.test: requirements-test.txt $(VENV)/.run
	@echo "installing the test tools"
	@$(LOCKED) -r requirements-test.txt
	@touch $@

$(VENV)/.node: requirements-node.txt | $(VENV)/.run
	@if ! $(PYTHON) hatch_build.py node; then \
		echo "installing Node"; rm -rf $(VENV)/node; \
		$(LOCKED) --target $(VENV)/node -r requirements-node.txt; \
	fi
	@touch $@

$(BUNDLE): $(VENV)/.node hatch_build.py $(BUNDLE_FROM)
	@echo "building the browser bundle"
	@PYTHONPATH=$(VENV)/node $(PYTHON) hatch_build.py bundle
	@touch $@

%.mo: %.po | $(VENV)/.run
	@$(PYTHON) hatch_build.py catalogues
