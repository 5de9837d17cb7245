# What a contributor needs; `make` alone lists it.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast lint types docs bench e2e clean

help: ## List the targets
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml constraints.txt | $(BIN)/python
	@echo 'Installing aigc-lsp and the CPU engine into $(VENV) …'
	$(PIP) --editable '.[cpu]'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo 'Installing aigc-lsp with every runtime and the development tools into $(VENV) …'
	$(PIP) --editable '.[local,dev]'
	@touch $@ $(VENV)/.demo

demo: $(VENV)/.demo ## Set up, fetch the embedded model, and show ghost text in real files
	$(BIN)/aigc-lsp models pull
	$(BIN)/python examples/play_editor.py

test: $(VENV)/.dev ## Set up, fetch the embedded model, and run the whole test suite
	$(BIN)/aigc-lsp models pull
	$(BIN)/python -m pytest

test-fast: $(VENV)/.dev ## Run the tests that need no real model
	$(BIN)/python -m pytest -m 'not real_model and not e2e'

lint: $(VENV)/.dev ## Check style and the formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev ## Check the types, strictly
	$(BIN)/mypy

docs: $(VENV)/.dev ## Write the generated reference pages again
	$(BIN)/python -m aigc_lsp.cli.docs docs/cli.md
	$(BIN)/python -m aigc_lsp.settings.docs --markdown docs/settings.md --vscode editors/vscode/package.json

bench: $(VENV)/.dev ## Run the benchmarks that need no further set-up
	$(BIN)/python bench/startup.py
	$(BIN)/python bench/engine.py

e2e: $(VENV)/.dev ## Drive real editors (the tests come with the extensions)
	@if ls tests/e2e/test_*.py >/dev/null 2>&1; then $(BIN)/python -m pytest -m e2e; else echo 'no editor tests yet'; fi

clean: ## Remove the virtual environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache dist
