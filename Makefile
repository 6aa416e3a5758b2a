# Every job has one entry here; each sets up what it needs by itself and does nothing twice.
#   make demo    the examples in all six languages on real input, one table at the end
#   make test    everything that decides whether a change lands
#   make build   CLI, C library, Python, Node and Go packages, ready to use from the repository root
#   make lint    formatting and static checks      make bench   figures beside the peers, into BENCHMARKS.md
#   make dist    the packages that are published   make clean   back to a fresh checkout
#   make bless   writes anew what is generated and checked in

SHELL := /bin/bash -euo pipefail
.DEFAULT_GOAL := build
.PHONY: build demo test bench bless dist lint clean setup guests native python node go \
	test-docs test-rust test-models test-guests test-c test-python test-node test-go test-chain test-dist

setup:
	@tools/setup

guests: setup
	@tools/build-guests

native: setup
	cargo build --release --locked -p edge-cli -p edge-c

python: setup
	@sdk-python/tools/develop

node: setup
	@sdk-node/tools/build

go: native
	@sdk-go/tools/build

build: native python node go

demo: build guests
	@tools/demo

test: lint test-docs test-rust test-models test-guests test-c test-python test-node test-go test-chain test-dist
	@echo "all suites passed"

lint: build
	@tools/lint

test-docs:
	@tools/check-docs

test-rust: guests
	cargo test --release --locked --workspace --exclude edge-python --exclude edge-node

# Every order in which threads can meet in the interrupt path.
test-models:
	CARGO_TARGET_DIR=target/models cargo test --release --locked --manifest-path tests/models/Cargo.toml

test-guests: guests
	@tools/build-guests --test

test-c: native guests
	@sdk-c/tests/test

test-python: python guests
	@.venv/bin/python -m pytest -q sdk-python/tests

test-node: node guests
	@cd sdk-node && npm test --silent

test-go: go guests
	@cd sdk-go && go vet ./... && go test ./...

# What all languages must do alike, leaks, coexistence with other runtimes, and real programs.
test-chain: build guests
	@.venv/bin/python -m pytest -q tests

dist: build
	@tools/dist

test-dist: dist guests
	@tools/test-dist

bench: dist guests
	@tools/bench

bless: build
	@tools/bless

clean:
	rm -rf target dist .venv sdk-node/node_modules sdk-go/internal/lib
	cd sdk-go && go clean -testcache
