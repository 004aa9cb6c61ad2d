.PHONY: test
test: ## All tests.
	cargo test --release
