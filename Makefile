# `make` lists the commands. `make demo` and `make check` are the two that must always work on a clean clone.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c

export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
# Empty, whatever the environment says (images of containers forbid it): the dozens of processes of the demo and the
# checks would each compile every module again.
export PYTHONDONTWRITEBYTECODE :=
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
RUN := $(UV) run --locked --no-sync

.PHONY: help demo check serve setup setup-check lint types test scenarios browser fuzz mutations tck bench format clean check-debian-postgres

help: ## この一覧
	@grep -E '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | awk -F':.*?## ' '{printf "  make %-14s %s\n", $$1, $$2}'

demo: setup ## すべて用意し、見本の人と案件で動かす（Ctrl+C で終了）
	@exec $(RUN) tetsuzuki demo

check: setup-check lint types test scenarios browser ## 書式・静的検査・型・取込規則・テスト・シナリオ・ブラウザーテスト
	@echo "make check: すべて通りました"

serve: setup ## 本番と同じ構成で動かす
	@exec $(RUN) tetsuzuki serve

setup: .tools/setup ## 実行に要るものだけを入れる
setup-check: .tools/setup .tools/setup-check

.tools/setup: pyproject.toml uv.lock hatch_build.py frontend/package-lock.json frontend/build.mjs $(shell find frontend/src -type f 2>/dev/null) bootstrap.sh
	@./bootstrap.sh runtime
	@touch $@

.tools/setup-check: .tools/setup
	@./bootstrap.sh check
	@touch $@

lint: ## 書式と静的検査
	@$(RUN) ruff format --check .
	$(RUN) ruff check .

types: ## 型（mypy strict）
	@$(RUN) mypy

test: ## 単体・結合テスト（組込み PostgreSQL）
	@$(RUN) pytest -n 2 --dist loadfile tests --ignore=tests/browser

scenarios: ## process_models の全シナリオ
	@$(RUN) tetsuzuki run-scenarios process_models

browser: ## ブラウザーテスト（chromium）
	@$(RUN) pytest tests/browser

check-debian-postgres: setup-check ## データベースのテストを Debian の PostgreSQL と別の時間帯でもう一度
	@TZ=America/New_York ./bootstrap.sh with-debian-postgres $(RUN) pytest tests/engine tests/web tests/faults tests/calendar tests/scenarios

fuzz: setup-check ## 無作為の図と歩き方を各5千組（移動と移行も）、無作為の FEEL と判定表を2分（FUZZ_SECONDS で変えられます）
	@$(RUN) python -m tests.feel.fuzz --seconds $${FUZZ_SECONDS:-120}
	TETSUZUKI_FUZZ=5000 $(RUN) pytest tests/kernel/test_properties.py -k "block_structured or unstructured or legal_place or changes_over or changeover"

mutations: setup-check ## カーネルの小さな書換え400個をテストが見つけるか（MUTATIONS="--seed 2" などで変えられます）
	@$(RUN) python -m tests.mutation.run $${MUTATIONS:-}

tck: setup-check ## DMN TCK（場所は TETSUZUKI_TCK か DMN_TCK_DIR で指定）
	@$(RUN) python -m tests.tck.run

bench: setup-check ## 性能：同じ実行の基準との比
	@for script in bench/*.py; do echo "== $$script"; $(RUN) python $$script; done

format: ## 書式を整える
	@$(RUN) ruff format .
	$(RUN) ruff check --fix .

clean: ## 作ったものを消す（データは残す）
	@rm -rf .venv .tools web/static/dist frontend/node_modules .mypy_cache .ruff_cache .pytest_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
