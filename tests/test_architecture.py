"""The map of the repository, held by reading the imports."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("app", "benchmarks", "datasets", "kan_core", "symbolic")
MAY_IMPORT = {
    "datasets": set(),
    "kan_core": set(),
    "symbolic": {"datasets", "kan_core"},
    "app": {"datasets", "kan_core", "symbolic"},
    "benchmarks": {"app", "datasets", "kan_core", "symbolic"},
}
ONLY_IN = {
    "streamlit": {"app", "benchmarks"},  # measurements speak its protocol
    "plotly": {"app"},
    "distributed": {"app", "benchmarks"},
    "torch": {"kan_core", "symbolic", "app", "benchmarks"},
}
ROOMS = {  # each imports from those before it
    "symbolic": (
        *("formulas", "fitting", "laws", "asked", "surrogates", "stages"),
        *("networks", "units", "small", "hypotheses", "search", "out"),
    ),
    "app": (
        *("workers", "kept", "data", "tasks", "presets", "out", "acts"),
        *("charts", "components", "views", "serving"),
    ),
}
FORBIDDEN_CALLS = {"eval", "exec", "sympify", "parse_expr", "S"}


def python_files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@cache
def nodes(path: Path) -> list[ast.AST]:
    """What matters here of a file, which is read once: its imports and its calls."""
    read = ast.walk(ast.parse(path.read_text()))
    return [node for node in read if isinstance(node, ast.Import | ast.ImportFrom | ast.Call)]


def imported_packages(path: Path) -> set[str]:
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("package", OURS)
def test_imports_between_our_packages_go_one_way(package):
    for path in python_files(package):
        others = (imported_packages(path) & set(OURS)) - {package}
        assert others <= MAY_IMPORT[package], f"{path.relative_to(ROOT)} imports {others - MAY_IMPORT[package]}"


@pytest.mark.parametrize(("package", "room"), [(package, room) for package, rooms in ROOMS.items() for room in rooms])
def test_imports_between_the_rooms_of_a_package_go_one_way(package, room):
    later = ROOMS[package][ROOMS[package].index(room) + 1 :]
    for path in python_files(f"{package}/{room}"):
        for node in nodes(path):
            if not isinstance(node, ast.ImportFrom) or node.level:
                continue
            inside = (
                [f"{node.module}.{alias.name}" for alias in node.names] if node.module == package else [node.module]
            )
            for module in filter(None, inside):
                top, *rooms = module.split(".")
                assert top != package or rooms[0] not in later, f"{path.relative_to(ROOT)} imports {module}"


@pytest.mark.parametrize("package", ROOMS)
def test_every_room_has_its_place(package):
    assert {path.parent.name for path in (ROOT / package).glob("*/__init__.py")} == set(ROOMS[package])


def test_every_room_of_symbolic_has_its_tests():
    assert {path.parent.name for path in (ROOT / "tests/symbolic").glob("*/test_*.py")} == set(ROOMS["symbolic"])


@pytest.mark.parametrize("package", OURS)
def test_heavy_libraries_stay_in_their_rooms(package):
    for path in python_files(package):
        for library in imported_packages(path) & set(ONLY_IN):
            assert package in ONLY_IN[library], f"{path.relative_to(ROOT)} imports {library}"


@pytest.mark.parametrize("package", OURS)
def test_nothing_evaluates_or_unpickles_text(package):
    for path in python_files(package):
        assert not imported_packages(path) & {"pickle", "dill", "joblib", "marshal", "shelve"}, path
        for node in nodes(path):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                assert name not in FORBIDDEN_CALLS, f"{path.relative_to(ROOT)}:{node.lineno} calls {name}"


def test_the_page_and_its_data_do_not_import_torch():
    statements = ("import datasets", "from symbolic import Law", "import app.views.workbench")
    check = "import sys\n" + "\n".join(f"{one}\nassert 'torch' not in sys.modules, {one!r}" for one in statements)
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
