.DEFAULT_GOAL := help
.PHONY: help demo test check bench clean static

BIN := .venv/bin
READY := .venv/.ready

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(READY) ## Carry a released machine into a real Odoo and show what arrived
	@$(BIN)/pdm-odoo demo

test: static ## Run everything: make check, and the tests on a real RabbitMQ and a real Odoo
	@# Before the tests: installing servers may take longer than a test is allowed to.
	@$(BIN)/pdm-odoo sandbox up
	$(BIN)/pytest -n auto tests/unit tests/contract
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile tests/integration

check: static ## Format, lint, types, import contracts, unit and contract tests: under a minute
	$(BIN)/pytest -q -n auto tests/unit tests/contract

bench: $(READY) ## Measure against a naive consumer and the bare calls, on the real servers: 12 minutes
	@$(BIN)/pdm-odoo bench

clean: ## Stop and delete the sandbox, delete what was built
	@if [ -x $(BIN)/pdm-odoo ]; then $(BIN)/pdm-odoo sandbox down --purge; fi
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

static: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/uv lock --check --offline --quiet

$(READY): pyproject.toml uv.lock ops/bootstrap.sh
	@ops/bootstrap.sh
	@touch $@
