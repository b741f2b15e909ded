PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_HOME := .demo

.DEFAULT_GOAL := help
.PHONY: help install demo test lint format bench evaluate calibrate pictures policy clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

install: $(VENV)/.installed ## Make .venv and install Jiebang into it

$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one: make PYTHON=/path/to/python3.11 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@

demo: install ## Serve the demonstration set on http://127.0.0.1:8000
	$(BIN)/jiebang demo --home $(DEMO_HOME)

test: install lint ## Run lint and every test
	$(BIN)/pytest -n auto --dist worksteal

lint: install ## Check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install ## Put the code into its standard form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install ## Measure speed at 10,000 and 100,000 results (minutes)
	$(BIN)/python -m tests.bench

evaluate: install ## Measure how well it matches, on every labelled set at hand (CORPUS=folder: those in it too)
	$(BIN)/python -m api.evaluation $(if $(CORPUS),--corpus $(CORPUS))

pictures: install ## Draw docs/match.svg, the picture in the README, anew
	$(BIN)/python -m tests.pictures

policy: install ## Print the READMEs' tables of roles and actions anew, docs/mechanisms.md, docs/notices.md
	$(BIN)/python -m api.policy_table
	$(BIN)/python -m api.mechanism_table
	$(BIN)/python -m api.notice_table

calibrate: install ## Fit the scores' calibration to the demonstration set's judgements
	$(BIN)/python -m api.calibration

clean: ## Remove what the other targets made
	rm -rf $(VENV) $(DEMO_HOME) .bench build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
