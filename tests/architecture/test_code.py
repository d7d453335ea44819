"""Rules of the code that neither the linter nor import-linter sees."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.code import app_of, layers, may_know, modules, short, tree

BANNED_CALLS = {
    "get_class",
    "get_classes",
    "get_model",
    "import_string",
    "import_module",
    "get_profile_class",
}
#: Where a library is loaded late for the memory it takes (ADR 11).
LATE_LIBRARIES = {"shop/core/pdf.py", "shop/core/pinyin.py", "shop/core/workbooks.py"}
BANNED_FILES = {"utils.py", "helpers.py", "util.py", "helper.py", "common.py", "misc.py"}
MODULE_LINES = 400
FUNCTION_LINES = 50
OWN_PATH = re.compile(r"^shop\.(\w+)(\.\w+)+$")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _functions(path: Path) -> Iterator[tuple[str, Function]]:
    """Return every function with the name of the class around it, if any."""
    for node in ast.walk(tree(path)):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Function):
                yield (node.name + "." if isinstance(node, ast.ClassDef) else "") + child.name, child


def _docstrings(path: Path) -> set[int]:
    nodes = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        id(node.body[0].value)
        for node in ast.walk(tree(path))
        if isinstance(node, nodes) and node.body and isinstance(node.body[0], ast.Expr)
    }


def test_nothing_is_looked_up_by_name_outside_forks() -> None:
    found = [
        f"{short(path)}:{node.lineno}: {name}"
        for path in modules()
        if app_of(path) != "forks" and short(path) not in LATE_LIBRARIES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        for name in [getattr(node.func, "attr", getattr(node.func, "id", ""))]
        if name in BANNED_CALLS
    ]
    assert found == []


def test_no_function_imports() -> None:
    found = [
        f"{short(path)}:{node.lineno}: import inside {name}"
        for path in modules()
        for name, function in _functions(path)
        # Django forbids importing models before AppConfig.ready.
        if not (path.name == "apps.py" and name.endswith(".ready"))
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert found == []


def test_dotted_paths_in_code_point_down() -> None:
    found = []
    for path in modules():
        app, docstrings = app_of(path), _docstrings(path)
        if not app or app == "config":
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                match = OWN_PATH.match(node.value)
                if match and match[1] in layers() and not may_know(app, match[1]):
                    found.append(f"{short(path)}:{node.lineno}: {node.value}")
    assert found == []


def test_no_module_is_a_drawer() -> None:
    # Oscar names the files of a fork.
    found = [short(path) for path in modules() if path.name in BANNED_FILES and app_of(path) != "forks"]
    assert found == []


def test_modules_stay_short() -> None:
    found = {short(path): len(path.read_text().splitlines()) for path in modules()}
    assert {name: lines for name, lines in found.items() if lines > MODULE_LINES} == {}


def test_functions_stay_short() -> None:
    found = [
        f"{short(path)}:{function.lineno}: {name} has {lines} lines"
        for path in modules()
        for name, function in _functions(path)
        for lines in [(function.end_lineno or 0) - function.lineno + 1]
        if lines > FUNCTION_LINES
    ]
    assert found == []


def test_no_receiver_of_signals() -> None:
    found = [
        f"{short(path)}:{node.lineno}"
        for path in modules()
        if app_of(path) not in ("forks",)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and (getattr(node.func, "id", "") == "receiver" or ast.unparse(node.func).endswith("_save.connect"))
    ]
    assert found == []


def test_only_the_clock_reads_the_time() -> None:
    banned = {
        "timezone.now",
        "datetime.now",
        "dt.datetime.now",
        "datetime.datetime.now",
        "date.today",
        "dt.date.today",
    }
    banned |= {"datetime.date.today", "datetime.utcnow", "timezone.localdate"}
    found = [
        f"{short(path)}:{node.lineno}: {ast.unparse(node.func)}"
        for path in modules()
        if short(path) != "shop/core/clock.py"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in banned
    ]
    assert found == []


def test_no_column_fills_itself_with_the_time() -> None:
    found = [
        f"{short(path)}:{node.lineno}"
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.keyword) and node.arg in ("auto_now", "auto_now_add")
    ]
    assert found == []
