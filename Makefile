# Every target works in a fresh clone; `make help` lists them.
PYTHON ?= python3
UV_COMPILE = .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-header --no-emit-index-url

.DEFAULT_GOAL := help
.PHONY: run demo-history prod-local rolling-restart reset test test-all check bench soak lock css messages help

run: ## open the shop on http://127.0.0.1:8000 (PORT=… DATA_DIR=… to choose others)
	@exec $(PYTHON) scripts/run.py

demo-history: ## two years of orders, statements and closed months for the demonstration (MONTHS=24 ORDERS=60 SEED=…)
	@exec $(PYTHON) scripts/demo_history.py

prod-local: ## the processes of production without Docker (PORT=… DATA_DIR=… CATALOGUE=small)
	@exec $(PYTHON) scripts/prod_local.py

rolling-restart: ## start the processes of a running `make prod-local` again, one after another
	@exec $(PYTHON) scripts/rolling_restart.py

reset: ## delete the shop's data, so that `make run` starts over
	@exec $(PYTHON) scripts/reset.py

test: ## all tests on SQLite, the data and concurrency tests on PostgreSQL, the browser flows
	@exec $(PYTHON) scripts/test.py $(ARGS)

test-all: ## every test on both databases
	@exec $(PYTHON) scripts/test.py --all $(ARGS)

check: ## linters, types, import direction, migrations, translations, deployment settings
	@exec $(PYTHON) scripts/check.py $(ARGS)

bench: ## measure beside stock Oscar and write docs/benchmarks.md (QUICK=1 for three minutes; ONLY=ledger|shops|pages|weight|search|union)
	@exec $(PYTHON) bench/prepare.py

soak: ## half an hour of kills, both engines and the production processes (MINUTES=… SEEDS=… SEED=…)
	@exec $(PYTHON) scripts/soak.py

lock: ## resolve the libraries again; UPGRADE="--upgrade" or "--upgrade-package name" to move versions
	@$(PYTHON) scripts/prepare.py
	$(UV_COMPILE) $(UPGRADE) pyproject.toml -o requirements.lock
	$(UV_COMPILE) $(UPGRADE) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	$(UV_COMPILE) $(UPGRADE) bench/requirements.in -c requirements.lock -o bench/requirements.lock
	echo uv | $(UV_COMPILE) $(UPGRADE) - -o requirements-uv.lock

css: ## compile the style sheet (needs Node 20 or newer)
	npm install --no-save
	npm run css

messages: ## collect the texts to translate and bring the catalogues in order
	@$(PYTHON) scripts/prepare.py
	.venv/bin/python scripts/messages.py --update

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20
