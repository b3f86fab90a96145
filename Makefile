# Everything starts here. Needed on the machine: Python 3.11 or later with pip, make, git. Each target sets up what it
# needs inside this folder (.tools: uv; .venv: the locked dependencies) and nothing outside it.

PYTHON ?= python3
UV_VERSION := 0.13.9

# Kept in the folder, so that an empty, missing or read-only HOME does not matter.
export UV_CACHE_DIR ?= $(CURDIR)/.tools/cache
export UV_PYTHON_DOWNLOADS := never
# A company's own certificate authority is known to the machine, not to uv.
export UV_SYSTEM_CERTS ?= 1
export UV_PYTHON ?= $(PYTHON)
export PYTHONDONTWRITEBYTECODE ?= 1

UV := .tools/uv-$(UV_VERSION)
BIN := .venv/bin
READY := .venv/.synced

# Tests wait for servers as often as they compute, so there is one more at a time than there are cores.
WORKERS ?= $(shell expr $$(nproc 2>/dev/null || echo 1) + 1)
TESTS ?= tests

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-long corpus served crashes cache-tests faults plot-layers check docs format bench-cache bench-load bench-ndjson bench-attachments bench-queue bench-journal build clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | expand -t 14

setup: $(READY) ## the environment only

$(UV):
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --root-user-action ignore --upgrade --target .tools/lib uv==$(UV_VERSION)
	ln -sf lib/bin/uv $(UV)

$(READY): pyproject.toml uv.lock | $(UV)
	$(UV) sync --frozen --quiet
	@touch $(READY)

demo: $(READY) ## a small legacy world and the bridge in front of it, on http://127.0.0.1:8080
	@$(BIN)/legacy-bridge demo

test: $(READY) ## every test but the long ones (10 minutes at most)
	$(BIN)/pytest -m "not long" -n $(WORKERS) --dist loadfile $(TESTS)

test-long: $(READY) ## the heavy proofs
	$(BIN)/pytest -m long --timeout 3600 $(TESTS)

corpus: $(READY) ## verify over the whole collection of WSDLs (WSDL_CORPUS); writes docs/proofs/corpus.md
	$(BIN)/python -m tests.proofs.corpus

served: $(READY) ## serve in front of mock for the whole collection (WSDL_CORPUS); writes docs/proofs/served.md
	$(BIN)/python -m tests.proofs.served

cache-tests: $(READY) ## the public tests for HTTP caches through a bridge that passes everything on
	$(BIN)/python -m tests.proofs.cache_tests

crashes: $(READY) ## kill, cut the power, break the disk at every step, half an hour; writes docs/proofs/crash.md
	$(BIN)/python -m tests.proofs.crash.report

faults: $(READY) ## every fault of the system behind, in front of SOAP and HTTP (a minute or two); writes docs/proofs/faults.md
	$(BIN)/python -m tests.proofs.faults

plot-layers: $(READY) ## latency and availability while a system is slow, dead and back (simulated time); writes docs/layers.png
	$(BIN)/python -m tests.simulation.plot

check: $(READY) ## style, types, the rules of the house, generated documents
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -p no:cacheprovider tests/test_house.py tests/bridge/config/test_reference.py

docs: $(READY) ## write the generated documents anew (config/schema.json, config/reference.md)
	$(BIN)/python -m bridge.config.reference

format: $(READY) ## put the code into form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench-cache: $(READY) ## a cache hit beside a bare aiohttp handler
	$(BIN)/python -m tests.benchmarks.cache

bench-load: $(READY) ## the first load of each WSDL of the collection beside zeep's
	$(BIN)/python -m tests.benchmarks.load

bench-attachments: $(READY) ## a file of 200 MB each way: memory, the same bytes
	$(BIN)/python -m tests.benchmarks.attachments

bench-ndjson: $(READY) ## a gigabyte row by row: memory, first row, the same rows
	$(BIN)/python -m tests.benchmarks.ndjson

bench-journal: $(READY) ## a journal of a million entries: each search on both databases, a file that stays bounded
	$(BIN)/python -m tests.benchmarks.journal

bench-queue: $(READY) ## durable acceptance and jobs beside plain SQLite and procrastinate; writes docs/proofs/queue.md
	$(BIN)/python -m tests.benchmarks.queue

build: $(READY) ## wheel and sdist into dist/, the same bytes each time
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct 2>/dev/null || echo 315532800) $(UV) build --quiet

clean: ## everything that can be made again
	rm -rf .venv .tools dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis tests/.artifacts
	rm -rf tests/servers/*/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
