# A thin front: every target installs what it lacks, configures a preset and hands over to cmake and ctest.
# `make` lists the targets. On systems without apt: `make DEPENDENCIES=: <target>` once the packages are there.

DEPENDENCIES ?= etc/install-dependencies.sh
JOBS         ?= $(shell nproc)
FUZZ_SECONDS ?= 60
ASAN_TARGETS ?= all
ASAN_EXCLUDE ?= ^nothing$$
POWER_CUTS   ?= 100000
RUN_ARGS     ?=
BENCH_ARGS   ?=
CYCLES       ?= 1000
CRASH_ARGS   ?=
PREFIX       ?= /usr/local
SYSCONFDIR   ?= $(if $(filter /usr,$(PREFIX)),/etc,etc)
DESTDIR      ?=

# The test programs with more than one thread, labelled `threads`.
THREADED = integration_broker integration_durable integration_hooks unit_nanolib_base unit_nanolib_cache unit_nanolib_route unit_nanolib_subscription unit_nanomq_durable_writer \
  unit_nanomq_admin unit_nanomq_http unit_nanomq_webhook unit_nanonng_net unit_nanonng_net_tls unit_nanonng_sdk unit_nanonng_sdk_c

CTEST = ctest --output-on-failure --no-tests=error -j $(JOBS)

.DEFAULT_GOAL := help
.PHONY: help run build test size bench power-test asan tsan fuzz format tidy install clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-10s %s\n", $$1, $$2 }'

run: build ## build, then start the broker on 127.0.0.1:1883 with its store in build/store (RUN_ARGS='…' for more options)
	@exec build/release/nanomq broker start --set store.dir=build/store $(RUN_ARGS)

build: ## the program, optimised: build/release/nanomq
	@$(DEPENDENCIES) build
	cmake --preset release
	cmake --build --preset release -j $(JOBS) --target nanomq

test: ## build everything for development and run every test
	@$(DEPENDENCIES) test
	cmake --preset dev
	cmake --build --preset dev -j $(JOBS)
	$(CTEST) --test-dir build/dev

size: build ## what the stripped program weighs, and that the libraries pull in neither iostream nor locale
	cmake --preset minsize
	cmake --build --preset minsize -j $(JOBS) --target nanomq
	@etc/report-size.sh build/release build/minsize

bench: ## build the benchmarks and run them, beside peers that are installed (BENCH_ARGS='…')
	@$(DEPENDENCIES) bench
	cmake --preset release -DNANOMQ_BENCH=ON
	cmake --build --preset release -j $(JOBS)
	@find build/release/bench/micro -maxdepth 1 -type f -executable 2>/dev/null | sort | while read -r micro; do "$$micro" || exit 1; done
	build/release/bench/macro/nanomq_bench_macro --nanomq build/release/nanomq $(BENCH_ARGS)
	build/release/bench/sdk/nanomq_bench_sdk

power-test: ## POWER_CUTS (100000) simulated power cuts of the store, also while it recovers
	@$(DEPENDENCIES) test
	cmake --preset dev
	cmake --build --preset dev -j $(JOBS) --target nanomq_power_cut
	build/dev/tests/crash/power_cut/nanomq_power_cut --points $(POWER_CUTS)

crash-test: ## kill the broker CYCLES (1000) times under load and check what it had promised (CRASH_ARGS='…')
	@$(DEPENDENCIES) test
	cmake --preset release -DNANOMQ_BENCH=ON
	cmake --build --preset release -j $(JOBS) --target nanomq nanomq_crash_test
	NANOMQ_CRASH_NANOMQ=build/release/nanomq build/release/tests/crash/nanomq_crash_test --cycles $(CYCLES) --verbose $(CRASH_ARGS)

asan: ## every test with AddressSanitizer and UndefinedBehaviorSanitizer (ASAN_TARGETS='…': of these programs)
	@$(DEPENDENCIES) test
	cmake --preset asan
	cmake --build --preset asan -j $(JOBS) --target $(ASAN_TARGETS)
	$(CTEST) --test-dir build/asan -E "$(ASAN_EXCLUDE)"

tsan: ## the tests of what runs in several threads, with ThreadSanitizer
	@$(DEPENDENCIES) test
	cmake --preset tsan
	cmake --build --preset tsan -j $(JOBS) --target $(THREADED)
	$(CTEST) --test-dir build/tsan -L threads

fuzz: ## run each fuzz target for its share of FUZZ_SECONDS (60)
	@$(DEPENDENCIES) dev
	cmake --preset fuzz
	cmake --build --preset fuzz -j $(JOBS)
	@etc/run-fuzzers.sh build/fuzz/fuzz fuzz/corpus $(FUZZ_SECONDS)

format: ## lay the sources out as .clang-format says
	@$(DEPENDENCIES) dev
	git ls-files '*.cpp' '*.hpp' '*.h' | xargs -r clang-format-19 -i

tidy: ## clang-tidy over every source file
	@$(DEPENDENCIES) dev
	cmake --preset tidy
	cmake --build --preset tidy -j $(JOBS)

install: build ## install the program and the client libraries under $(DESTDIR)$(PREFIX)
	cmake --preset release -DCMAKE_INSTALL_PREFIX:PATH="$(PREFIX)" -DCMAKE_INSTALL_SYSCONFDIR:STRING="$(SYSCONFDIR)"
	cmake --build --preset release -j $(JOBS) --target nanonng_package
	DESTDIR="$(DESTDIR)" cmake --install build/release --strip --prefix "$(PREFIX)"

clean: ## remove everything that was built
	rm -rf build
