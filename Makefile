# make demo · make test · make run · make client: nothing else to remember.
SHELL := /bin/bash
SWIFT_FLAGS := --explicit-target-dependency-import-check error

.PHONY: demo test build lint run client

demo: ## Everything once: build, server, client, the manager's view.
	scripts/bootstrap --demo
	swift build $(SWIFT_FLAGS)
	scripts/demo

test: ## What a change must pass: build with warnings as errors, lint, all tests.
	scripts/bootstrap --test
	swift build --build-tests $(SWIFT_FLAGS)
	swift format lint --strict --recursive Sources Tests Package.swift
	swift test --skip-build

build:
	scripts/bootstrap
	swift build $(SWIFT_FLAGS)

run: build ## The server on the local data and uploads folders.
	@exec .build/debug/TrackerServer

client: build ## The terminal client.
	@exec .build/debug/TrackerTUI
