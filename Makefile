# Porthole. `make run` and `make test` do all their own set-up; `make help` lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

GO       ?= go
PORT     ?= 8440
STATE    ?= .porthole
FUZZTIME ?= 20s
RUN_FLAGS ?=

# The demo device hands out a shell of whoever starts it. portholed refuses to do that
# for root unless told; here it is told, and says so, because containers often have no
# other user. It listens on loopback only.
ifeq ($(shell id -u),0)
RUN_FLAGS += --demo-allow-root
endif

WASM     := .cache/build/porthole.wasm
DIST     := static/dist/manifest.json
MODULES  := web/node_modules/.package-lock.json
PAGES    := web/e2e/pages/node_modules/.package-lock.json
GO_CORE  := go.mod go.sum $(shell find ssh wasm -name '*.go' -not -name '*_test.go' -not -path '*/sshtest/*' -not -path 'ssh/cmd/*')
GO_ALL   := go.mod go.sum $(shell find server ssh static -name '*.go' -not -name '*_test.go')
WEB_SRC  := $(shell find web/src web/scripts web/public web/index.html web/*.ts web/*.json web/*.mjs -type f 2>/dev/null)
WASM_GO  := GOOS=js GOARCH=wasm $(GO)
LDFLAGS  := -s -w
# Inlining makes the program an eighth larger on the wire. It stays on where bytes are
# counted one by one (ciphers, hashes, field arithmetic) and in the runtime; docs/benchmarks.md has the figures.
WASM_HOT := runtime internal/runtime/... internal/abi internal/byteorder golang.org/x/crypto/chacha20 \
	golang.org/x/crypto/internal/alias golang.org/x/crypto/internal/poly1305 crypto/internal/fips140/sha256 \
	crypto/internal/fips140/sha512 crypto/internal/fips140/edwards25519/... crypto/internal/fips140/mlkem \
	crypto/internal/fips140/aes/... crypto/internal/fips140deps/... crypto/internal/fips140/alias \
	crypto/internal/fips140/subtle encoding/binary math/bits sync/atomic syscall/js
WASM_GC  := -gcflags=all=-l $(WASM_HOT:%=-gcflags=%=)
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

.PHONY: help
help: ## lists the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

.PHONY: tools-check
tools-check:
	@.ci/need

$(MODULES): web/package.json web/package-lock.json | tools-check
	cd web && npm ci --no-fund --no-audit
	@touch $@

# Real pages of devices, for the browser tests and the bench alone.
$(PAGES): web/e2e/pages/package.json web/e2e/pages/package-lock.json | tools-check
	cd web/e2e/pages && npm ci --no-fund --no-audit --ignore-scripts
	@touch $@

$(WASM): $(GO_CORE) Makefile | tools-check
	@mkdir -p $(@D)
	$(WASM_GO) build -trimpath -ldflags='$(LDFLAGS)' $(WASM_GC) -o $@ ./wasm

$(DIST): $(WASM) $(WEB_SRC) $(MODULES)
	cd web && PORTHOLE_WASM=$(abspath $(WASM)) npm run --silent build
	@touch $@

bin/portholed: $(GO_ALL) $(DIST)
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags='$(LDFLAGS) -X main.version=$(VERSION)' -o $@ ./server/cmd/portholed

bin/demo/portholed: $(GO_ALL) $(DIST)
	CGO_ENABLED=0 $(GO) build -trimpath -tags demo -ldflags='$(LDFLAGS) -X main.version=$(VERSION)' -o $@ ./server/cmd/portholed

bin/porthole: go.mod go.sum $(shell find ssh -name '*.go' -not -name '*_test.go' -not -path '*/sshtest/*')
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags='$(LDFLAGS) -X main.version=$(VERSION)' -o $@ ./ssh/cmd/porthole

bin/golangci-lint: .ci/tools.mod .ci/tools.sum
	$(GO) build -modfile=.ci/tools.mod -o $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

.PHONY: wasm
wasm: $(WASM) ## builds the browser's Go program

.PHONY: web
web: $(DIST) ## builds the page into static/dist

.PHONY: build
build: bin/porthole bin/portholed bin/demo/portholed ## builds everything into bin/

.PHONY: run
run: bin/demo/portholed ## starts gateway, stand-in platform and demo device; prints the link (PORT=8440)
	@bin/demo/portholed --demo --listen 127.0.0.1:$(PORT) --state-dir $(STATE) $(RUN_FLAGS)

.PHONY: dev
dev: bin/demo/portholed ## the same, rebuilding on change, assets from disk
	@PORT=$(PORT) STATE=$(STATE) RUN_FLAGS='$(RUN_FLAGS)' node web/scripts/dev.mjs

.PHONY: test
test: test-setup $(PAGES) $(DIST) bin/demo/portholed bin/portholed ## all tests, the browser's included
	.ci/test all

.PHONY: test-setup
test-setup: tools-check
	@.ci/setup-test

.PHONY: test-unit
test-unit: $(MODULES) ## the fast part: no browser, no SSH servers
	.ci/test unit

.PHONY: test-wasm
test-wasm: $(MODULES) ## the core and the bridge as GOOS=js under Node
	.ci/test wasm

.PHONY: e2e
e2e: test-setup $(PAGES) bin/demo/portholed ## only the browser tests
	.ci/test e2e

.PHONY: lint
lint: bin/golangci-lint $(MODULES) ## vet native, js, windows, darwin; golangci-lint; tsc, eslint, prettier; shellcheck
	.ci/lint

.PHONY: fmt
fmt: bin/golangci-lint $(MODULES) ## formats Go and web sources
	bin/golangci-lint fmt
	cd web && npm run --silent fmt

.PHONY: fuzz
fuzz: ## each fuzz target for FUZZTIME (20s)
	FUZZTIME=$(FUZZTIME) .ci/fuzz

.PHONY: bench
bench: test-setup $(PAGES) bin/demo/portholed ## figures as a table and as JSON, each next to its limit in the same run
	.ci/bench

.PHONY: soak
soak: test-setup bin/demo/portholed ## the long ones: 15 minutes of flood, reconnects and idle connections
	.ci/test soak

.PHONY: size
size: $(DIST) ## raw, gzip and brotli size of wasm and js against the budget
	@node web/scripts/size.mjs

.PHONY: docs
docs: | tools-check ## manual pages of porthole into bin/man: man -l bin/man/porthole-proxy.1
	$(GO) run ./ssh/cmd/porthole/manpages $(VERSION) bin/man

.PHONY: clean
clean: ## removes what was built; keeps .porthole
	rm -rf bin .cache web/node_modules/.cache
	find static/dist -mindepth 1 -not -name .gitignore -delete
