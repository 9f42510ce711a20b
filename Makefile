# One entry for each thing a person does. CI calls the same ones.

# Where rustup puts Cargo, for shells that do not know.
export PATH := $(PATH):$(HOME)/.cargo/bin

.DEFAULT_GOAL := help
.PHONY: outages help demo build test model simulate latency chaos soak mutants lint docs audit check-format clippy rules dashboard metrics-reference schemas asyncapi kafka-libs bench bench-micro bench-instructions fuzz flood peers

help: ## list these entries
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## the whole job on this machine: commands in, results and due callbacks out; ends by itself
	@tools/setup.sh demo
	@$(SOON) cargo build --locked --profile demo --bin schedule-callback
	@$(BUILT)/demo/schedule-callback demo

# Where Cargo puts what it builds.
BUILT := $(or $(CARGO_TARGET_DIR),target)
# For a program that runs half a minute: the C libraries without optimisation and debugging information, too.
SOON := CFLAGS="$(CFLAGS) -O0 -g0" CXXFLAGS="$(CXXFLAGS) -O0 -g0"

servers: kafka-libs ## Kafka and PostgreSQL for trying things, on 9092 and 5432 until Ctrl-C (KAFKA_PORT=, POSTGRES_PORT=)
	@cargo build --locked --bin schedule-callback --examples
	@target/debug/examples/servers $(or $(KAFKA_PORT),9092) $(or $(POSTGRES_PORT),5432)

build: ## the program: target/release/schedule-callback
	@tools/setup.sh build
	cargo build --locked --release

dist: ## a release in target/dist: binary archive, .deb, OCI image, SBOM, checksums (TARGET=aarch64-unknown-linux-gnu)
	@TARGET="$(TARGET)" tools/setup.sh dist
	@TARGET="$(TARGET)" tools/dist/dist.sh

dist-check: ## try what `make dist` has made: archive, package and image, each where nothing else is
	@tools/setup.sh demo
	@tools/dist/check.sh

test: setup-page lint kafka-libs python-libs ## everything: lint, unit tests, tests against real servers, three faults of a cluster (installs what is missing, when root)
	SEED=1 RUST_TEST_THREADS=$(TEST_THREADS) cargo test --locked --features failpoints,otlp
	SEED=1 CLUSTER=3 ROUNDS=3 FAULTS=broker-,promote-,partitions- CHAOS_REPORT=target/chaos/cluster \
		cargo test --locked --features failpoints,otlp --test chaos
	@tools/asyncapi/models.sh --if-possible

# Most tests against servers wait for something most of their time: sessions and waits that take as long as they take.
TEST_THREADS := $(shell expr 2 '*' $$(nproc))

model: setup-test ## the protocol's state machine, searched deeper than a test run does: MODEL_STATES=n for each beginning
	PROPTEST_CASES=50000 cargo test --locked $(OPTIMISED) --test model -- --include-ignored --nocapture --test-threads=1

simulate: setup-test ## whole installations under virtual time, faults between any two steps, then a judge: SECONDS=60, or SEEDS=1000, from SEED=1 on
	SIMULATE_SECONDS=$(or $(SECONDS),$(if $(SEEDS),1000000,60)) SIMULATE_SEEDS=$(SEEDS) SIMULATE_SEED=$(SEED) \
		cargo test --locked $(OPTIMISED) --test simulate -- --include-ignored --nocapture

# Only this crate, so that its dependencies need not be built once more.
OPTIMISED := --config 'profile.dev.package.schedule-callback.opt-level=3'

latency: kafka-libs ## how late callbacks fire and how long results take, on real servers: prints medians
	cargo build --locked --release
	cargo run --locked --release --quiet --example latency

flood: kafka-libs ## whether a flood of malformed records slows other commands by more than their share: FLOOD=20000 a second
	cargo build --locked --release
	SCHEDULE_CALLBACK_BIN=target/release/schedule-callback cargo run --locked --quiet --example flood

chaos: kafka-libs ## faults against two instances, then a judge: ROUNDS=20 SEED=1 FAULTS=kill,kafka CLUSTER=3; report: docs/chaos
	cargo build --locked --release
	SCHEDULE_CALLBACK_BIN=target/release/schedule-callback CHAOS_REPORT=docs/chaos$(if $(CLUSTER),/cluster) cargo test --locked --test chaos

soak: kafka-libs ## a cluster under load for hours, a fault every five minutes, an upgrade each hour; what grows? HOURS=2 RATE=500 EVERY=5 SEED=1 OLD=<program>; page: docs/soak
	HOURS=$(or $(HOURS),2) SOAK_REPORT=$(or $(SOAK_REPORT),docs/soak) cargo test --locked --release --test chaos

# A rule of the protocol, and the faults that show when it is broken.
MUTANTS := holds:postgres-stall stable-read:freeze assignment-metadata:freeze store-first:postgres-stall-kill

mutants: kafka-libs ## break rules of the protocol, one by one: the judge of the chaos has to notice each
	@set -e; for mutant in $(MUTANTS); do \
		echo "== $${mutant%%:*}"; \
		SCHEDULE_CALLBACK_MUTANT=$${mutant%%:*} FAULTS=$${mutant##*:} CHAOS_REPORT=target/chaos/$${mutant%%:*} \
			SEED=1 cargo test --locked --quiet --features mutants --test chaos; \
	done

fuzz: ## hostile bytes for all that reads bytes: TARGET=date (all), RUNS=10000000 or SECONDS=60 (60) for each, LENGTH=65536
	@tools/setup.sh build
	@TARGET="$(TARGET)" RUNS="$(RUNS)" SECONDS_EACH="$(SECONDS)" LENGTH="$(LENGTH)" tools/fuzz.sh

lint: setup-test check-format clippy docs audit rules ## format, clippy, documentation, dependencies, alert rules, the AsyncAPI document and the Helm chart, without a warning
	@tools/asyncapi/check.sh --if-possible
	@tools/deployment/chart.sh --if-possible

check-format: setup-test
	cargo fmt --check

clippy: setup-test
	cargo clippy --locked --all-targets --features failpoints,manual,otlp -- -D warnings

configuration: ## write docs/configuration.md anew, from the comments of config/service.toml; and what docs and acls.sh say of topics
	WRITE_CONFIGURATION=1 cargo test --locked --features failpoints --test configuration

page: kafka-libs setup-page ## pictures of the operator's page, from Chromium: target/page; the README's: docs/operator-page.png
	@mkdir -p target/page
	OPERATOR_PAGE=$(CURDIR)/target/page cargo test --locked --features failpoints --test it page::it_shows
	cp target/page/operator-page.png docs/operator-page.png

docs: setup-test ## the documentation of the code: target/doc/schedule_callback
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps --lib --document-private-items

# Known faults (`cargo deny check advisories`) are left out: their database is on GitHub, so they would come and go by
# themselves, and CI needs no network but the package registries.
audit: ## dependencies: licences, bans, sources, whether each is used; numbering plans and time zones: whether they are the newest
	@tools/setup.sh audit
	cargo deny --locked --log-level error check licenses bans sources
	cargo machete
	@tools/newest-data.sh

numbering-plans: setup-test ## write the numbering plans anew from the newest libphonenumber, and compare: CASES=300000 (docs/releasing.md)
	tools/numbering-plans.sh $(CASES)

rules: ## check the alert rules, and what makes them fire, with Prometheus' own tool
	tools/promtool.sh check rules config/prometheus/alerts.yml
	tools/promtool.sh check config config/prometheus/prometheus.yml
	tools/promtool.sh test rules config/prometheus/alerts_test.yml config/prometheus/outages/*.json

outages: kafka-libs ## record anew what the alerts see in real outages, and who is woken when (twenty minutes): OUTAGES="kafka both"
	OUTAGES="$(OUTAGES)" cargo test --locked --features failpoints,otlp --test it -- --ignored --nocapture outages::
	WRITE_REFERENCE=1 cargo test --locked --quiet --features failpoints,otlp --test metrics each_recorded

dashboard: kafka-libs ## ask every query of the dashboard of a real Prometheus that scrapes a running service
	cargo test --locked --features failpoints,otlp --test it dashboard::

metrics-reference: ## write docs/metrics.md anew, and the table of outages in docs/operations.md
	WRITE_REFERENCE=1 cargo test --locked --quiet --features failpoints,otlp --test metrics

contract: ## write the parts of docs/contract.md that come from the code anew
	WRITE_CONTRACT=1 cargo test --locked --quiet --features failpoints,otlp --test contract what_the_page_says

schemas: ## write config/asyncapi.json and config/schemas/ anew
	cargo run --locked --quiet -- schema --into config

asyncapi: kafka-libs ## check config/asyncapi.json with AsyncAPI's own parser, read golden messages with classes generated from it, render it: target/asyncapi
	@tools/setup.sh asyncapi
	@tools/asyncapi/check.sh
	@tools/asyncapi/models.sh
	@cd tools/asyncapi && node render.mjs ../../config/asyncapi.json ../../target/asyncapi/asyncapi.html
	@echo "rendered: target/asyncapi/asyncapi.html"

bench: kafka-libs ## measures the service on real servers (half an hour): docs/benchmarks.md. ONLY="intake burst" for some of it; BENCH_CLUSTER=3 on a cluster: docs/benchmarks-cluster.md
	cargo bench --locked --bench service -- $(ONLY)

peers: ## measures other schedulers on the bench's work: PEERS="graphile-worker river" BURST=100000 PENDING=100000 SECONDS=60
	@PEERS="$(PEERS)" tools/setup.sh peers
	@STEADY_SECONDS="$(SECONDS)" benches/peers/run.sh

bench-micro: setup-test ## measures single steps in one thread. ONLY=phone for some of them
	cargo bench --locked --bench micro -- $(ONLY)

# Symbols, so that what is counted can be named: a build of its own.
bench-instructions: setup-test ## counts the instructions of 10,000 commands and their callbacks (needs valgrind)
	@mkdir -p target/bench
	CARGO_PROFILE_BENCH_STRIP=none CARGO_PROFILE_BENCH_DEBUG=line-tables-only \
	cargo bench --locked --bench instructions --config "target.'cfg(all())'.runner = [ \
	  'valgrind', '--tool=callgrind', '--collect-atstart=no', '--toggle-collect=*counted*', \
	  '--callgrind-out-file=target/bench/instructions.out']"

kafka-libs: setup-test ## the Kafka broker for the tests: target/kafka-libs
	tools/kafka-libs.sh target/kafka-libs

python-libs: setup-test ## what the Python examples need: target/python
	tools/python-libs.sh target/python

producers: kafka-libs ## runs the real libraries of producers in four languages, writes tests/cases/producers anew and says what differs
	@tools/setup.sh producers
	cargo test --locked --features failpoints,otlp --test it -- --ignored --nocapture producers::
	@$(MAKE) --no-print-directory producers-page
	@git --no-pager diff --stat -- tests/cases/producers docs/producers.md

producers-page: setup-test ## write the snippets of docs/producers.md anew, from the programs in tools/producers
	WRITE_PRODUCERS=1 cargo test --locked --quiet --features failpoints,otlp --test producers the_pages_snippets

rolling-upgrade: kafka-libs ## OLD=<commit or program>: replaces its instances by this version's and back, under load
	tools/rolling-upgrade.sh $(OLD)

deployment: ## check config/kubernetes, config/helm, config/systemd and docker-compose.yml, without a cluster, a machine or an engine to run them
	@tools/setup.sh deployment
	tools/deployment/check.sh

.PHONY: contract dist dist-check numbering-plans setup-test setup-page configuration page servers python-libs producers producers-page rolling-upgrade deployment
setup-test:
	@tools/setup.sh test

setup-page:
	@tools/setup.sh page
