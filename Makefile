# vecgres: the daily commands. `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
GO ?= go
BIN := bin/vecgres
LISTEN ?= 127.0.0.1:5432
DATA ?= ./data
ROOMS := cmd pgwire sql planner vecengine catalog
SOURCES := $(shell find $(ROOMS) -name '*.go' -o -name '*.s' -o -name '*.tsv' -o -name '*.sql' -o -name '*.txt') go.mod go.sum
# What the demonstration and the suite need beside Go, gcc and make, as Debian calls it.
DEBIAN_DEMO := dataset-fashion-mnist postgresql-client
DEBIAN_BENCH := dataset-fashion-mnist libhnswlib-dev g++ npm
DEBIAN_TEST := $(DEBIAN_DEMO) $(filter-out $(DEBIAN_DEMO),$(DEBIAN_BENCH)) postgresql-15 python3-psycopg python3-psycopg2 nodejs
NODE := tests/drivers/node tests/oracle/pglite
export CGO_ENABLED := 1

.PHONY: help build run demo test unit race e2e lint generate deps deps-demo deps-debian deps-node deps-go sqllogic crash-soak fuzz-smoke bench bench-engine bench-compare deps-bench oracle soak clean

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

build: $(BIN) ## build bin/vecgres

$(BIN): $(SOURCES)
	@test -e $@ || echo "building $@ (the first build compiles Postgres' grammar: a minute or two)"
	@mkdir -p $(dir $@)
	@$(GO) build -o $@ ./cmd/vecgres

run: build ## build and serve on 127.0.0.1:5432 with ./data (LISTEN=host:port DATA=folder for others)
	@exec $(BIN) serve --listen $(LISTEN) --data $(DATA)

demo: deps-demo build ## tenants' vectors loaded, searched and crash-tested through a real server
	@$(GO) run ./tests/demo -server $(BIN)

test: deps lint unit race e2e ## install what is needed, then the whole suite
	@echo "make test: all passed"

unit: ## unit tests of every room
	$(GO) test $(ROOMS:%=./%/...)

race: ## the same under the race detector; generators, which have no tests, are not compiled again for it
	$(GO) test -race -short $$($(GO) list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' $(ROOMS:%=./%/...))

e2e: build ## the product from outside: drivers, SQL against Postgres, crashes, damage, imports
	VECGRES_BIN=$(abspath $(BIN)) $(GO) test -timeout 15m ./tests/...

lint: ## gofmt, go vet, staticcheck
	@bad=$$(gofmt -l $(ROOMS) tests); test -z "$$bad" || { echo "gofmt -w these:"; echo "$$bad"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	GOARCH=arm64 CGO_ENABLED=0 $(GO) vet ./vecengine/...

generate: ## run the generators; fails when they change a file
	@before=$$(git diff | sha256sum; git status --porcelain); $(GO) generate ./...; \
	after=$$(git diff | sha256sum; git status --porcelain); \
	test "$$before" = "$$after" || { echo "make generate changed files:"; git status --short; exit 1; }

sqllogic: build ## only the SQL scripts
	VECGRES_BIN=$(abspath $(BIN)) $(GO) test ./tests/sqllogic -count=1

oracle: deps-node ## types, functions, COPY, binder, executor against PostgreSQL and pgvector (REWRITE=1 writes golden files anew)
	VECGRES_ORACLE_REWRITE=$(REWRITE) $(GO) test ./tests/oracle -count=1 -v

SOAK ?= 20
soak: build ## statistical claims on 20 random seeds, new random comparisons with PostgreSQL (SOAK=n for others)
	VECGRES_SOAK=$(SOAK) $(GO) test ./vecengine/... -count=1 -timeout 120m
	VECGRES_SOAK=$(SOAK) $(GO) test ./tests/oracle -count=1 -timeout 120m
	VECGRES_BIN=$(abspath $(BIN)) $(GO) test ./tests/differential -count=1 -timeout 120m -seed $$RANDOM

ROUNDS ?= 200
crash-soak: build ## 200 rounds of kill -9 under load (ROUNDS=n for others)
	VECGRES_BIN=$(abspath $(BIN)) $(GO) test ./tests/crash -count=1 -timeout 120m -rounds $(ROUNDS) -v

FUZZTIME ?= 10s
fuzz-smoke: ## every fuzz target for 10 seconds (FUZZTIME=1m for longer)
	@for dir in $$(grep -rl --include='*_test.go' '^func Fuzz' $(ROOMS) | xargs -n1 dirname | sort -u); do \
		for target in $$($(GO) test -list '^Fuzz' ./$$dir | grep '^Fuzz'); do \
			echo "== $$dir $$target"; $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) ./$$dir; \
		done; \
	done

bench: ## benchmarks of kernels, codecs, log and search
	$(GO) test -run '^$$' -bench . -benchtime 1s ./vecengine/... ./sql/types ./pgwire

bench-engine: build deps-bench ## the engine against its bars and hnswlib (docs/performance.md); BENCH="-only search -scale 0.1"
	$(GO) run ./tests/bench -server $(BIN) $(BENCH)

bench-compare: ## benchmarks of this tree against REF=commit, through benchstat
	tests/bench/compare.sh $(REF)

deps: deps-debian deps-node deps-go ## install what tests need: Debian, npm, Go

deps-debian: ## Debian packages, only those that are missing
	@$(call install,$(DEBIAN_TEST))

deps-demo: ## the demonstration's data, and psql
	@$(call install,$(DEBIAN_DEMO))

# install gets the Debian packages that are missing; a program that came from elsewhere counts. PostgreSQL is an oracle that the tests start by
# themselves, so no cluster of it is made: that would sit on port 5432.
CLUSTERS := /etc/postgresql-common/createcluster.d
define install
missing=""; for p in $(1); do \
	case $$p in \
		nodejs) command -v node >/dev/null && continue;; \
		npm) command -v npm >/dev/null && continue;; \
		g++) command -v g++ >/dev/null && continue;; \
		postgresql-client) command -v psql >/dev/null && continue;; \
		dataset-fashion-mnist) test -d /usr/share/datasets/fashion-mnist && continue;; \
	esac; \
	dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; \
done; \
if [ -n "$$missing" ]; then \
	echo "installing Debian packages:$$missing"; \
	command -v apt-get >/dev/null || { echo "no apt-get here: install what your system calls these, and try again"; exit 1; }; \
	sudo=""; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	$$sudo mkdir -p $(CLUSTERS); echo "create_main_cluster = false" | $$sudo tee $(CLUSTERS)/vecgres.conf >/dev/null; \
	trap '$$sudo rm -f $(CLUSTERS)/vecgres.conf' EXIT; \
	$$sudo apt-get update -qq; \
	$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
fi
endef

deps-bench: ## what bench-engine needs
	@$(call install,$(DEBIAN_BENCH))

deps-node: ## node packages by their lockfiles
	@for dir in $(NODE); do \
		test $$dir/node_modules -nt $$dir/package-lock.json || (cd $$dir && npm ci --no-audit --no-fund --silent && touch node_modules); \
	done

deps-go: ## Go modules
	@$(GO) mod download

clean: ## remove what was built
	rm -rf bin
