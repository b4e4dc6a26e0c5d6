# Two commands matter: `make run` and `make test`. Plain `make` lists them all.
# Settings are environment variables; `make run PORT=8001` sets one as well.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
NO_INDEX = { echo '安装失败。若是连不上软件源，可换一个镜像再试，例如：'; \
	echo '  PIP_INDEX_URL=https://pypi.tuna.tsinghua.edu.cn/simple make $(MAKECMDGOALS)'; exit 1; }

.DEFAULT_GOAL := help
.PHONY: help run test check bench format clean

help:
	@echo '张家界重点项目管理'
	@echo
	@echo '  make run     运行网站：自动准备环境、数据库与 2018 年数据，按 Ctrl-C 全部停止'
	@echo '  make test    运行全部测试：同时用 SQLite 和 PostgreSQL，含真实队列与浏览器'
	@echo '  make check   检查格式、写法、类型、模板、迁移、部署设置与模块结构'
	@echo '  make bench   在 PostgreSQL 上测量计算和页面的速度，直到一百万个项目'
	@echo '  make format  整理代码格式'
	@echo '  make clean   删除虚拟环境与各种缓存；数据（var/）保留'
	@echo
	@echo '常用设置：PORT=8000  BIND=127.0.0.1  DATA_DIR=var  DATABASE_URL=postgres://…  DEMO_PASSWORD=…'

run: $(VENV)/installed
	@folder="$${DATA_DIR:-var}"; { mkdir -p "$$folder" && test -w "$$folder"; } 2>/dev/null \
		|| { echo "数据文件夹 $$folder 不能写入：请改权限，或用 DATA_DIR 另指一个。"; exit 1; }
	@exec $(BIN)/python manage.py run_site

test: $(VENV)/installed-dev
	@exec tests/run_tests

check: $(VENV)/installed-dev
	@echo '—— 代码格式'; $(BIN)/ruff format --check .
	@echo '—— 代码写法'; $(BIN)/ruff check .
	@echo '—— 类型'; $(BIN)/mypy
	@echo '—— 模板'; $(BIN)/djlint --check --lint templates
	@echo '—— 迁移与模型一致'; $(BIN)/python manage.py makemigrations --check --dry-run
	@echo '—— 部署设置'; HTTPS=true $(BIN)/python manage.py check --deploy --fail-level WARNING
	@echo '—— 模块结构'; $(BIN)/lint-imports

bench: $(VENV)/installed-dev
	@for what in pages periods progress; do \
		$(BIN)/python tests/postgres.py -c shared_buffers=4GB -c work_mem=256MB -c max_wal_size=8GB -c fsync=off \
			$(BIN)/python -m tests.benchmarks.bench_$$what || exit 1; \
	done

format: $(VENV)/installed-dev
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

clean:
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@echo '已清理。'

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo '没有找到 $(PYTHON)：请先安装 Python 3.11 或更高版本。'; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "需要 Python 3.11 或更高版本，现在是 $$($(PYTHON) -V)。可用 make PYTHON=python3.11 … 指定。"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
		|| { echo '缺少 Python 的 venv 模块。Debian、Ubuntu 请运行：apt-get install python3-venv'; exit 1; }
	@echo '准备虚拟环境 $(VENV)'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# The stamps say that these very requirements are installed; a newer requirements file makes them stale.
$(VENV)/installed: requirements.txt | $(BIN)/python
	@echo '安装运行所需的软件包'
	@$(PIP) -r requirements.txt || $(NO_INDEX)
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	@echo '安装开发和测试所需的软件包'
	@$(PIP) -r requirements-dev.txt || $(NO_INDEX)
	@touch $@
