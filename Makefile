# What the targets need (packages, Rust targets, a Docker engine, base image, Elasticsearch) they bring themselves;
# downloads and images are kept in .cache/ and in the engine, so that the second run takes seconds.

TARGET := $(shell uname -m)-unknown-linux-musl

.DEFAULT_GOAL := help
.PHONY: help build release image test test-quick test-kubernetes check unit starts e2e demo bench clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

build: ## the static binary, in target/<architecture>-unknown-linux-musl/release/
	@scripts/provision.sh targets
	cargo build --release --locked --target $(TARGET)
	@scripts/static-check.sh $(TARGET)

release: ## the files of a release: archives of both architectures, checksums, the list of what is in the binary
	@scripts/release.sh

image: ## the test image of Elasticsearch 2.3.4 with the binary in it; prints its name
	@scripts/image.sh

demo: ## a refused configuration, then a cluster of three masters that survives the loss of one
	@scripts/demo.sh

test: ## everything: format, lints, licences, static checks, both architectures, all tests
	@scripts/test.sh

test-kubernetes: ## the sets of docker/kubernetes on real clusters of this machine; builds Kubernetes first
	@scripts/test-kubernetes.sh

check: ## only format, lints and licences
	@scripts/test.sh lint

unit: ## only the tests that need no container
	@scripts/test.sh unit

starts: ## only real servers of every generation, on this machine
	@scripts/test.sh starts

test-quick: ## format and the tests that need nothing but Rust
	@scripts/test.sh quick

e2e: ## only the tests with real Elasticsearch in real containers
	@scripts/test.sh e2e

bench: ## time, memory and lost signals, side by side with the usual ways and with other inits
	@scripts/bench.sh

clean: ## build output, downloads, test images
	@scripts/clean.sh
