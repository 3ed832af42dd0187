"""The shape of the house: sizes, docstrings, the direction of imports; tests, templates and package match the code.

A rule that a file has a good reason to break gets a row in a table here, with the reason.
"""

import ast
import re
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdeskd import __version__

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "helpdeskd"
CORE = ("domain", "triage", "policy")

FUNCTION_LINES = 40
MEDIAN_LINES = 10
FILE_LINES = 300
NESTING = 3
DOCSTRING_LINES = 15
LARGE_MODULE = 100
LARGE_MODULE_DOCSTRING = 3

PLACES_NAMED_ON_PURPOSE = {
    ("docs/security.md", "/root"): "it tells what the unit hides from the daemon",
    ("systemd/helpdeskd.service", "/root"): "the unit hides it from the daemon",
    ("tests/test_structure.py", "/root"): "this table",
}

Function = ast.FunctionDef | ast.AsyncFunctionDef
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
HERE = re.compile(r"(?<![\w.~-])/(?:work|root|home|tmp|Users)(?![\w-])")


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def sources(folder: Path = PACKAGE) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def functions() -> Iterator[tuple[str, Function]]:
    for file in sources():
        for node in ast.walk(tree(file)):
            if isinstance(node, Function):
                yield f"{name_of(file)}:{node.lineno} {node.name}", node


def lines(function: Function) -> int:
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1


def nesting(node: ast.AST, level: int = 0) -> int:
    """How deep the blocks of a function lie in each other. An elif is as deep as its if; inner functions begin anew."""
    deepest = level
    for child in ast.iter_child_nodes(node):
        if isinstance(child, SCOPES):
            continue
        is_elif = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
        deeper = isinstance(child, BLOCKS) and not is_elif
        deepest = max(deepest, nesting(child, level + deeper))
    return deepest


def test_no_function_is_long():
    assert [f"{where}: {lines(node)} lines" for where, node in functions() if lines(node) > FUNCTION_LINES] == []


def test_most_functions_are_short():
    assert statistics.median(lines(node) for _, node in functions()) < MEDIAN_LINES


def test_no_function_is_deep():
    assert [f"{where}: {nesting(node)} levels" for where, node in functions() if nesting(node) > NESTING] == []


def test_no_file_is_long():
    sizes = {name_of(file): len(file.read_text("utf-8").splitlines()) for file in sources()}
    assert {name: size for name, size in sizes.items() if size > FILE_LINES} == {}


def test_every_module_opens_with_its_man_page():
    """At most fifteen lines, and more than a title where there is much to say; an empty `__init__` needs none."""
    wrong = []
    for file in sources():
        size = len(file.read_text("utf-8").splitlines())
        said = len((ast.get_docstring(tree(file)) or "").splitlines())
        least = LARGE_MODULE_DOCSTRING if size >= LARGE_MODULE else min(size, 1)
        if not least <= said <= DOCSTRING_LINES:
            wrong.append(f"{name_of(file)}: {said} lines of docstring for {size} lines")
    assert wrong == []


def explains_itself(node: ast.AST) -> bool:
    """A class of nothing but typed fields or values, or a function of one statement: name and types say it."""
    if isinstance(node, ast.ClassDef):
        return all(isinstance(part, ast.AnnAssign | ast.Assign | ast.Pass) for part in node.body)
    return isinstance(node, Function) and len(node.body) == 1


def undocumented(body: list[ast.stmt], where: str) -> Iterator[str]:
    for node in body:
        if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
            continue
        if not ast.get_docstring(node) and not explains_itself(node):
            yield f"{where}:{node.lineno} {node.name}"
        if isinstance(node, ast.ClassDef):
            yield from undocumented(node.body, where)


def test_what_the_domain_offers_is_documented():
    assert [each for file in sources(PACKAGE / "domain") for each in undocumented(tree(file).body, name_of(file))] == []


def imported(file: Path) -> Iterator[str]:
    """The top-level packages that a file imports."""
    for node in ast.walk(tree(file)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name.partition(".")[0] for alias in names)
            case ast.ImportFrom(module=str(module)):
                yield module.partition(".")[0]


@pytest.mark.parametrize("room", CORE)
def test_the_core_needs_the_standard_library_only(room: str):
    known = sys.stdlib_module_names | {"helpdeskd"}
    assert [
        (name_of(file), name) for file in sources(PACKAGE / room) for name in imported(file) if name not in known
    ] == []


def test_imports_keep_to_the_contracts():
    command = [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def subjects(test: Path) -> set[str]:
    """What a test may be about: a module of its room, of its own folder, or something at the top of the project."""
    room = test.parent.relative_to(ROOT / "tests")
    modules = {file.stem for folder in (PACKAGE / room, test.parent) for file in folder.glob("*.py")}
    return {name for name in modules if not name.startswith(("test_", "_"))} | {file.stem for file in ROOT.iterdir()}


@pytest.mark.parametrize("test", sorted((ROOT / "tests").glob("*/test_*.py")), ids=name_of)
def test_a_test_file_is_named_after_what_it_tests(test: Path):
    """`test_MODULE.py` or `test_MODULE_ASPECT.py`; one in tests/story, attacks or faults is about the whole desk."""
    about = test.stem.removeprefix("test_")
    named = any(about == subject or about.startswith(f"{subject}_") for subject in subjects(test))
    assert named or test.parent.name in {"story", "attacks", "faults"}


def shipped() -> Iterator[Path]:
    """Every text file of the project."""
    folders = ("helpdeskd", "templates", "examples", "systemd", "tests", "docs", "benchmarks", ".ci")
    for folder in folders:
        yield from (file for file in (ROOT / folder).rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    yield from (file for file in ROOT.iterdir() if file.is_file() and file.suffix in {".md", ".toml", ".txt"})
    yield ROOT / "Makefile"


def test_no_file_names_a_place_of_the_machine_it_was_written_on():
    found = {
        (name_of(file), place)
        for file in shipped()
        for place in HERE.findall(file.read_bytes().decode("utf-8", "replace"))
    }
    assert found - PLACES_NAMED_ON_PURPOSE.keys() == set()


def test_every_place_named_on_purpose_is_still_named():
    assert [
        (name, place) for name, place in PLACES_NAMED_ON_PURPOSE if place not in (ROOT / name).read_text("utf-8")
    ] == []


def templates(language: str) -> set[str]:
    return {file.name for file in (ROOT / "templates" / language).glob("*.md.j2")}


def languages() -> list[str]:
    return sorted(folder.name for folder in (ROOT / "templates").iterdir() if folder.is_dir())


def notices() -> set[str]:
    return {name.removesuffix(".md.j2") for name in templates("en") if not name.startswith("_")}


def nodes(*rooms: str) -> Iterator[ast.AST]:
    for room in rooms:
        for file in sources(PACKAGE / room):
            yield from ast.walk(tree(file))


def asked_for() -> set[str]:
    """The notices that are named: the first argument of Notice, Remind and each function whose first one is `name`."""
    senders = {"Notice", "Remind"}
    for node in nodes("policy"):
        if isinstance(node, Function) and node.args.args and node.args.args[0].arg == "name":
            senders.add(node.name)
    names = set()
    for node in nodes("policy", "daemon"):
        match node:
            case ast.Call(func=ast.Name(id=called), args=[ast.Constant(value=str(name)), *_]) if called in senders:
                names.add(name)
    return names


@pytest.mark.parametrize("language", languages())
def test_every_language_has_every_template(language: str):
    assert templates(language) == templates("en")


def test_every_notice_that_is_asked_for_has_a_template_and_the_other_way_round():
    assert asked_for() == notices()


def test_the_changelog_tells_of_this_version():
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert __version__ in headings


def test_constraints_name_exact_versions_and_nothing_else():
    wrong = [
        line
        for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
        if not re.fullmatch(r"[\w.-]+==[\w.]+", line)
    ]
    assert wrong == []


def test_everything_that_the_wheel_takes_along_is_there():
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    taken = [ROOT / path for path in wheel["force-include"]]
    assert [name_of(path) for path in taken if not path.exists() or (path.is_dir() and not any(path.iterdir()))] == []
