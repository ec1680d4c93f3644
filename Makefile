# Everything needs only Python 3.11 or newer and make: `make setup` builds a virtual environment by itself.

VENV     ?= .venv
PYTHON   ?=
ARGS     ?=

# make serve
PORT     ?= 8900
TOKEN    ?=
DATABASE ?= sqlite:///trial.db
WORKERS  ?= 1
EXAMPLE  ?= starlette
DIALECT  ?= auto
POLICY   ?= standard
EXTENSION ?=

PY    := $(VENV)/bin/python
STAMP := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup serve demo test test-slow check docs bench clean

help:
	@echo 'make demo    watch a product being provisioned by Entra ID and by Okta'
	@echo 'make test    run the suite                   (ARGS="tests/filters -x" narrows it)'
	@echo 'make test-slow  the tests that take long: killed processes, every mutant'
	@echo 'make serve   run the trial product with a SCIM endpoint, until ctrl-c:'
	@echo '             [PORT=8900] [TOKEN=...] [DATABASE=sqlite:///trial.db] [WORKERS=1]'
	@echo '             [EXAMPLE=starlette|flask] [DIALECT=auto|rfc|entra|okta|...]'
	@echo '             [POLICY=standard|dastra|secoda] [EXTENSION=schema.json]'
	@echo 'make check   what CI checks besides: style, types, layers, the documentation'"'"'s code'
	@echo 'make docs    build the documentation as a site, in build/site'
	@echo 'make bench   measure'
	@echo 'make setup   only build $(VENV); the others do it when it is needed'

setup: $(STAMP)
	@:

# Built again only when pyproject.toml changes; a set-up that was interrupted is begun anew.
$(STAMP): pyproject.toml
	@python=; for candidate in $(PYTHON) python3.11 python3.12 python3.13 python3.14 python3 python; do \
	  if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then echo 'scimcore needs Python 3.11 or newer with its venv module (on Debian: apt install python3-venv); name it with PYTHON=/path/to/python' >&2; exit 1; fi; \
	echo "Setting up $(VENV) with $$($$python --version) (once; takes a minute)"; \
	"$$python" -m venv '$(VENV)' && \
	'$(PY)' -m pip install -qq --disable-pip-version-check --editable '.[dev]' && \
	touch '$(STAMP)'

serve: export PORT := $(PORT)
serve: export TOKEN := $(TOKEN)
serve: export DATABASE := $(DATABASE)
serve: export WORKERS := $(WORKERS)
serve: export EXAMPLE := $(EXAMPLE)
serve: export DIALECT := $(DIALECT)
serve: export POLICY := $(POLICY)
serve: export EXTENSION := $(EXTENSION)
serve: $(STAMP)
	@exec '$(PY)' examples/serve.py

demo: $(STAMP)
	@exec '$(PY)' examples/demo.py

test: $(STAMP)
	@exec '$(PY)' -m pytest -n auto $(ARGS)

test-slow: $(STAMP)
	@exec '$(PY)' -m pytest -n auto -m slow $(ARGS)

check: $(STAMP)
	@'$(PY)' -m ruff check .
	@'$(PY)' -m ruff format --check --quiet . || { echo 'Run: ruff format .' >&2; exit 1; }
	@'$(PY)' -m mypy
	@'$(PY)' -m pytest tests/test_architecture.py tests/docs

# Writes the API reference anew from the docstrings, then the site; a dead link is an error.
docs: $(STAMP)
	@'$(PY)' -m tests.docs.api
	@'$(PY)' -m tests.docs.site

bench: $(STAMP)
	@exec '$(PY)' -m tests.benchmarks $(ARGS)

clean:
	@rm -rf '$(VENV)' build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
