# Sets itself up on a bare Debian 12 as root; `make help` lists the rest.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := nftables iproute2 iputils-ping iputils-arping ethtool systemd python3-venv
WORKERS ?= 2
ON_EACH_KERNEL := $(addprefix tests/,kernel guard policy gateway overlays lab proof audit)

.PHONY: help demo test test-all test-uml nightly lint setup bench uml matrix clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

demo: $(VENV)/.done ## set up, then show the main job: a guest gets in, and is shut out
	@examples/demo.sh

test: $(VENV)/.tested lint ## set up, then lint and run the tests
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m "not slow"

test-all: $(VENV)/.tested lint ## everything, the slow suites too
	$(BIN)/pytest -n $(WORKERS) --dist worksteal

test-uml: $(VENV)/.tested ## the suites that touch the kernel, under that of `--kernel uml`
	$(BIN)/python uml/run $(BIN)/python -m pytest -p no:cacheprovider -m "not slow" $(ON_EACH_KERNEL)

nightly: $(VENV)/.tested ## prove every example under a third kernel: emulated, and slow
	qemu/run build/qemu qemu/nightly

lint: $(VENV)/.tested ## ruff, mypy --strict, the house's import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: $(VENV)/.tested ## benchmarks: ratios against peers
	$(BIN)/python -m bench

uml: ## build the kernel of `--kernel uml` from Debian's source package: 12 minutes of a processor
	uml/build.sh build/uml /var/lib/netproof/uml

matrix: $(VENV)/.tested ## measure which isolation method closes which way, into docs/isolation.md
	PYTHONPATH=tests $(BIN)/python -m matrix

setup: $(VENV)/.tested ## packages and the virtual environment, with what tests need

$(VENV)/.packages:
	@hash nft ip bridge ping arping ethtool systemd-analyze 2>/dev/null && ldconfig -p | grep -q libnftables.so.1 \
	  || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(PACKAGES); }
	@mkdir -p $(VENV) && touch $@

$(VENV)/.done: $(VENV)/.packages pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -e .
	@$(BIN)/python -m compileall -q src # a start takes half the time, also where Python may not write bytecode
	@touch $@

# Tests start an sshd of their own in their namespaces; one of the machine itself is none of their business.
$(VENV)/.tested: $(VENV)/.done
	@command -v sshd >/dev/null || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
	  --no-install-recommends openssh-server && { systemctl disable -q --now ssh 2>/dev/null || true; }; }
	$(BIN)/pip install -q -e '.[test,lint]'
	@touch $@

clean: ## remove what the build made
	rm -rf $(VENV) build src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
