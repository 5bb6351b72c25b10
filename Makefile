# lineside: set-up, demo and gate. A fresh machine needs Python 3.11 or newer, Node 20 or newer, and make.
#
#   make demo     set up, build the console, run every gateway with its simulator, print the URL (ARGS="--port 8123")
#   make test     set up and run the whole test suite (FULL=1 adds what is over the gate's time, ARGS="tests/runtime")
#   make install  set up only; seconds when nothing changed
#   make check    format, lint, types, import rules, tidy tests, the page's own checks
#   make bench    the measurements (ARGS="startup" for one)
#   make lock     pin the newest versions that pyproject.toml allows
#
# PYTHON=/path/to/python3.12 chooses the interpreter; VENV=dir another place for the environment.

PYTHON ?= $(shell sh scripts/find_python.sh)
VENV ?= .venv
BIN := $(VENV)/bin
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
# Four workers are enough: beyond that the crash and journey tests only wait for the same disk.
JOBS ?= $(shell [ $(CORES) -gt 4 ] && echo 4 || echo $(CORES))
PAGE := src/lineside/console/page/index.html
PAGE_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)

# No stamp may stand for half a job, and an interrupted recipe leaves nothing that looks finished.
.DELETE_ON_ERROR:
.PHONY: help demo test install check bench lock clean

help:
	@sed -n '3,10s/^# \{0,1\}//p' Makefile

install: $(VENV)/installed $(PAGE)

$(VENV)/installed: requirements.lock pyproject.toml
	@sh scripts/check_python.sh "$(PYTHON)"
	@[ -x $(BIN)/python ] || "$(PYTHON)" -m venv $(VENV)
	@echo "installing the pinned Python packages into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q src/lineside
	@touch $@

web/node_modules/.installed: web/package.json web/package-lock.json
	@sh scripts/check_node.sh
	@echo "installing the pinned packages of the page into web/node_modules"
	@cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(PAGE): web/node_modules/.installed $(PAGE_SOURCES)
	@echo "building the console's page"
	@cd web && npm run --silent build
	@touch $@

demo: install
	@$(BIN)/lineside demo $(ARGS)

test: install
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(if $(FULL),--full) $(ARGS)

check: install
	@sh scripts/check.sh $(BIN)

bench: install
	@$(BIN)/python -m bench $(ARGS)

lock: $(VENV)/installed
	@sh scripts/lock.sh $(BIN)

clean:
	rm -rf $(VENV) web/node_modules src/lineside/console/page build/page
