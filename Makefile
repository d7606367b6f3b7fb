# Kenali: one command each. Windows, or no make: the plain pip lines are in CONTRIBUTING.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PAGE := src/kenali/export/page/index.html
PACKAGES := web/node_modules/.package-lock.json
# Whatever this environment says, Kenali's modules are compiled once, as those of an installed program: not for each process.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: setup page demo test test-all test-page check check-page bench clean

setup: $(READY) page

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	$(BIN)/kenali faces setup >/dev/null || echo "The tests of faces are left out: their networks could not be fetched."
	@touch $(READY)

# The web page of `kenali export --to web`. Without Node everything else is still set up and tested.
ifeq ($(shell node --eval "console.log(parseInt(process.versions.node) >= 20 && 'new enough')" 2>/dev/null),new enough)
page: $(PAGE)

$(PAGE): $(PACKAGES) $(wildcard web/*.html web/*.ts) $(shell find web/src web/public -type f)
	npm --prefix web run --silent build

$(PACKAGES): web/package-lock.json
	npm --prefix web ci --no-audit --no-fund --loglevel error

test-page: $(PACKAGES)
	npm --prefix web test --silent

check-page: $(PACKAGES)
	npm --prefix web run --silent check
else
page test-page check-page:
	@echo "The web page is left out: it needs Node 20 or newer (https://nodejs.org). All but 'kenali export --to web' works without."
endif

demo: $(READY)
	$(BIN)/kenali demo

# Two processes share the cores, so OpenMP's threads do not wait for each other in loops (half as long for those that train).
TESTS := GOMP_SPINCOUNT=1000 $(BIN)/python -m pytest -n 2 --dist loadfile

test: $(READY) page test-page
	$(TESTS)

test-all: $(READY) page test-page
	$(TESTS) -m "lengthy or not lengthy"

check: $(READY) check-page
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/draft_effect.py
	$(BIN)/python benchmarks/predict_throughput.py
	$(BIN)/python benchmarks/train_step.py
	$(BIN)/python benchmarks/train_throughput.py
	$(BIN)/python benchmarks/time_to_model.py $(PHOTOS)

clean:
	rm -rf $(VENV) dist build web/node_modules $(dir $(PAGE)) src/kenali/export/runner src/kenali/serve/admin
