# Two commands need nothing prepared but Python 3.11 or newer: `make run` and `make test`.

PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
WORKERS ?= 4

.PHONY: docs help run test drill fuzz licences lock check check-js bench clean

help:
	@echo "make run     start the server here, with everything it needs, and say where to look"
	@echo "make test    lint, types and all tests but the drills"
	@echo "make drill   the drills: whole installations, broken in every way (needs PostgreSQL, Redis, nginx installed)"
	@echo "make fuzz    awkward requests to a running server for three minutes (FUZZ_SECONDS, FUZZ_SEED, BASE_URL)"
	@echo "make check   lint and types alone; of the console's scripts their unit tests, too (Node 20.19 or newer)"
	@echo "make lock    write requirements.txt and requirements-dev.txt, after a change of the .in beside each (UPGRADE=1:"
	@echo "             what comes along with those named in its newest version)"
	@echo "make licences  write docs/licences.md, after a change of requirements.in"
	@echo "make docs    the documentation as pages, with every link checked"
	@echo "make bench   the benchmarks; they print ratios against peers run side by side"

run: $(VENV)/.installed
	@$(BIN)/python manage.py serve

test: check
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not drill"
	@echo "The drills, which start whole installations and break them, are left to 'make drill' (.ci/run runs them)."

drill: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m drill

fuzz: $(VENV)/.installed-dev
	$(BIN)/python -m pytest fuzz

# Versions for every platform and Python from 3.11 on, in one file; what is locked stays, unless its .in says otherwise.
LOCK = $(BIN)/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
	--no-annotate --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

lock: | $(BIN)/uv
	$(LOCK) requirements.in --output-file requirements.txt
	$(LOCK) requirements-dev.in --output-file requirements-dev.txt

$(BIN)/uv:
	$(MAKE) $(VENV)/.installed-dev

licences: $(VENV)/.installed-dev
	$(BIN)/python .ci/licences.py > docs/licences.md

# Of Node nothing is needed to run the server: who has none is told, and .ci/run takes no such excuse.
NODE_FITS := $(shell node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null && echo yes)

check: $(VENV)/.installed-dev check-js
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/python manage.py makemigrations --check --dry-run

ifeq ($(NODE_FITS),yes)
check-js: node_modules/.installed
	npm run --silent check
else
check-js:
	@echo "JavaScript unchecked: no Node"
	@test -z "$(REQUIRE_NODE)" || { echo "Here it has to be checked: please install Node 20.19 or newer."; exit 1; }
endif

# Both packages would tell of the end of their kind at every run.
docs: $(VENV)/.installed-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo "The documentation is in site/index.html."

bench: $(VENV)/.installed-dev
	$(BIN)/python -m bench

clean:
	rm -rf $(VENV) node_modules

$(VENV)/.installed: requirements.txt
	@test -n "$(PYTHON)" || { echo "Photon Ranch needs Python 3.11 or newer; found none."; exit 1; }
	@echo "Installing into $(VENV) (once; about a minute) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@

node_modules/.installed: package-lock.json
	@echo "Installing what checks the console's scripts into node_modules (once) …"
	@npm ci --silent --no-audit --no-fund
	@touch $@
