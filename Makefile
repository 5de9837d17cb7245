# What a contributor needs; `make` alone lists it.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
NPM    := npm --prefix editors/vscode
# AGAIN=1: an editor's test that failed gets a second try, alone; both are in the output.
LAST_FAILED = $(BIN)/python -m pytest tests/e2e --last-failed --last-failed-no-failures=none

.DEFAULT_GOAL := help
.PHONY: help demo demo-testgen demo-finetune test test-fast lint types docs bench editors e2e clean

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
	$(PIP) --editable '.[finetune,dev]'
	@touch $@ $(VENV)/.demo $(VENV)/.finetune

$(VENV)/.e2e: $(VENV)/.dev
	@echo 'Installing what drives the editors into $(VENV) …'
	$(PIP) --editable '.[finetune,e2e]'
	@touch $@

editors/vscode/node_modules/.package-lock.json: editors/vscode/package-lock.json
	$(NPM) ci
	@touch $@

demo: $(VENV)/.demo ## Set up, fetch the embedded model, and show ghost text in real files
	$(BIN)/aigc-lsp models pull
	$(BIN)/python examples/play_editor.py

demo-testgen: $(VENV)/.demo ## Set up, fetch the embedded model, and write and run tests for the examples
	$(BIN)/aigc-lsp models pull
	$(BIN)/python examples/generate_tests.py

$(VENV)/.finetune: pyproject.toml constraints.txt | $(BIN)/python
	@echo 'Installing aigc-lsp and what fine-tuning needs into $(VENV) …'
	$(PIP) --editable '.[finetune]'
	@touch $@ $(VENV)/.demo

demo-finetune: $(VENV)/.finetune ## Set up, fetch the embedded model, fine-tune it on a small package, and use the result
	$(BIN)/aigc-lsp models pull
	$(BIN)/python examples/finetune_package.py

test: $(VENV)/.dev ## Set up, fetch the embedded model, and run the whole test suite but the editors
	$(BIN)/aigc-lsp models pull
	$(BIN)/python -m pytest --ignore=tests/e2e

test-fast: $(VENV)/.dev ## Run the tests that need no real model
	$(BIN)/python -m pytest --ignore=tests/e2e -m 'not real_model'

lint: $(VENV)/.dev ## Check style and the formatting of the Python code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev ## Check the types, strictly
	$(BIN)/mypy

docs: $(VENV)/.dev ## Write the generated reference pages again
	$(BIN)/python -m aigc_lsp.cli.docs docs/cli.md
	$(BIN)/python -m aigc_lsp.tasks.docs docs/tasks.md
	$(BIN)/python -m aigc_lsp.settings.docs --markdown docs/settings.md --vscode editors/vscode/package.json

bench: $(VENV)/.dev ## Run the benchmarks that need no further set-up
	$(BIN)/python bench/startup.py
	$(BIN)/python bench/engine.py

editors: $(VENV)/.e2e editors/vscode/node_modules/.package-lock.json ## Check and package the editor extensions
	$(BIN)/python -m tests.e2e.setup
	$(NPM) run lint
	$(NPM) run typecheck
	$(NPM) test
	$(NPM) run package
	NVIM='$(abspath $(BIN))/nvim' editors/neovim/scripts/lint

e2e: editors ## Set up VS Code, Neovim and others, and drive them for real
	$(BIN)/aigc-lsp models pull
	$(BIN)/python -m pytest tests/e2e $(if $(AGAIN),|| $(LAST_FAILED))

clean: ## Remove the virtual environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache dist
