# The only front door: `make help` lists what there is.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin

.PHONY: conformance fuzz storm help install demo demo-reset test check format lock bench clean

help: ## List these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: ## Build .venv from the locked, hashed requirements
	@PYTHON="$(PYTHON)" sh scripts/install.sh

demo: install ## Start the tool, a small LMS and a course to click through
	@exec $(BIN)/twofold demo

demo-reset: install ## The same, from the beginning: forget what was done in the demo
	@exec $(BIN)/twofold demo --reset

test: install ## Run the tests: unit, both databases, the protocols, the browser
	@sh scripts/test.sh

check: install ## Lint, formatting, types and the import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## Renew requirements/lock.txt (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --upgrade --group dev pyproject.toml -o requirements/lock.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --upgrade --group judges --extra parquet pyproject.toml \
		--constraint requirements/lock.txt -o requirements/judges.txt

bench: install ## Measure launches and the record store against their references
	$(BIN)/python -m benchmarks.launch --quick
	$(BIN)/python -m benchmarks.lrs --quick

conformance: install ## Run ADL's suite (SUITE=its checkout, after npm install) on both databases
	$(BIN)/python -m scripts.conformance "$(SUITE)"

storm: install ## Bring STORM (1000) grades through killed workers and web servers, a failing LMS and a database that goes away
	STORM="$(or $(STORM),1000)" $(BIN)/pytest -s tests/lti_tool/delivery/test_delivery_faults.py

fuzz: install ## Try FUZZ (20) times as many requests on the record store as the tests do
	FUZZ="$(or $(FUZZ),20)" $(BIN)/pytest tests/xapi/fuzz --durations=10

clean: ## Remove .venv and caches; var/ with your data stays
	rm -rf .venv dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
