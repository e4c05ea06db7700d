# Everything is set up in .venv and .tox of this folder: nothing of the system's Python is written to.
PYTHON ?= python3
TOX = .venv/bin/tox
# uv installs into tox's environments (tox-uv), in a tenth of pip's time. It must use the Pythons at hand.
export UV_PYTHON_DOWNLOADS := never
# It must trust the certificates that the system trusts, as pip does: companies inspect traffic with one of their own.
export UV_SYSTEM_CERTS := true
# tox looks for other Pythons on the path; those that pyenv installed are not on it by themselves.
export PATH := $(PATH):$(subst $() $(),:,$(wildcard $(HOME)/.pyenv/versions/3.1[1-9].*/bin))

DEV = .tox/dev/bin
# Tests of pure functions, some thousand in a few seconds.
QUICKEST = $(wildcard tests/test_checks_*.py tests/test_core_*.py tests/test_parsing_*.py) \
	tests/test_architecture.py tests/test_defects.py tests/test_fields.py tests/test_sentences.py

.PHONY: conformance test site dist test-long fuzz mutants bench dev check hooks clean

# Judge the embedded store in every supported version. ARGS are those of `conformance run`. The commands that this
# installs can be called from .venv, too.
conformance: $(TOX)
	@$(TOX) run -q -e conformance -- $(ARGS); status=$$?; \
	ln -sf ../../.tox/conformance/bin/conformance ../../.tox/conformance/bin/mockstore .venv/bin/; exit $$status

# The tests of our own code, style and types included, with the lowest versions and on the other Pythons at hand, too.
# Two of the short environments run at a time: each keeps one core busy. The tests need both cores.
test: $(TOX)
	@$(TOX) run-parallel -q -p 2 --parallel-no-spinner -e lint,types,lowest,smoke-py312,smoke-py313,smoke-py314; \
	status=$$?; $(TOX) run -q -e tests && exit $$status

# sdist and wheel in dist/, checked, and each tried in a clean environment and an empty folder.
dist: $(TOX)
	$(TOX) run -q -e dist

# The documentation as a website, in .tox/site.
site: $(TOX)
	$(TOX) exec -q -e types -- mkdocs build --quiet
	@echo "Open .tox/site/index.html"

# What it costs, beside what others cost; docs/performance.md has the tables. ARGS=quick takes a minute; ARGS=notify
# measures one table; ARGS=ratios compares ratios of CPU times with benchmarks/ratios.toml, as CI does.
bench: $(TOX)
	$(TOX) run -q -e bench -- $(ARGS)

# The tests that take longer than CI should: every broken importer, hostile endpoints, kill -9 during 10,000 notifications.
test-long: $(TOX)
	$(TOX) run -q -e long

# A million damaged inputs to every surface of both programs; failing ones are kept in fuzz-faults/. Exit status 1 if any
# fails. ARGS='--count 10000 --seed 2 --only "REST API"' gives fewer, others, or only those of one surface.
fuzz: $(TOX)
	$(TOX) run -q -e fuzz -- $(ARGS)

# Changes the reference implementation in one place at a time, and judges each of these stores. Exit status 1 if those
# that are not found are not exactly those listed in survivors.toml. ARGS='shipment.pack' judges one function's.
mutants: $(TOX)
	$(TOX) run -q -e mutants -- $(ARGS)

# For contributors: this checkout and every tool, in .tox/dev (`source .tox/dev/bin/activate`).
dev: $(DEV)/pre-commit

# What a change should pass before it is committed: style, types, one version judged, the quickest tests, and the defects
# and variants of the changed files.
check: $(DEV)/pre-commit
	$(DEV)/ruff check .
	$(DEV)/ruff format --check .
	$(DEV)/lint-imports
	$(DEV)/mypy
	$(DEV)/conformance run --store-version 4.3.4 -q --report-dir .tox/dev/report
	$(DEV)/pytest -q -n 2 $(QUICKEST)
	@names=$$($(DEV)/python -m tests.support.changed_behaviours) && \
	if [ -n "$$names" ]; then $(DEV)/conformance selfcheck $$names; fi

# Runs the checks at each `git commit`.
hooks: $(DEV)/pre-commit
	$(DEV)/pre-commit install

$(DEV)/pre-commit: $(TOX)
	$(TOX) run -q -e dev --notest
	touch $@

$(TOX): pyproject.toml
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check "tox>=4.22" "tox-uv>=1.20"
	touch $(TOX)

clean:
	rm -rf .venv .tox conformance-report
