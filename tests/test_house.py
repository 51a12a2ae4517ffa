"""The house keeps its own rules."""

import ast
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_socket import SocketConnectBlockedError

ROOT = Path(__file__).parent.parent
SOURCES = sorted(p for top in ("bot", "tools") for p in (ROOT / top).rglob("*.py"))
HEAVY = {
    "duckdb",
    "slack_bolt",
    "slack_sdk",
    "langchain",
    "langchain_core",
    "openai",
    "boto3",
    "google",
    "sqlalchemy",
    "vl_convert",
    "flask",
    "rich",
    "pydantic",
}
MODEL_LIBRARIES = {"langchain", "langchain_core", "langchain_openai", "langgraph", "openai"}


def loaded_by(code: str, *, home: Path) -> set[str]:
    """Top-level packages a fresh interpreter holds after running `code`."""
    report = "import sys; print('LOADED', *sorted({m.partition('.')[0] for m in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PURSER_HOME": str(home), "PATH": "/usr/bin:/bin"},
        timeout=60,
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("LOADED"))
    return set(line.split()[1:])


def own_lines(function: ast.FunctionDef) -> int:
    """How long a function is without its docstring and the functions defined in it."""
    inner = [n for n in ast.walk(function) if isinstance(n, ast.FunctionDef) and n is not function]
    first = function.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    left_out = [*inner, first] if is_docstring else inner
    nested = sum((node.end_lineno or 0) - node.lineno + 1 for node in left_out)
    return (function.end_lineno or 0) - function.lineno + 1 - nested


def test_no_socket_leads_out_of_this_machine():
    with socket.socket() as s, pytest.raises(SocketConnectBlockedError):
        s.connect(("192.0.2.1", 80))


def test_importing_the_tools_is_light(tmp_path):
    assert not loaded_by("import tools, tools.registry", home=tmp_path) & HEAVY


def test_the_command_line_itself_is_light(tmp_path):
    assert not loaded_by("from bot.__main__ import parser; parser()", home=tmp_path) & HEAVY


def test_a_cost_command_loads_neither_a_model_library_nor_slack(tmp_path):
    code = "from bot.__main__ import main; main(['cost', 'last 30d by team', '--json'])"
    loaded = loaded_by(code, home=tmp_path)
    assert "duckdb" in loaded
    assert not loaded & (MODEL_LIBRARIES | {"slack_bolt", "slack_sdk", "sqlalchemy", "boto3"})


def test_serving_slack_loads_no_model_library(tmp_path):
    loaded = loaded_by("import bot.slack_app, bot.app, bot.router", home=tmp_path)
    assert "slack_bolt" in loaded
    assert not loaded & MODEL_LIBRARIES


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_stay_under_400_lines_and_functions_under_40(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") < 400
    functions = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef)]
    assert not [function.name for function in functions if own_lines(function) > 40]


def test_nothing_committed_names_a_registry():
    hosts = ("pypi." + "org", "pythonhosted." + "org", "npmjs." + "org")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.suffix in {".png", ".parquet", ".gz"} or not path.is_file():
            continue
        content = path.read_text(encoding="utf-8", errors="replace")
        assert not [host for host in hosts if host in content], name
