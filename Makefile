.DEFAULT_GOAL := help
.PHONY: help run test fault load media check schemas queries bench

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

run: ## start Stele with demo data
	scripts/install-postgres
	cargo run --bin stele -- demo

test: ## run every test on a PostgreSQL of its own
	scripts/install-postgres
	scripts/with-consumers scripts/with-issuer scripts/with-postgres cargo test --workspace --exclude 'stele-bench*'
	scripts/with-consumers cargo test -p stele-publish --features s3 --test s3

fault: ## kill servers, PostgreSQL and workers under load, in 100 seeded runs
	scripts/install-postgres
	STELE_FAULT_RUNS=100 cargo test --workspace --exclude 'stele-bench*' --test fault -- --nocapture

load: ## let many annotators work at one server, and print how long their calls take
	scripts/install-postgres
	STELE_LOAD_ANNOTATORS=$${STELE_LOAD_ANNOTATORS:-64} STELE_LOAD_TASKS=$${STELE_LOAD_TASKS:-3000} \
		cargo test --release --workspace --exclude 'stele-bench*' --test load -- --nocapture

media: ## send a film of 2 GiB to a server, read it, and print what memory that takes
	scripts/install-postgres
	STELE_MEDIA_BYTES=2147483648 cargo test --workspace --exclude 'stele-bench*' --test media -- --nocapture large_film

check: ## check formatting, lints, generated files, licences and the database's catalogue
	scripts/install-postgres
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	scripts/with-postgres cargo test --workspace --exclude 'stele-bench*' --test schemas --test licences --test catalogue

schemas: ## regenerate schemas/
	cargo run --bin stele -- schema --out schemas

queries: ## regenerate .sqlx/, the checked queries' offline data
	scripts/prepare-queries

bench: ## run the benchmarks: of appends, of views, of exports and of statistics
	scripts/bench appends
	scripts/bench views
	scripts/bench-exports
	scripts/bench-statistics
