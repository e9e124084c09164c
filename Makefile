# Everything a newcomer needs: `make serve`, and everything a contributor needs: `make check test`.
# Each target sets itself up; what is already set up is not touched again (stamp files in .venv).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Where it is set, every one of the processes that tests start compiles the program anew: most of a gateway's start.
unexport PYTHONDONTWRITEBYTECODE

# With an NVIDIA GPU the studio renders through PyTorch and CUDA.
SERVE_EXTRAS := $(if $(shell nvidia-smi -L 2>/dev/null),[torch])
PAGE_SOURCES := $(shell find web \( -name node_modules -o -name e2e -o -name test-results -o -name dist -o -name "*.test.ts" \) -prune -o -type f -print)
INSTALL_INPUTS := pyproject.toml constraints.txt hatch_build.py $(PAGE_SOURCES)

.DEFAULT_GOAL := help
.PHONY: help serve test check format bench world guide wheel clean
.DELETE_ON_ERROR:

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: $(VENV)/.serve ## Start the studio; HOST, PORT and ENGINE can be given: make serve PORT=9000
	@exec $(BIN)/lightbrush serve $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT)) $(if $(ENGINE),--engine $(ENGINE))

test: $(VENV)/.dev web/node_modules/.package-lock.json ## Run every test: TypeScript, a real Chromium, Python
	scripts/npm run test
	scripts/npm run e2e
	$(BIN)/pytest --numprocesses 2 --dist worksteal

check: $(VENV)/.dev web/node_modules/.package-lock.json ## Lint and type-check Python and TypeScript
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	scripts/npm run check

format: $(VENV)/.dev web/node_modules/.package-lock.json ## Format the code, and mend what linters can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	scripts/npm exec -- biome check --write .

bench: $(VENV)/.dev ## Measure the studio on this machine; prints tables, writes bench/results/*.json
	$(BIN)/lightbrush bench studio --out bench/results/studio.json
	$(BIN)/lightbrush bench runtimes
	$(BIN)/lightbrush bench embedded --out bench/results/embedded.json

world: $(VENV)/.dev ## Draw a grid of procedural landscapes into world.png
	$(BIN)/lightbrush world --count 24 --out world.png

guide: $(VENV)/.dev web/node_modules/.package-lock.json ## Take the pictures of docs/guide.md from the page (minutes)
	scripts/npm run e2e -- --config playwright.guide.config.ts

wheel: $(VENV)/.dev ## Build the wheel, with the page and the weights, into dist/
	$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

clean: ## Remove everything that the other targets made
	rm -rf $(VENV) web/node_modules web/test-results src/lightbrush/gateway/static dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and f"Lightbrush needs Python 3.11 or newer; {sys.executable} is {v[0]}.{v[1]}. Name another: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.serve: $(INSTALL_INPUTS) | $(BIN)/python
	@echo "Setting up: Python packages, then the page (about a minute the first time)"
	@$(BIN)/pip install --quiet --constraint constraints.txt --editable '.$(SERVE_EXTRAS)'
	@touch $@

$(VENV)/.dev: $(INSTALL_INPUTS) | $(BIN)/python
	@echo "Setting up: Python packages for development, then the page (a few minutes the first time)"
	@$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@ $(VENV)/.serve

web/node_modules/.package-lock.json: web/package-lock.json | $(VENV)/.dev
	scripts/npm ci --no-audit --no-fund
