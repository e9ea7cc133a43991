# FER Lab: `make app` opens the product, `make test` proves it. `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help app test quick coverage lint bench clean
.DELETE_ON_ERROR:

# Knobs, for the command line: make app DATA=/my/clips PORT=8600
PYTHON ?=
DATA ?=
PORT ?=
TESTS ?= tests
WORKERS ?= 2
BENCH ?= $(filter-out benchmarks/_%,$(wildcard benchmarks/*.py))

VENV := .venv
RUN := $(VENV)/bin/python
INSTALL := $(RUN) -m pip install --disable-pip-version-check
APP := $(VENV)/.installed-app
DEV := $(VENV)/.installed-dev
# Files, not single tests, go to the processes, so that a file's servers and browsers are started once. A file
# that is named stays in one process, where a debugger works. tests/conftest.py says which come first.
SPREAD = $(if $(findstring .py,$(TESTS)),,-n $(WORKERS) --dist loadfile --no-loadscope-reorder)

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-6s %s\n", $$1, $$2 }' Makefile
	@echo "Knobs: PYTHON=python3.12 (used when .venv is made)  DATA=/path/to/clips  PORT=8501"
	@echo "       TESTS=tests/test_pins.py  WORKERS=2 (processes for the tests)  BENCH=benchmarks/name.py"

app: $(APP) ## set up, then open the dashboard in the browser
	@[ -z "$(DATA)" ] || [ -d "$(DATA)" ] || { echo "DATA=$(DATA) is no folder: name the one your clips are in." >&2; exit 1; }
	$(if $(DATA),FER_LAB_DATA="$(DATA)") $(RUN) -m streamlit run app.py $(if $(PORT),--server.port $(PORT))

test: $(DEV) ## set up, then run every test
	$(RUN) -m pytest $(SPREAD) $(TESTS)

quick: $(DEV) ## what takes no browser and no long fit: minutes become seconds
	$(RUN) -m pytest -n $(WORKERS) --dist loadfile -m "not slow and not browser" $(TESTS)

coverage: $(DEV) ## the quick tests, and how much of the code they run
	$(RUN) -m pytest -q -n $(WORKERS) --dist loadfile -m "not slow and not browser" --cov --cov-report= tests
	@$(RUN) -m coverage report --format=total | sed 's/.*/coverage of the quick tests, lines and branches: &%/'

lint: $(DEV) ## style, formatting, types and dependencies
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(RUN) -m deptry .

bench: $(DEV) ## the measurements in benchmarks/
	@[ -n "$(BENCH)" ] || echo "benchmarks/ holds no measurement yet."
	@for file in $(BENCH); do \
		echo "== $$file"; \
		PYTHONPATH=. $(RUN) "$$file" || exit 1; \
	done

clean: ## remove .venv and every cache (your corpora, runs and bundles stay)
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# One resolution from all the files at once, so that no later install moves a pin. The stamps go first and
# come back last: an install that failed or was interrupted is begun again by the next `make`.
# A .venv without a working pip (what an interrupted set-up leaves) or of another Python is made anew.
define install
@rm -f $(APP) $(DEV)
@python=$$(sh scripts/check_setup.sh "$(PYTHON)") || exit 1; \
	$(RUN) -c 'import pip, sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' >/dev/null 2>&1 \
	|| "$$python" -m venv --clear $(VENV)
$(INSTALL) $(1) -c constraints.txt
endef

$(APP): requirements.txt constraints.txt
	$(call install,-r requirements.txt)
	@touch $(APP)

$(DEV): requirements.txt requirements-dev.txt constraints.txt
	$(call install,-r requirements.txt -r requirements-dev.txt)
	@touch $(APP) $(DEV)
