"""The rules of the house that a machine can hold. The arrows between modules stand in pyproject.toml."""

import ast
import re
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted(
    path for app in ("zjj_projects", "projects", "investment") for path in (ROOT / app).rglob("*.py")
    if "migrations" not in path.parts
)  # fmt: skip
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
MODULE_LINES, FUNCTION_LINES = 400, 40

# A whole that would only be hurt by cutting it: its name, and why.
LONG_FUNCTIONS: dict[str, str] = {}

FORBIDDEN_IN_TEMPLATES = {
    "inline script": r"<script(?![^>]*\bsrc=)",
    "inline style": r"<style|\sstyle=",
    "inline handler": r"\son[a-z]+=",
    "script address": r"javascript:",
    "from outside": r"""\b(?:src|action)=["'](?:https?:)?//|<link[^>]*href=["'](?:https?:)?//""",
    "unescaped text": r"\|\s*safe\b|autoescape off",
}


def name(path):
    return str(path.relative_to(ROOT))


def functions(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_the_arrows_between_modules_hold():
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), is_debug_mode=False) == 0


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_is_short_enough_to_be_read_at_once(path):
    assert len(path.read_text().splitlines()) <= MODULE_LINES


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_function_fits_on_a_screen(path):
    lengths = {f"{name(path)}:{node.name}": node.end_lineno - node.lineno + 1 for node in functions(path)}
    assert {who: lines for who, lines in lengths.items() if lines > FUNCTION_LINES and who not in LONG_FUNCTIONS} == {}


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_an_import_inside_a_function_has_its_reason_beside_it(path):
    source = path.read_text().splitlines()
    imports = [
        source[node.lineno - 1].strip()
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert [line for line in imports if "#" not in line] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_a_template_keeps_to_the_content_security_policy(path):
    source = path.read_text()
    assert [what for what, pattern in FORBIDDEN_IN_TEMPLATES.items() if re.search(pattern, source)] == []


def test_there_is_something_to_look_at():
    assert len(MODULES) > 30
    assert TEMPLATES
