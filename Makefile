# Two commands for everybody: `make demo` and `make test`. `make help` lists the rest.
# There is one build profile, release, for the program and for all of its tests.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

PYTHON := python3
CARGO := cargo
part := tests/part

# Where CI says so, a warning is an error; elsewhere the lints of a newer Rust must not fail anybody's tests.
strict := $(if $(CI),-D warnings)

.PHONY: help demo wheel dist mpi test soak peers lint doc clean setup-demo setup-test setup-soak

help: ## This list.
	@awk -F ': .*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: setup-demo ## The first map: installs what is missing, builds, runs configs/quickstart.toml, draws it.
	@tests/demo.sh

wheel: ## dist/ictus-*.whl: the program with all it needs, for pip on Linux on x86-64; tests/wheel.sh tries it.
	@packaging/wheel.sh

dist: wheel ## dist/ictus-*-x86_64-linux.tar.gz: the same without pip, with manual pages, completions, models, studies and pages.
	@packaging/dist.sh

mpi: ## target/mpi/release/ictus: the program over the MPI library of `mpicc`, or of what MPICC names; says how to start it.
	@packaging/mpi.sh

test: setup-test ## All tests, foreign readers included; ends with the seconds of each part and the slowest tests.
	@$(part) --beside $$PPID wheel packaging/wheel.sh
	@$(part) lint $(MAKE) --no-print-directory lint
	@$(part) build $(CARGO) test --release --locked --no-run
	@$(part) tests tests/cargo_test.sh
	@$(part) readers tests/readers.sh
	@$(part) salib tests/salib.sh
	@$(part) report tests/report.sh
	@$(part) mpi tests/mpi.sh
	@$(part) awaiting $(part) --join wheel
	@$(part) wheel tests/wheel.sh
	@$(part) dist tests/dist.sh
	@$(part) python tests/python.sh wheel
	@$(part) slurm tests/slurm.sh
	@$(part) readme tests/readme.sh
	@$(part) --report

soak: setup-soak ## The long campaigns: stops, faults, fuzzing. SOAK_PART=k/n runs a part of them, SOAK_SEED draws anew.
	@tests/soak.sh

peers: setup-test ## The same sweep by other software, and how long each takes.
	@tests/peers.sh

lint: ## Format, clippy, documentation links, shell scripts, licences of the dependencies.
	@$(CARGO) fmt --check
	@$(CARGO) clippy --release --locked --all-targets --quiet -- $(strict)
	@$(CARGO) clippy --release --locked --no-default-features --lib --quiet -- $(strict)
	@RUSTDOCFLAGS="$(strict)" $(CARGO) doc --release --locked --no-deps --quiet
	@shellcheck .ci/run tests/part $$(git ls-files '*.sh' ':!slurm/*.sh')
	@tests/recipes.sh
	@$(CARGO) metadata --format-version 1 --locked --all-features | $(PYTHON) tests/licences.py

doc: ## The documentation of the code, under target/doc.
	@$(CARGO) doc --release --locked --no-deps

clean: ## Removes what was built; runs/ stays.
	@$(CARGO) clean
	@rm -rf .venv

setup-demo:
	@tests/setup.sh demo

setup-soak:
	@tests/setup.sh soak

setup-test:
	@rm -f target/parts
	@$(part) setup tests/setup.sh test
