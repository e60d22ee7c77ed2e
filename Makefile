# `make help` lists what there is to make.

IMAGE       ?= kubenames/coredns:latest
FUZZTIME    ?= 60s
SEEDS       ?= 200
FRESH       ?= 2m
BENCHFLAGS  ?=
CHAOSFLAGS  ?=
COUNT       ?= 1
BASE        ?= origin/main
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOSEC       := github.com/securego/gosec/v2/cmd/gosec@v2.29.0
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0
COREDNS     := $(abspath build/coredns)

# How the binary is built. Tools that need the plugin's packages compiled are
# told the same, so that CoreDNS is compiled once for them all.
STATIC := CGO_ENABLED=0 GOFLAGS='$(strip $(GOFLAGS) -trimpath)'

# The modules of tests that need more than the plugin should. Not the control
# plane: a page of glue, for which all of Kubernetes would be checked with it.
TESTMODULES := $(sort $(dir $(shell find . -mindepth 2 -name go.mod -not -path '*/controlplane/*')))

CHECK := go vet ./... && go run $(STATICCHECK) ./...

# What gosec is not asked, and why:
#   G104  an error that nobody could do anything about is left to fall, as when closing; staticcheck looks after others
#   G115  numbers are cut on purpose: to octets, labels, hashes and serials, whose bounds are checked or wrap
#   G304  files that the operator names are read
#   G404  nothing here is secret by chance: turns, and seeds of hash tables
#   G103  (express) packets are read and written in batches, by their addresses
SECURE := go run $(GOSEC) -quiet -exclude=G104,G115,G304,G404 -exclude-rules='plugin/express/.*:G103' ./...

.PHONY: help build run test fuzz lint vulncheck e2e chaos chaos-quick parity parity-ci mutants bench overload figures dashboard bench-quick microbench benchcmp image image-test clean

help: ## show this
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build CoreDNS with kubenames: build/coredns, one static binary
	$(STATIC) go build -ldflags '-s -w' -o $(COREDNS) ./cmd/coredns

run: build ## serve the example cluster on 127.0.0.1, port 1053
	@echo
	@echo 'Serving examples/ on 127.0.0.1, port 1053. In another terminal:'
	@echo
	@sed -n 's/^# *\(dig .*\)/    \1/p' Corefile.example
	@echo
	$(COREDNS) -conf Corefile.example

test: ## run the tests: no cluster, no container engine
	go test -race ./...

fuzz: ## run every fuzz target for FUZZTIME (60s)
	$(STATIC) test/fuzz.sh $(FUZZTIME)

lint: ## gofmt, go vet and staticcheck in the modules, gosec, shellcheck, and vulncheck where the database is in reach
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "not gofmt-ed: $$unformatted"; exit 1; fi
	export $(STATIC); $(CHECK)
	@set -e; for module in $(TESTMODULES); do echo "cd $$module && $(CHECK)"; (cd $$module && $(CHECK)); done
	$(STATIC) $(SECURE)
	shellcheck .ci/run deploy/image.sh test/benchcmp.sh test/fuzz.sh test/vulncheck.sh
	$(STATIC) test/vulncheck.sh $(GOVULNCHECK) --if-reachable . $(TESTMODULES)

vulncheck: ## govulncheck in the modules: known vulnerabilities in what they use (asks vuln.go.dev)
	$(STATIC) test/vulncheck.sh $(GOVULNCHECK) . $(TESTMODULES)

e2e: image-test ## the stories on a real control plane, the image, alert rules, and the build from CoreDNS's source
	cd test/monitoring && $(STATIC) KUBENAMES_COREDNS=$(COREDNS) go test -count=1 ./...
	cd test/build && go test -count=1 -timeout 20m -skip '^TestImage$$' ./...
	cd test/e2e && KUBENAMES_COREDNS=$(COREDNS) go test -count=1 -timeout 40m ./...

chaos: build ## break the control plane, and count wrong, lost and late answers: build/chaos (root, 50 minutes, 2 cores)
	cd test/e2e && KUBENAMES_COREDNS=$(COREDNS) go run ./chaos $(CHAOSFLAGS)

chaos-quick: build ## the same in miniature
	cd test/e2e && KUBENAMES_COREDNS=$(COREDNS) go run ./chaos -quick $(CHAOSFLAGS)

parity: ## ask the kubernetes plugin and this one the same: behind other plugins, and about SEEDS (200) made-up clusters
	cd test/parity && $(STATIC) go test -count=1 ./around ./external
	cd test/parity && $(STATIC) go run . -seeds $(SEEDS)

parity-ci: ## the same, about a few clusters that are always the same, and about fresh ones for FRESH (2m)
	cd test/parity && export $(STATIC) && go test ./... && go build -o ../../build/kubenames-parity . && \
	    ../../build/kubenames-parity -seeds 12 -questions 5000 && \
	    ../../build/kubenames-parity -first 0 -seeds 100000 -questions 5000 -limit $(FRESH)

mutants: ## break the plugin line by line, and see how soon parity finds it
	cd test/parity && $(STATIC) go run ./mutants

bench: ## measure CPU, memory and freshness beside other servers: build/bench (15 minutes, 2 cores)
	cd test/bench && $(STATIC) go run . $(BENCHFLAGS)

overload: ## flood servers with 2 and 4 times what they can answer: build/bench/overload.txt (8 minutes, 2 cores)
	cd test/bench && $(STATIC) go run . -only overload -name overload $(BENCHFLAGS)

figures: ## write docs/figures.md and its charts from what bench and overload have measured
	cd test/bench && $(STATIC) go run ./figures

dashboard: build ## draw what Grafana's dashboard shows of a bad day of two replicas: build/dashboard (2 minutes)
	cd test/monitoring && $(STATIC) KUBENAMES_COREDNS=$(COREDNS) go run ./draw

microbench: ## the Go benchmarks, COUNT (1) times each, and a floor of the machine beside them
	$(STATIC) go test -run '^$$' -bench . -benchmem -count $(COUNT) ./...

benchcmp: ## the same, in turns with those of the commit BASE (origin/main)
	$(STATIC) test/benchcmp.sh $(BASE)

bench-quick: ## try all that bench does in miniature, and look at no figure
	cd test/bench && $(STATIC) go test -count=1 -timeout 20m ./...

image: build ## build the container image IMAGE, saved as build/image.tar
	deploy/image.sh $(IMAGE)

image-test: image ## run the image as a node would (root)
	cd test/build && go test -count=1 -run '^TestImage$$' ./...

clean: ## remove what was built
	rm -rf build
