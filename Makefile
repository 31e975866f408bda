# vecgres: the daily commands. `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
GO ?= go
BIN := bin/vecgres
SOURCES := $(shell find cmd pgwire sql planner vecengine catalog -name '*.go' -o -name '*.s' -o -name '*.tsv' -o -name '*.sql') go.mod go.sum
# Packages without cgo: all but those that reach the grammar.
PURE := ./pgwire/... ./sql/ast ./sql/bound ./sql/client ./sql/copyfmt ./sql/pgerr ./sql/types ./sql/funcs ./sql/physical ./sql/engineerr \
	./vecengine/... ./catalog ./catalog/memstore ./catalog/catalogtest ./catalog/enginestore
# What the suite needs beside Go, gcc and make.
DEBIAN := postgresql-15 postgresql-client-15 python3-psycopg python3-psycopg2 dataset-fashion-mnist nodejs npm
NODE := tests/drivers/node
export CGO_ENABLED := 1

.PHONY: help build run demo test unit race lint generate deps deps-debian deps-node deps-go sqllogic crash-soak fuzz-smoke bench clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

build: $(BIN) ## build bin/vecgres

$(BIN): $(SOURCES)
	$(GO) build -o $(BIN) ./cmd/vecgres

run: build ## build and serve on 127.0.0.1:5432 with ./data
	$(BIN) serve --listen 127.0.0.1:5432 --data ./data

demo: build deps-dataset ## tenants' vectors loaded, searched and crash-tested through a real server
	$(GO) run ./tests/demo -server $(BIN)

test: deps lint unit race e2e ## install what is needed, then the whole suite
	@echo "make test: all passed"

unit: ## unit tests of every room
	$(GO) test ./cmd/... ./pgwire/... ./sql/... ./planner/... ./vecengine/... ./catalog/...

race: ## unit tests of the packages without cgo under the race detector
	$(GO) test -race -short $(PURE)

e2e: build ## the product from outside: drivers, SQL against Postgres, crashes, imports
	$(GO) test -timeout 15m ./tests/...

lint: ## gofmt, go vet, staticcheck
	@test -z "$$(gofmt -l cmd pgwire sql planner vecengine catalog tests)" || { gofmt -l cmd pgwire sql planner vecengine catalog tests; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	GOARCH=arm64 CGO_ENABLED=0 $(GO) vet ./vecengine/...

generate: ## run the generators; a clean tree stays clean
	$(GO) generate ./...
	@git diff --exit-code --stat

sqllogic: build ## only the SQL scripts
	$(GO) test ./tests/sqllogic -count=1

crash-soak: build ## 200 rounds of kill -9 under load
	$(GO) test ./tests/crash -count=1 -timeout 60m -rounds 200 -v

fuzz-smoke: ## every fuzz target for 10 seconds
	@for pkg in $$($(GO) list ./pgwire/... ./sql/... ./vecengine/...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "== $$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime 10s $$pkg; \
		done; \
	done

bench: ## benchmarks of kernels, codecs, log and search
	$(GO) test -run '^$$' -bench . -benchtime 1s ./vecengine/... ./sql/types ./pgwire

deps: deps-debian deps-node deps-go ## install what tests need: Debian, npm, Go

deps-debian: ## Debian packages, only those that are missing
	@missing=""; for p in $(DEBIAN); do \
		case $$p in nodejs|npm) command -v $${p/nodejs/node} >/dev/null && continue;; esac; \
		dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; \
	done; \
	if [ -n "$$missing" ]; then \
		sudo=""; [ "$$(id -u)" = 0 ] || sudo=sudo; \
		$$sudo apt-get update -qq; \
		DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$missing; \
	fi

deps-dataset: ## the demonstration's data
	@$(MAKE) --no-print-directory deps-debian DEBIAN=dataset-fashion-mnist

deps-node: ## node packages by their lockfile
	@test ! -f $(NODE)/package-lock.json || test $(NODE)/node_modules -nt $(NODE)/package-lock.json || \
		(cd $(NODE) && npm ci --no-audit --no-fund --silent && touch node_modules)

deps-go: ## Go modules
	@$(GO) mod download

clean: ## remove what was built
	rm -rf bin
