# Two commands: `make run` and `make test`. Everything else is for those who work on Homeward.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
HOMEWARD_DATA ?= var
export HOMEWARD_DATA

STATIC_SOURCES := $(shell find theme/static graphql/homeward_api/static -type f 2>/dev/null)

.PHONY: run test lint lock vendor snapshot clean

run: $(VENV)/.run $(HOMEWARD_DATA)/static/staticfiles.json
	@exec $(BIN)/python manage.py serve --prepare

test: $(VENV)/.test
	@$(BIN)/python tests/run.py

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
		{ echo "Python 3.11 is needed; set PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

$(HOMEWARD_DATA)/static/staticfiles.json: $(VENV)/.run $(STATIC_SOURCES)
	@$(BIN)/python manage.py collectstatic --noinput --verbosity 0
	@touch $@

lint: $(VENV)/.test
	@$(BIN)/python tests/run.py --only-checks

lock: $(VENV)/.test
	$(BIN)/uv pip compile --python-version 3.11 --generate-hashes --quiet requirements.in -o requirements.txt
	$(BIN)/uv pip compile --python-version 3.11 --generate-hashes --quiet requirements-dev.in -o requirements-dev.txt

snapshot: $(VENV)/.run
	$(BIN)/python manage.py graphql_snapshot

# Leaflet, Geoman and govuk-frontend are committed under theme/static/vendor; this refreshes them
# from npm (a developer's tool). Their last lines name source maps that are not kept, so those are
# left off. The crown's crest and its font belong to GOV.UK alone: they are taken out.
LEAFLET := theme/static/vendor/leaflet
GEOMAN := theme/static/vendor/geoman
GOVUK := theme/static/vendor/govuk-frontend
vendor:
	npm pack --silent leaflet@1.9.4
	tar -xzf leaflet-1.9.4.tgz package/dist package/LICENSE
	grep -v '^//# sourceMappingURL' package/dist/leaflet.js > $(LEAFLET)/leaflet.js
	cp package/dist/leaflet.css package/LICENSE $(LEAFLET)/
	cp package/dist/images/*.png $(LEAFLET)/images/
	rm -rf package leaflet-1.9.4.tgz
	npm pack --silent @geoman-io/leaflet-geoman-free@2.20.2
	tar -xzf geoman-io-leaflet-geoman-free-2.20.2.tgz package/dist package/LICENSE
	grep -v '^//# sourceMappingURL' package/dist/leaflet-geoman.min.js > $(GEOMAN)/leaflet-geoman.js
	grep -v '^/[*]# sourceMappingURL' package/dist/leaflet-geoman.css > $(GEOMAN)/leaflet-geoman.css
	cp package/LICENSE $(GEOMAN)/
	rm -rf package geoman-io-leaflet-geoman-free-2.20.2.tgz
	npm pack --silent govuk-frontend@6.6.0
	tar -xzf govuk-frontend-6.6.0.tgz package/dist/govuk/govuk-frontend.min.css
	sed -E -e 's#/[*]! Copyright \(c\) 2011 [^*]*[*]/##' -e 's#@font-face\{[^}]*\}##g' \
		-e 's#GDS Transport,arial,sans-serif#system-ui,"Segoe UI",arial,sans-serif#g' \
		-e 's#url\(/assets/images/govuk-crest.svg\)#none#g' -e '/^\/[*]# sourceMappingURL/d' \
		package/dist/govuk/govuk-frontend.min.css > $(GOVUK)/govuk-frontend.css
	rm -rf package govuk-frontend-6.6.0.tgz

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
