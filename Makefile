# Everything is set up in .venv and .tox of this folder: nothing of the system's Python is written to.
PYTHON ?= python3
TOX = .venv/bin/tox
# tox looks for other Pythons on the path; those that pyenv installed are not on it by themselves.
export PATH := $(PATH):$(subst $() $(),:,$(wildcard $(HOME)/.pyenv/versions/3.1[1-9].*/bin))

.PHONY: conformance test test-long bench clean

# Judge the embedded store in every supported version. ARGS are those of `conformance run`.
conformance: $(TOX)
	$(TOX) run -q -e conformance -- $(ARGS)

# The tests of our own code, style and types included.
test: $(TOX)
	$(TOX) run -q -e lint,types,tests

# What it costs, beside what others cost; docs/performance.md has the tables. ARGS=quick takes a minute.
bench: $(TOX)
	$(TOX) run -q -e bench -- $(ARGS)

# The tests that take longer than CI should: every broken importer against every requirement.
test-long: $(TOX)
	$(TOX) run -q -e tests -- -m long

$(TOX): pyproject.toml
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check "tox>=4.22"
	touch $(TOX)

clean:
	rm -rf .venv .tox conformance-report
