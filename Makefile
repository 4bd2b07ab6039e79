# The words to know. A fresh Debian 12+ or Ubuntu 24.04+ needs make, python3 >= 3.11 and python3-venv; nothing else.
.DEFAULT_GOAL := help
.PHONY: help demo test check bench screenshots dashboards format lock clean
PY := .venv/bin/python
LOCK := $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-annotate --custom-compile-command "make lock" pyproject.toml $(if $(UPGRADE),--upgrade)

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' Makefile | while IFS='|' read -r word text; do \
		printf 'make %-11s %s\n' "$$word" "$$text"; done

demo: .venv/.requirements ## a simulated call floor, live, at the address it prints  [PORT=8321]
	@$(PY) -m floorwatch demo $(if $(PORT),--port $(PORT))

test: .venv/.requirements-dev ## every test  [ARGS="tests/test_config.py -k typo"]
	@sh tests/setup.sh
	@$(PY) -m pytest $(or $(ARGS),--numprocesses auto --maxprocesses 2)

check: .venv/.requirements-dev ## lint, format, types, and who may import whom
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports --no-logo

bench: .venv/.requirements-dev ## how fast, against fixed peers
	@$(PY) -m benchmarks $(ARGS)

screenshots: .venv/.requirements-dev ## pictures of every page, for README and docs
	@sh tests/setup.sh
	@$(PY) -m tests.screenshots

dashboards: .venv/.requirements-dev ## write the dashboards for Grafana from their code
	@$(PY) -m grafana

format: .venv/.requirements-dev ## put the code into its one form
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

lock: .venv/.requirements-dev ## write the lock files from pyproject.toml  [UPGRADE=1]
	@$(LOCK) --output-file requirements.lock
	@$(LOCK) --extra dev --extra notify --constraint requirements.lock --output-file requirements-dev.lock

clean: ## forget everything that can be made again
	@rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps live inside .venv, so that wiping it wipes them.
.venv/.requirements .venv/.requirements-dev: .venv/.%: %.lock deploy/venv.sh .venv/bin/python
	@sh deploy/venv.sh install $< $@

.venv/bin/python:
	@sh deploy/venv.sh create
