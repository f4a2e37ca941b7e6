# `make` prints the targets: their texts stand behind `##`, the headings behind `##@`.
.DEFAULT_GOAL := help
SHELL := /bin/bash
SWIFT_FLAGS := --explicit-target-dependency-import-check error

ROUNDS := 500
SEED := $(shell date +%s)
SECONDS := 60

.PHONY: help demo pictures test crash fuzz fuzz-sanitized test-threads bench bench-capture build release release-client run client

help:
	@awk -F ':.*## ' ' \
	  /^##@/ { print "\n" substr($$0, 5) } \
	  /^[a-z-]+:.*## / { \
	    line = sprintf("  %-15s", $$1); \
	    count = split($$2, words, " "); \
	    for (i = 1; i <= count; i++) { \
	      if (length(line " " words[i]) > 79) { print line; line = sprintf("%17s", "") } \
	      line = line " " words[i] \
	    } \
	    print line \
	  }' $(firstword $(MAKEFILE_LIST))

##@ To see it, and to change it
demo: ## Everything once: build, server, client, the manager's view.
	scripts/bootstrap --demo
	swift build $(SWIFT_FLAGS)
	scripts/demo

# Two tests at a time for each processor: much of their time they wait for displays, terminals, browsers and servers. All at
# once, those who answer would be too slow. A Swift that can't be told how many (before 6.3) runs one after the other.
WIDTH := --experimental-maximum-parallelization-width

test: ## What a change must pass: build with warnings as errors, lint, all tests.
	scripts/bootstrap --test
	swift build --build-tests $(SWIFT_FLAGS)
	swift format lint --strict --recursive Sources Tests Benchmarks Package.swift
	swift test --skip-build \
	  $$(swift test --help-hidden | grep -q -e $(WIDTH) && echo $(WIDTH) $$((2 * $$(nproc))) || echo --no-parallel)

##@ Every day
build:
	scripts/bootstrap
	swift build $(SWIFT_FLAGS)

# Git has made the folders open to everybody.
run: build ## The server, on http://localhost:4000 and the local folders data and uploads.
	@chmod -f o= data uploads || true
	@exec .build/debug/TrackerServer

client: build ## The terminal client.
	@exec .build/debug/TrackerTUI

pictures: release ## The pictures of docs/web.md anew, of a company that does not exist.
	scripts/peers
	.build/peers/venv/bin/python scripts/pictures

##@ To check at length what the programs promise
crash: ## kill -9 at ROUNDS random instants; nothing that was acknowledged may be lost. SEED repeats a run.
	scripts/bootstrap --test
	swift build --build-tests $(SWIFT_FLAGS)
	CRASH_ROUNDS=$(ROUNDS) CRASH_SEED=$(SEED) stdbuf -oL \
	  swift test --skip-build --filter CrashTests/nothingThatWasAcknowledgedIsLost

fuzz: ## SECONDS each of broken packets, random pictures and state files for all that reads them. SEED repeats a run.
	scripts/bootstrap --test
	swift build --build-tests $(SWIFT_FLAGS)
	FUZZ_SECONDS=$(SECONDS) FUZZ_SEED=$(SEED) swift test --skip-build --filter ProtocolFuzzTests --filter SocketFuzzTests \
	  --filter PNGFuzzTests --filter StateFuzzTests --filter HTTPDateFuzzTests

# runtime.o tells the sanitizer of what it does not see in Swift's libraries.
THREADED := JSON PNG Pictures Files Settings Shared SocketIO SocketIOServer SocketIOClient TrackerServer
test-threads: ## The tests of the libraries and of the server under the thread sanitizer.
	scripts/bootstrap --test
	mkdir -p .build/threads
	clang -O1 -c -o .build/threads/runtime.o Tests/Sanitizer/runtime.c
	swift test --scratch-path .build/threads --sanitize thread -Xlinker $(CURDIR)/.build/threads/runtime.o $(SWIFT_FLAGS) \
	  --no-parallel $(foreach target,$(THREADED),--filter '^$(target)Tests\.')

# Leaks are left out: the runtime's own, of a few bytes, would count as failures.
fuzz-sanitized: ## SECONDS of random pictures for the encoder, which works without bounds checks, under the address sanitizer.
	scripts/bootstrap --test
	ASAN_OPTIONS=detect_leaks=0 FUZZ_SECONDS=$(SECONDS) FUZZ_SEED=$(SEED) \
	  swift test --scratch-path .build/sanitized --sanitize address $(SWIFT_FLAGS) --filter PNGFuzzTests --filter StateFuzzTests

bench: ## The server's speed and size against their targets. ARGS="--only heartbeats" for some rows.
	scripts/bootstrap --bench
	swift build -c release --product TrackerServer $(SWIFT_FLAGS)
	swift build -c release --product DownscaleBenchmark $(SWIFT_FLAGS)
	python3 Benchmarks/bench.py $(ARGS)

bench-capture: release-client ## What a capture costs against scrot, maim, python-mss and import. ARGS="--only browser" for some screens.
	scripts/bootstrap --bench
	swift build -c release --product EncodeBenchmark $(SWIFT_FLAGS) $(RELEASE_FLAGS)
	swift build -c release --product CaptureBenchmark $(SWIFT_FLAGS) $(RELEASE_FLAGS)
	python3 Benchmarks/capture.py $(ARGS)

##@ To give to other machines
# A process that takes one picture would spend more time on loading its libraries than on the picture. So all but libc and
# libm are inside, found where a folder of links to their archives comes first; the program has a fixed address, which spares
# 112,000 relocations, and does not offer its symbols to its libraries, which would look for theirs among them. X11's are the
# exception: the extensions that are loaded at run time must find the program's own Xlib, not a second one, which would not
# know its connections. Swift has the linker hide what comes from archives, so they are made one object.
ARCHIVES := .build/archives
STATIC_FLAGS := --static-swift-stdlib --disable-local-rpath -Xlinker --no-export-dynamic -Xlinker --strip-debug \
  $(foreach flag,-no-pie -static-libgcc -L$(CURDIR)/$(ARCHIVES),-Xswiftc -Xclang-linker -Xswiftc $(flag))
RELEASE_FLAGS := $(STATIC_FLAGS) -Xlinker $(ARCHIVES)/x11.o -Xlinker --dynamic-list=$(ARCHIVES)/exported
archives = $(foreach name,$(1),"$$(clang -print-file-name=lib$(name).a)")

release: release-client ## Both programs as single files that need no Swift: .build/release/TrackerServer and TrackerTUI.
	ln -sf $(call archives,png16) $(ARCHIVES)
	swift build -c release --product TrackerServer $(SWIFT_FLAGS) $(STATIC_FLAGS)

release-client:
	scripts/bootstrap
	mkdir -p $(ARCHIVES)
	ln -sf $(call archives,stdc++ z ncursesw tinfo) $(ARCHIVES)
	ld -r -o $(ARCHIVES)/x11.o --whole-archive $(call archives,X11 Xext Xss) --no-whole-archive $(call archives,xcb Xau Xdmcp)
	objcopy --localize-hidden $(ARCHIVES)/x11.o
	for name in X11 Xext Xss; do rm -f $(ARCHIVES)/lib$$name.a; ar qc $(ARCHIVES)/lib$$name.a; done
	echo "{ X*; _X*; };" > $(ARCHIVES)/exported
	swift build -c release --product TrackerTUI $(SWIFT_FLAGS) $(RELEASE_FLAGS)
