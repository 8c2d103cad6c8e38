# The two commands for a newcomer are `make demo` and `make test`. Everything else is Meson's: see HACKING.md.
BUILD ?= build

.PHONY: all build demo test test-long test-fresh bench install lint format clean

all: build

build:          ## build/sector0, build/sector0-bench, build/firmware/*.elf
	@tools/setup.sh build
	@tools/configure.sh $(BUILD) -Dbuildtype=release -Doptimization=2 -Dtests=disabled
	@ninja -C $(BUILD) --quiet

demo: build     ## flash a virtual board and watch it run
	@tools/demo.sh $(BUILD)

test:           ## lint, then every test in one sanitized build
	@tools/setup.sh test
	@tools/test.sh

test-long: test ## valgrind, clang, fuzzing, allocation failures
	@tools/setup.sh long
	@tools/test-long.sh

test-fresh:     ## the README's two commands inside a minimal Debian
	@tools/setup.sh fresh
	@tools/test-fresh.sh

bench:          ## measure: virtual time, link time, transfers, wall time, memory
	@tools/setup.sh test
	@tools/setup.sh bench
	@tools/configure.sh build-bench -Dbuildtype=release -Doptimization=2 -Dtests=enabled
	@ninja -C build-bench --quiet
	@tools/bench.py build-bench

install: build
	@ninja -C $(BUILD) --quiet install
	@packaging/installed.sh $(BUILD)

lint:           ## warnings of gcc and clang, clang-format, who may include whom
	@tools/setup.sh test
	@tools/lint.sh

format:
	@git ls-files -z '*.c' '*.h' | xargs -0 clang-format -i

clean:
	rm -rf build build-*
