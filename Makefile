# The menu. `make demo` and `make test` need Rust, a C compiler and make, nothing else.
.DEFAULT_GOAL := help
.PHONY: help demo live test storm fuzz bench lint pure audit spelling check-template handlers package test-deploy deploy tools-sam tools-lint tools-lambda tools-ministack tools-fuzz

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

demo: ## a real initial sync of 2,000 people, then changes in real time, against simulated services on this machine
	@cargo run --quiet --package entra-zenqms -- demo

live: ## both directories side by side on a page of this machine (port 8787), until Ctrl-C
	@cargo run --quiet --package entra-zenqms -- live

test: ## all tests
	cargo test --workspace

SEEDS ?= 1
storm: ## whole days of trouble for a thousand people, by seed: SEEDS=17 or SEEDS=1..4 (minutes each)
	STORM_SEEDS=$(SEEDS) cargo test --package integration-tests -- --ignored --nocapture storm::whole

# Without a sanitizer, whose flags only a nightly compiler takes; ours forbids unsafe code anyway. What handlers are built with
# (one unit, optimised across all crates, for size) would make the build long and the search slow.
FUZZ = CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=2 CARGO_PROFILE_RELEASE_STRIP=none \
	PATH="$(CURDIR)/.tools/fuzz/bin:$$PATH" cargo fuzz
FUZZED = --fuzz-dir tests/fuzz --target-dir target/fuzz --sanitizer none --codegen-units 16 --features engine
RUNS ?= 400000
SEED ?= 1
fuzz: tools-fuzz ## strangers' bytes, led by coverage: RUNS=400000 inputs for each way in, SEED=1 (needs a C++ compiler; installs cargo-fuzz below .tools)
	@$(FUZZ) build $(FUZZED)
	@for target in delivery query work; do \
		mkdir -p target/fuzz/found/$$target tests/fuzz/artifacts/$$target; log=target/fuzz/$$target.log; \
		$(FUZZ) run $(FUZZED) $$target target/fuzz/found/$$target tests/fuzz/seeds/$$target tests/fuzz/artifacts/$$target -- \
			-runs=$(RUNS) -seed=$(SEED) -max_len=20000 -dict=tests/fuzz/words.dict -print_funcs=0 >$$log 2>&1 \
			|| { tail -n 60 $$log; exit 1; }; \
		sed -nE "s/^#([0-9]+)[[:space:]]+DONE +cov: ([0-9]+).* corp: ([0-9]+).*/$$target: \1 inputs, \2 places in the code reached, \3 inputs kept/p" $$log | grep . || exit 1; \
	done

bench: ## calls and memory, each beside its floor (release build; some minutes)
	cargo run --release --package entra-zenqms -- bench

lint: ## format and clippy, warnings denied
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

pure: ## the core without its I/O feature: proves that planning needs neither network nor AWS
	cargo check --package sync-core --no-default-features

audit: ## licences, banned crates, sources (installs cargo-deny below .tools)
	@test -x .tools/bin/cargo-deny || cargo install --locked --quiet --root .tools cargo-deny@0.20.2
	.tools/bin/cargo-deny --workspace check bans licenses sources

spelling: ## typos (installs the typos wheel below .tools)
	@test -x .tools/typos/bin/typos || { python3 -m venv .tools/typos && .tools/typos/bin/pip install --quiet typos==1.52.0; }
	.tools/typos/bin/typos

# SAM reads the region even where it asks AWS nothing.
SAM = SAM_CLI_TELEMETRY=0 PATH="$(CURDIR)/.tools/lambda/bin:$$PATH" .tools/sam/bin/sam

check-template: tools-sam tools-lint ## the template and what SAM makes of it, for each choice of parameters (installs SAM and cfn-lint below .tools)
	@AWS_DEFAULT_REGION=eu-central-1 $(SAM) validate --lint
	@.tools/lint/bin/python infra/check.py

HANDLERS = notification-intake user-flow group-flow initial-sync subscription-keeper cleanup
handlers: tools-lambda ## the six functions for this machine, into target/lambda, where `make bench` looks for them
	PATH="$(CURDIR)/.tools/lambda/bin:$$PATH" cargo lambda build --release $(HANDLERS:%=--bin %)

ARCHITECTURE ?= arm64
package: tools-sam tools-lambda ## builds the stack for AWS: ARCHITECTURE=arm64 or x86_64 (installs SAM and cargo-lambda below .tools)
	$(SAM) build --parameter-overrides Architecture=$(ARCHITECTURE)

test-deploy: tools-sam tools-lambda tools-ministack ## deploys the template to an emulator of AWS on this machine, tries it, and removes it (installs ministack below .tools)
	cargo build --quiet --package entra-zenqms
	cargo run --quiet --package deployment-test

deploy: tools-sam ## deploys what `make package` has built, asking for the parameters (needs credentials for AWS)
	$(SAM) deploy --guided

tools-sam:
	@test -x .tools/sam/bin/sam || { python3 -m venv .tools/sam && .tools/sam/bin/pip install --quiet aws-sam-cli==1.170.0; }

tools-lint:
	@test -x .tools/lint/bin/cfn-lint || { python3 -m venv .tools/lint && .tools/lint/bin/pip install --quiet cfn-lint==1.58.0 aws-sam-translator==1.115.0; }

tools-ministack:
	@test -x .tools/ministack/bin/ministack || { python3 -m venv .tools/ministack && .tools/ministack/bin/pip install --quiet ministack==1.5.33 'aws-sam-translator>=1.90' cryptography; }

tools-lambda:
	@test -x .tools/lambda/bin/cargo-lambda || { python3 -m venv .tools/lambda && .tools/lambda/bin/pip install --quiet cargo-lambda==1.9.2 ziglang==0.17.1; }

tools-fuzz:
	@test -x .tools/fuzz/bin/cargo-fuzz || cargo install --locked --quiet --root .tools/fuzz cargo-fuzz@0.13.2
