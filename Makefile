# Everything a developer runs. `make` lists the targets; variables at the top
# may be given on the command line: make fuzz FUZZTIME=10m.

GO        ?= go
BIN       ?= bin/perdure
SAMPLE    ?= visit-counselor
DATA      ?= perdure-data
FUZZTIME  ?= 30s
BENCH     ?= .
BENCHTIME ?= 1s
WINDOW    ?= 3s
ONLY      ?=
SOAKTIME  ?= 10m
COUNT     ?= 1
TOOL      := $(GO) tool -modfile=tools/go.mod

# The packages without clock, I/O and Temporal. They build and test in seconds.
PURE := ./bpmn/... ./protocol/... ./interpreter/engine/... ./interpreter/expr/... ./interpreter/iso8601/...

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-zA-Z0-9_\/.-]+:.*## / {printf "  \033[1m%-16s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build bin/perdure
	$(GO) build -trimpath -o $(BIN) ./cmd/perdure

.PHONY: run
run: build ## Run everything in one process, with the sample SAMPLE
	$(BIN) dev --data $(DATA) --sample $(SAMPLE)

.PHONY: test
test: ## Run all tests
	$(GO) test -count=$(COUNT) ./...

.PHONY: test/pure
test/pure: ## Run the tests of the pure packages only
	$(GO) test -count=$(COUNT) $(PURE)

.PHONY: test/race
test/race: ## Run the tests of the pure packages under the race detector
	CGO_ENABLED=1 $(GO) test -race -count=$(COUNT) $(PURE)

.PHONY: test/postgres
test/postgres: ## Run all tests, those of the repository on PostgreSQL too
	.ci/postgres run $(GO) test -count=$(COUNT) ./...

.PHONY: vet
vet: ## Run go vet
	$(GO) vet ./...

.PHONY: lint
lint: ## Check style and architecture (golangci-lint)
	$(TOOL) golangci-lint config verify
	$(TOOL) golangci-lint run ./...

.PHONY: fmt
fmt: ## Format the code as lint wants it
	$(TOOL) golangci-lint fmt ./...

.PHONY: workflowcheck
workflowcheck: ## Check that workflow code is deterministic
	$(TOOL) workflowcheck -config workflowcheck.config.yaml ./interpreter/...

.PHONY: scripts
scripts: ## Record the engine scripts anew and show what changed
	$(GO) test ./interpreter/engine -run TestScripts -rewrite
	@git --no-pager diff --stat -- interpreter/engine/testdata

.PHONY: replay
replay: ## Replay the recorded histories
	$(GO) test -count=1 ./interpreter -run Replay -v

.PHONY: fuzz
fuzz: ## Fuzz every target for FUZZTIME
	@for dir in $$(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -r -n1 dirname | sort -u); do \
		for target in $$($(GO) test -list '^Fuzz' $$dir | grep '^Fuzz'); do \
			echo "fuzz $$dir $$target $(FUZZTIME)"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 5s $$dir || exit 1; \
		done; \
	done

.PHONY: bench
bench: ## Measure beside hand-written workflows and print one table
	$(GO) run ./bench -window $(WINDOW) -only '$(ONLY)'

.PHONY: bench/go
bench/go: ## Run the Go benchmarks of the pure packages
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -benchtime $(BENCHTIME) $(PURE)

.PHONY: soak
soak: ## Keep the platform busy: the measurements with SOAKTIME for each rate
	$(GO) run ./bench -window $(SOAKTIME) -only '$(ONLY)'

.PHONY: generate
generate: ## Write the generated files anew
	$(GO) generate ./...

.PHONY: verify
verify: ## Fail if a generated file is not current
	@before=$$(git status --porcelain; git diff HEAD | cksum); \
	$(MAKE) --no-print-directory generate; \
	after=$$(git status --porcelain; git diff HEAD | cksum); \
	if [ "$$before" != "$$after" ]; then \
		git --no-pager diff --stat; \
		echo "generated files were not current: commit what 'make generate' wrote" >&2; \
		exit 1; \
	fi

.PHONY: compose/lint
compose/lint: ## Check docker-compose.yml (needs the docker client only)
	POSTGRES_PASSWORD=x TEMPORAL_DATABASE_PASSWORD=x PERDURE_DATABASE_PASSWORD=x docker compose config --quiet

.PHONY: check
check: ## Run exactly what CI runs
	.ci/run

.PHONY: up
up: ## Start Temporal, PostgreSQL, server and worker in containers
	docker compose up --build --detach --wait

.PHONY: down
down: ## Stop the containers, keep their data
	docker compose down

.PHONY: clean
clean: ## Remove what was built; the data folder stays
	rm -rf bin
