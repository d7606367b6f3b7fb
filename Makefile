# Kenali: one command each. Windows, or no make: the plain pip lines are in CONTRIBUTING.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: setup demo test check bench clean

setup: $(READY)

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@touch $(READY)

demo: $(READY)
	$(BIN)/kenali demo

test: $(READY)
	$(BIN)/python -m pytest

check: $(READY)
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
	rm -rf $(VENV) dist build
