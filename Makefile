PYTHON ?= python3
BIN := .venv/bin
QA := $(BIN)/qa

.PHONY: demo test lint format soak bench pictures clean

demo: .venv/installed
	@$(QA) index seeds
	@echo
	@echo 'qa ask "How many troops were authorized?"'
	@echo
	@$(QA) ask "How many troops were authorized?"
	@echo
	@echo 'Try next, on the same index:'
	@echo
	@echo '  $(QA) ask "Which countries did the caravan set out from?"'
	@echo '  $(QA) chat'
	@echo '  $(QA) index your/own/folder        # pages, PDFs, mails, tables, ...'

test: .venv/installed lint
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: .venv/installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: .venv/installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

soak: .venv/installed
	@for script in tests/soak/*.py; do name=$$(basename $$script .py); echo "== $$name"; $(BIN)/python -m tests.soak.$$name || exit 1; done

bench: .venv/installed
	$(BIN)/pip install --quiet --disable-pip-version-check llama-index-vector-stores-chroma==0.6.0 matplotlib==3.11.2
	$(BIN)/python tests/benchmarks/compare.py

pictures: .venv/installed
	$(BIN)/python -m tests.pictures

# One environment for everything: exact pins of all that the targets above use.
.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "article-qa needs Python 3.11 or newer; name one: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	@echo 'Installing (torch is large: this takes a few minutes once) ...'
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

clean:
	rm -rf .venv .qa dist build
