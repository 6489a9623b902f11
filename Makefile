# Everything a newcomer, a developer and CI run. `make` alone lists it.
.DEFAULT_GOAL := help
.NOTPARALLEL:
SHELL := /bin/bash
PYTHON := .venv/bin/python
CORES := $(shell nproc 2>/dev/null || echo 2)

.PHONY: help install install-dev run mail reset check test test-deep bench lock pictures messages

help: ## List what can be done
	@grep -hE '^[a-z%-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14 | sed 's/^/  make /'

install: ## Make the environment: locked dependencies, translations, local settings
	@scripts/install requirements.txt

install-dev:
	@scripts/install requirements-dev.txt

run: install-dev ## Run the whole desk on this machine, with local mail and sample letters; Ctrl-C stops it
	@exec $(PYTHON) -m demo.run

mail: install-dev ## Post another sample letter to the running desk
	@$(PYTHON) -m demo.samples --another

reset: ## Stop the desk of this folder and throw its data away
	@scripts/install requirements-dev.txt without-settings
	@$(PYTHON) -m demo.reset

check: install-dev ## Style, types, import contract, migrations, locks
	@scripts/check

test: install-dev ## Every test but the deep ones
	@scripts/debian-packages
	@$(PYTHON) -m pytest -n $(CORES) -m "not deep"

test-deep: install-dev ## Every test, the slow ones too
	@scripts/debian-packages
	@$(PYTHON) -m pytest -n $(CORES)

bench: install-dev ## Benchmarks; each ends with one line of JSON
	@set -e; for file in bench/[a-z]*.py; do [ -e "$$file" ] || continue; \
	    echo "== $$file" >&2; $(PYTHON) -m "bench.$$(basename "$$file" .py)"; done

bench-%: install-dev ## One benchmark, such as bench-documents
	@$(PYTHON) -m bench.$*

lock: install-dev ## Lock the dependencies anew, with hashes (needs the package registry)
	@$(PYTHON) scripts/locks.py

pictures: install-dev ## Take docs/pictures anew from a desk that was just reset and runs (see CONTRIBUTING)
	@$(PYTHON) -m scripts.pictures

messages: install-dev ## Collect the strings to translate and compile the catalogues
	@scripts/messages
