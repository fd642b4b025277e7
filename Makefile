# Everything that a contributor or CI runs. Needed on the machine: Go and git; for the tests
# Python and Node; for the race detector a C compiler. The rest is installed below this folder,
# in bin/ and .cache/, by pinned version.

SHELL := bash
.DEFAULT_GOAL := help
.NOTPARALLEL:
.SUFFIXES:

EXAMPLE := examples/go-service/pipeline.yaml
TOOLS := .cache/tools

# Runs of each fuzz target. A count and not a time: a slow machine cannot make it fail.
FUZZ_RUNS := 5000

# Stamp the revision into the binary only where git can tell it (not in a source archive,
# nor in a clone that belongs to another user).
VCS = $(shell git rev-parse --verify --quiet HEAD >/dev/null 2>&1 && echo -buildvcs=auto || echo -buildvcs=false)

# Reads `go test -list` and prints "package name" for every name listed.
BY_PACKAGE := awk '/^(Fuzz|Benchmark)/ { names[n++] = $$1; next } { for (i = 0; i < n; i++) print $$2, names[i]; n = 0 }'

# Every Go file, nested modules included, but nothing that was installed.
GO_FILES := find . \( -path '*/.*' -o -name node_modules \) -prune -o -name '*.go' -print0

section = @printf '\n== %s\n' '$(1)'

.PHONY: help
help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

.PHONY: run
run: needs-go needs-git build ## run the example pipeline here, unattended
	@bin/penstock run $(EXAMPLE) --yes

.PHONY: build
build: needs-go ## build bin/penstock
	@go build $(VCS) -o bin/penstock ./cmd/penstock

.PHONY: test
test: needs-go needs-git needs-python needs-node jsonata-peer ## run all tests
	$(call section,go test)
	@go test -timeout 20m ./...

# The functions run on this machine there, so they are built for it.
.PHONY: e2e
e2e: needs-go needs-git needs-python needs-node cdk app ## deploy the platform on an emulator of AWS, and release through it
	@$(MAKE) --no-print-directory functions ARCHITECTURE=$$(go env GOHOSTARCH)
	$(call section,go test: the deployed stacks)
	@go test -count=1 -timeout 30m -tags e2e ./infra/e2e

.PHONY: check
check: needs-go needs-git needs-cc needs-python needs-node tidy format vet lint deadcode race fuzz ## format, vet, lint, race, fuzz and module checks
	@printf '\nmake check: all passed\n'

.PHONY: bench
bench: needs-go needs-git ## print what is measured: engine, compiler, artifacts, memory, start
	$(call section,benchmarks)
	@set -euo pipefail; mkdir -p .cache; \
	packages=$$(go test -list '^Benchmark' ./... | $(BY_PACKAGE) | cut -d ' ' -f 1 | sort -u); \
	go test -p 1 -run '^$$' -bench . -benchmem $$packages | tee .cache/bench.txt
	$(call section,figures and their bounds)
	@awk -f tools/bench.awk .cache/bench.txt

# On AWS. The command line of the CDK reads cdk.json; what else it is to do goes into CDK_FLAGS, such as
# CDK_FLAGS="--context platform=release --profile production".

# W6001 is about outputs that say no more than what they import: those of webhooks say which one, behind it.
.PHONY: synth
synth: needs-go needs-python functions cdk cfn-lint ## write and check the templates of the platform and of every example
	$(call section,cdk synth: the platform and every example)
	@rm -rf $(SYNTH) && $(CDK) synth --quiet --strict --output $(SYNTH) --context pipelines='examples/*/pipeline.yaml' $(CDK_FLAGS)
	$(call section,templates: assertions and every public definition)
	@rm -rf $(SYNTH).corpus && go test -timeout 20m -tags synth ./infra -corpus.out=$(CURDIR)/$(SYNTH).corpus
	$(call section,cfn-lint)
	@for flags in "" "--region eu-west-1" "--region eu-west-1 --pipeline shop --pipeline a.b"; do \
		go run ./cmd/penstock bootstrap-target --trusted-account 111122223333 $$flags >"$(SYNTH)/target$$(echo $$flags | tr -d ' ').template.yaml"; done
	@find $(SYNTH) $(SYNTH).corpus \( -name '*.template.json' -o -name '*.template.yaml' \) 2>/dev/null | xargs .cache/cfn-lint/bin/cfn-lint --ignore-checks W6001 --
	@printf '\nmake synth: all passed; the templates are in %s\n' $(SYNTH)

.PHONY: diff
diff: functions cdk ## compare the templates with what is deployed
	@$(CDK) diff $(CDK_FLAGS)

.PHONY: deploy
deploy: functions cdk ## deploy the platform and the pipelines of pipelines/*.yaml
	@$(CDK) deploy --all $(CDK_FLAGS)

.PHONY: destroy
destroy: functions cdk ## delete the stacks; artifacts, records and the key stay
	@$(CDK) destroy --all $(CDK_FLAGS)

# The functions for Lambda: reproducible, so that one that did not change is not deployed again. A program in a folder of a
# function's folder lies beside its bootstrap.
ARCHITECTURE := arm64

.PHONY: functions
functions: needs-go ## build the Lambda functions for ARCHITECTURE, arm64 or amd64
	@set -euo pipefail; at=.cache/functions/$(ARCHITECTURE); mkdir -p $$at; \
	for made in $$at/* $$at/*/*; do \
		name=$${made#$$at/}; name=$${name%/bootstrap}; \
		[ -f "functions/$$name/main.go" ] || rm -rf "$$made"; done; \
	for main in functions/*/main.go functions/*/*/main.go; do \
		name=$$(dirname $${main#functions/}); out=$$at/$$name; \
		case $$name in */*) ;; *) out=$$out/bootstrap;; esac; \
		GOOS=linux GOARCH=$(ARCHITECTURE) CGO_ENABLED=0 go build -trimpath -buildvcs=false -tags lambda.norpc \
			-ldflags '-s -w' -o $$out ./functions/$$name; \
	done

# What cdk.json runs. The CDK takes minutes to compile the first time, nothing after that.
.PHONY: app
app: needs-go
	@go build $(VCS) -o .cache/app ./infra/app

SYNTH := .cache/synth
CDK := JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=1 .cache/cdk/node_modules/.bin/cdk --no-notices --context architecture=$(ARCHITECTURE)
CDK_FLAGS :=

.PHONY: cdk
cdk: needs-node
	@set -euo pipefail; at=.cache/cdk; key=$$(cat package.json package-lock.json | cksum; node --version); \
	if [ "$$(cat $$at/key 2>/dev/null || true)" != "$$key" ]; then \
		rm -rf $$at; mkdir -p $$at; cp package.json package-lock.json $$at/; \
		(cd $$at && npm ci --ignore-scripts --silent --no-audit --no-fund); \
		printf '%s\n' "$$key" >$$at/key; \
	fi

.PHONY: cfn-lint
cfn-lint: needs-python
	@set -euo pipefail; at=.cache/cfn-lint; pins=infra/testdata/cfn-lint/requirements.txt; \
	key=$$(cat $$pins | cksum; python3 --version); \
	if [ "$$(cat $$at/key 2>/dev/null || true)" != "$$key" ]; then \
		rm -rf $$at; python3 -m venv $$at; \
		$$at/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement $$pins; \
		printf '%s\n' "$$key" >$$at/key; \
	fi

# The parts of check, each of which can be run alone.

.PHONY: tidy
tidy:
	$(call section,modules are tidy and unchanged)
	@go mod tidy -diff
	@go mod verify
	@cd tools && go mod tidy -diff

.PHONY: format
format: tools
	$(call section,gofumpt)
	@set -uo pipefail; \
	diff=$$($(GO_FILES) | xargs -0 $(TOOLS)/gofumpt -d) && [ -z "$$diff" ] || \
		{ printf '%s\n' "$$diff"; echo 'not formatted; to fix: make fix' >&2; exit 1; }

.PHONY: fix
fix: tools ## format the source
	@$(GO_FILES) | xargs -0 $(TOOLS)/gofumpt -w

.PHONY: vet
vet:
	$(call section,go vet)
	@go vet ./...

.PHONY: lint
lint: tools
	$(call section,golangci-lint)
	@GOLANGCI_LINT_CACHE="$(CURDIR)/.cache/golangci-lint" $(TOOLS)/golangci-lint run --allow-parallel-runners ./...

.PHONY: deadcode
deadcode: tools
	$(call section,deadcode)
	@set -euo pipefail; \
	dead=$$($(TOOLS)/deadcode -test -tags synth,e2e ./...); \
	if [ -n "$$dead" ]; then printf '%s\n' "$$dead"; exit 1; fi

.PHONY: race
race: needs-cc jsonata-peer
	$(call section,go test -race -shuffle=on)
	@go test -timeout 30m -race -shuffle=on $$(go list ./... | grep -vE '/infra(/app)?$$')

.PHONY: fuzz
fuzz:
	$(call section,fuzz smoke: $(FUZZ_RUNS) inputs for each target)
	@set -euo pipefail; \
	go test -list '^Fuzz' ./... | $(BY_PACKAGE) | while read -r package target; do \
		echo "$$package $$target"; \
		go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZ_RUNS)x "$$package" </dev/null; \
	done

# Expressions compared with npm jsonata, and where their sequence begins: another seed gives others.
JSONATA_RUNS := 200000
JSONATA_SEED := 1

.PHONY: jsonata
jsonata: needs-go jsonata-peer ## compare JSONATA_RUNS random expressions with npm jsonata 2.0.6
	$(call section,differential: $(JSONATA_RUNS) expressions from seed $(JSONATA_SEED))
	@go test -count=1 -timeout 60m -run '^TestDifferential$$' -v ./statemachines/engine/jsonata \
		-differential.runs=$(JSONATA_RUNS) -differential.seed=$(JSONATA_SEED)

# npm jsonata, by the pins that the moto engine has; the tests compare with it where it is.
.PHONY: jsonata-peer
jsonata-peer: needs-node
	@set -euo pipefail; pins=statemachines/engine/mototest/moto; at=.cache/jsonata; \
	key=$$(cat $$pins/package.json $$pins/package-lock.json | cksum; node --version); \
	if [ "$$(cat $$at/key 2>/dev/null || true)" != "$$key" ]; then \
		rm -rf $$at; mkdir -p $$at; cp $$pins/package.json $$pins/package-lock.json $$at/; \
		(cd $$at && npm ci --ignore-scripts --silent --no-audit --no-fund); \
		printf '%s\n' "$$key" >$$at/key; \
	fi

# Built once for a Go release and a set of versions; minutes the first time, nothing after that.
.PHONY: tools
tools: needs-go
	@set -euo pipefail; \
	key=$$(go env GOVERSION; cksum tools/go.mod tools/go.sum); \
	if [ "$$(cat $(TOOLS)/key 2>/dev/null || true)" != "$$key" ]; then \
		printf '\n== building the pinned tools into %s (minutes, once)\n' $(TOOLS); \
		rm -f $(TOOLS)/key; mkdir -p $(TOOLS); \
		(cd tools && go build -ldflags='-s -w' -o ../$(TOOLS)/ tool); \
		printf '%s\n' "$$key" >$(TOOLS)/key; \
	fi

# What the machine must have. Each says what is missing and where to get it.

.PHONY: needs-go
needs-go:
	@command -v go >/dev/null || { echo 'penstock: go is missing: install Go 1.26 or newer, https://go.dev/dl/' >&2; exit 2; }
	@version=$$(go env GOVERSION) || exit 2; \
	case "$$version" in go1.*) minor=$${version#go1.}; minor=$${minor%%[!0-9]*};; *) minor=26;; esac; \
	[ "$$minor" -ge 26 ] || { echo "penstock: $$version is too old: install Go 1.26 or newer, https://go.dev/dl/" >&2; exit 2; }

# The race detector links with the C compiler.
.PHONY: needs-cc
needs-cc:
	@command -v $$(go env CC) >/dev/null || { echo "penstock: a C compiler is missing ($$(go env CC)): install it, for example apt-get install gcc libc6-dev" >&2; exit 2; }

.PHONY: needs-git
needs-git:
	@command -v git >/dev/null || { echo 'penstock: git is missing: install it, for example apt-get install git' >&2; exit 2; }

.PHONY: needs-python
needs-python:
	@command -v python3 >/dev/null || { echo 'penstock: python3 is missing: install it, for example apt-get install python3 python3-venv' >&2; exit 2; }
	@python3 -c 'import ensurepip, venv' 2>/dev/null || { echo 'penstock: python3 has no venv module: install it, for example apt-get install python3-venv' >&2; exit 2; }

.PHONY: needs-node
needs-node:
	@command -v node >/dev/null || { echo 'penstock: node is missing: install Node.js, https://nodejs.org/, for example apt-get install nodejs npm' >&2; exit 2; }
	@command -v npm >/dev/null || { echo 'penstock: npm is missing: install it, for example apt-get install npm' >&2; exit 2; }
