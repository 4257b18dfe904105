# The two commands are `make demo` and `make test`; each brings what a fresh machine lacks. `make help` lists the rest.

BIN := .venv/bin
UV := build/uv
# numba decides the upper bound: it supports a new Python some months after it appears.
PYTHON := >=3.12,<3.15
INSTALL = $(UV) pip install --quiet --python $(BIN)/python
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-emit-index-url \
  --no-strip-extras --custom-compile-command 'make lock' $(FLAGS)

# Trust the certificates that the system trusts, as pip does; the second name is that of uv before 0.10.
export UV_SYSTEM_CERTS := 1
export UV_NATIVE_TLS := 1
# Where Python is told to keep no compiled modules, each process would compile two thousand of them again.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo test test-all compiled reproduce env env-dev browser lint types mutants mutations ordeal bench notebook docs front lock clean

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 10

demo: env ## the Hong Kong reference run: summary, tables, figures and a brief in results/
	$(BIN)/lawshock run scenarios/hong-kong-2020.toml
	$(BIN)/lawshock brief results/hong-kong-2020

SLOW := slow or browser or ordeal
test: env-dev ## linters, types and the fast tests, warnings as errors
	@$(MAKE) --no-print-directory --jobs 2 compiled lint types
	$(BIN)/pytest -m 'not ($(SLOW))' --numprocesses 2 --dist worksteal

test-all: env-dev browser ## what `make test` leaves out: kills, full disks, a browser, whole commands, a small ordeal
	$(BIN)/pytest -m '$(SLOW)' --numprocesses 2 --dist worksteal

compiled: env-dev # so that not each process of tests compiles the rules for itself
	$(BIN)/python -m tests.compiled

lint: env-dev ## linters and format
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: env-dev ## strict types in sim/
	$(BIN)/mypy

reproduce: env-dev ## make every folder under results/ again, and say which are the same (FLAGS=results/scale for one)
	$(BIN)/lawshock reproduce --yes $(or $(FLAGS),$(filter-out results/local/%,$(patsubst %/manifest.json,%,$(wildcard results/*/manifest.json results/*/*/manifest.json))))

SEED := 7
COUNT := 200
mutants: env-dev ## change rules of the institutions, one at a time, and see that tests fail (SEED=7 COUNT=200)
	$(BIN)/python -m tests.mutants --seed $(SEED) --count $(COUNT)

mutations: env-dev ## break the rules of the people, each by hand, and see which test fails
	$(BIN)/python -m tests.oracle.mutations

ordeal: COUNT := 600
ordeal: env-dev ## bad inputs, signals, damaged files and full disks at random: tried and failed by class (SEED='21 22 23' COUNT=1000)
	$(BIN)/python -m tests.faults.trials --seed $(SEED) --count $(COUNT) $(FLAGS)

bench: env-dev ## measure speed and memory on this machine, which should do nothing else (FLAGS=--write for the page)
	VIRTUAL_ENV='$(CURDIR)/.venv' $(UV) run --quiet --no-project --with 'starsim>=3' python -m tests.benchmark $(FLAGS)

notebook: env-dev ## open the notebook of studies, in a JupyterLab beside .venv (FLAGS=--allow-root where you are root)
	VIRTUAL_ENV='$(CURDIR)/.venv' $(UV) run --quiet --no-project --with jupyterlab jupyter lab $(FLAGS) docs/studies.ipynb

docs: env-dev ## the documentation as a site in build/site/
	$(BIN)/sphinx-build --fail-on-warning --keep-going --quiet docs build/site

FRONT := sim/view/laboratory/front
front: ## build the front end of the laboratory again, after a change of its sources (needs Node)
	cd $(FRONT) && npm ci --silent && npx tsc && node build.mjs

env: .venv/.run ## an environment that runs the model
env-dev: .venv/.dev ## the same, with what tests, studies and documents need

.venv/.run: requirements/run.txt pyproject.toml sim/runs/once.py | $(BIN)/python
	@echo 'Installing what the model needs (locked versions, checked hashes) …'
	@$(INSTALL) --require-hashes --requirement requirements/run.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.run
	@echo 'Installing what tests, studies and documents need …'
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(BIN)/python: | $(UV)
	@$(UV) venv --quiet --python '$(PYTHON)' .venv || { echo 'lawshock needs Python $(PYTHON): install one.' >&2; exit 1; }

# uv finds or downloads a Python and installs from the lock. If it is not on the PATH, a private one goes under build/,
# by way of venv, or of pip where Debian ships venv without pip, or of Debian's package for that.
BRING = -m pip install --quiet --require-hashes --requirement requirements/uv.txt
$(UV):
	@mkdir -p $(@D)
	@if uv --version >/dev/null 2>&1; then ln -sf "$$(command -v uv)" $@; \
	elif python3 -m venv --clear build/uv-env >/dev/null 2>&1 && build/uv-env/bin/python $(BRING); then ln -sf uv-env/bin/uv $@; \
	elif rm -rf build/uv-env && python3 $(BRING) --target build/uv-env 2>/dev/null; then ln -sf uv-env/bin/uv $@; \
	elif [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -qq --no-install-recommends python3-venv >/dev/null \
	  && /usr/bin/python3 -m venv --clear build/uv-env && build/uv-env/bin/python $(BRING); then ln -sf uv-env/bin/uv $@; \
	else echo 'lawshock installs with uv, which is missing here and could not be brought: install uv, or python3-venv.' >&2; exit 1; fi

browser: ## Chromium for the browser tests, from Debian's packages where that is possible
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo 'Installing Chromium …' \
	  && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends chromium >/dev/null; } \
	  || echo 'No Chromium, and no right to install it: the browser tests will fail. Debian: apt-get install chromium' >&2

lock: | $(UV) ## lock the dependencies of pyproject.toml again (FLAGS=--upgrade for the newest)
	$(COMPILE) pyproject.toml --all-extras --group build --group dev --group docs --output-file requirements/dev.txt
	$(COMPILE) pyproject.toml --group build --constraint requirements/dev.txt --output-file requirements/run.txt
	echo 'uv>=0.9' | $(COMPILE) - --output-file requirements/uv.txt

clean: ## remove what these targets made, except results/
	rm -rf .venv build dist $(FRONT)/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find sim tests -name __pycache__ -prune -exec rm -rf {} +
