# make serve   environment, index, server: http://127.0.0.1:8000
# make test    format, lint, types, tests
# make gate    every question set against the bounds of evals/gate.toml, and the tests that take minutes
# make widget  the chat window in Chromium: bytes, requests, time until it can be used
# make torture kills a build a hundred times and looks whether the old index still answers

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: serve test gate widget torture format clean

serve: $(READY)
	$(BIN)/faqbot serve

test: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest

gate: $(READY)
	$(BIN)/faqbot build
	$(BIN)/faqbot eval gate
	$(BIN)/pytest -m slow

widget: $(READY)
	$(BIN)/python tests/measure_widget.py

torture: $(READY)
	$(BIN)/python tests/torture_build.py --kills 100

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) var

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $@
