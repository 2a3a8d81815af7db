"""The import rule of ARCHITECTURE.md, enforced: who may import whom, and that no import hides in a function."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("engine", "forms", "adapters", "web")

# package -> prefixes of ours it may import
OURS = {
    "web": ("web", "engine", "forms", "adapters"),
    "engine": ("engine", "forms", "adapters.base"),
    "forms": ("forms", "engine.feel", "engine.calendar", "engine.text", "engine.errors"),
    "adapters": ("adapters",),
}
# outside library -> the only modules that may import it
ONLY = {
    "flask": ("web",),
    "flask_wtf": ("web",),
    "sqlalchemy": ("engine", "migrations"),
    "procrastinate": ("engine.jobs", "engine.worker", "migrations"),
    "SpiffWorkflow": ("engine.second_engine",),
    "weasyprint": ("forms.letter_pdf",),
    "jose": ("web.auth", "adapters"),
}
PURE = (
    "engine.kernel",
    "engine.bpmn",
    "engine.feel",
    "engine.dmn",
    "engine.calendar",
    "engine.text",
)
IO = (
    "sqlalchemy",
    "psycopg",
    "httpx",
    "socket",
    "requests",
    "subprocess",
    "random",
    "secrets",
    "time",
)
# Ends an evaluation that takes too long; no value comes from its stopwatch.
STOPWATCH = ("engine.feel.run", "time.monotonic")
# Inside engine a file imports only files above it in this list (ARCHITECTURE.md, Folders).
ORDER = (
    "errors access limits xml_faults safe_xml yaml_faults safe_yaml text calendar feel feel_functions dmn bpmn kernel tables postgres_place postgres database round_trip history "
    "organisation accounts mail_links sessions used_calendars calendars operation_parameters parameters deciding decision_examples example_runs schema_faults setting_faults procedure_file operation_checks letter_values letter_checks mail_texts operation_results sources given_checks letter_readings element_values expression_checks expression_limits readings calendar_checks parameter_checks start_checks end_checks element_checks catch_checks setting_checks yaml_checks procedure procedure_checks "
    "versions case_state version_drafts callees environment starts second_engine scenarios deploy migration "
    "jobs search numbering registers file_types file_store files vault deadlines queue_lines queues drafts feedback case_file refused_filings watch inbox strict_messages inspection "
    "notifications naming retention letters correspondence operations changes callers returning projections progress locks apply "
    "correcting cases guests tasks approvals calls called_cases incidents timers beginning messages undelivered interventions previews rebuild erasure disposals changeovers changeover_lines changing_over changing_back recount_dates recounts recounting performing worker upkeep"
).split()


def modules() -> list[tuple[str, Path]]:
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found.append((".".join(parts[:-1] if parts[-1] == "__init__" else parts), path))
    return found


def imports(path: Path, module: str) -> list[tuple[str, int]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join(
                    [
                        *package.split(".")[: len(package.split(".")) - node.level + 1],
                        *filter(None, [base]),
                    ]
                )
            found += [(f"{base}.{alias.name}", node.lineno) for alias in node.names]
    return found


def is_in(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == p or name.startswith(p + ".") for p in prefixes)


MODULES = modules()


@pytest.mark.parametrize(("module", "path"), MODULES, ids=[m for m, _ in MODULES])
def test_a_module_imports_only_what_the_architecture_allows(module: str, path: Path) -> None:
    package = module.split(".")[0]
    wrong = []
    for name, line in imports(path, module):
        top = name.split(".")[0]
        if top in PACKAGES and not is_in(name, OURS[package]):
            wrong.append(
                f"{path.name}:{line} imports {name}: {package} may import only {OURS[package]}"
            )
        if top in ONLY and not is_in(module, ONLY[top]):
            wrong.append(f"{path.name}:{line} imports {name}: only {ONLY[top]} may")
        if is_in(module, PURE) and top in IO and (module, name) != STOPWATCH:
            wrong.append(f"{path.name}:{line} imports {name}: {module} is pure")
        if package == "web" and top == "web":
            wrong += rooms(module, name, path, line)
    assert not wrong, "\n".join(wrong)


def rooms(module: str, name: str, path: Path, line: int) -> list[str]:
    kinds = ("portal", "desk", "studio", "ops", "api")
    mine = module.split(".")[1] if "." in module else ""
    other = name.split(".")[1] if "." in name else ""
    if mine in kinds and other in kinds and mine != other:
        return [
            f"{path.name}:{line} imports {name}: web.{mine} and web.{other} never import each other"
        ]
    return []


@pytest.mark.parametrize(("module", "path"), MODULES, ids=[m for m, _ in MODULES])
def test_no_import_stands_inside_a_function(module: str, path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    hidden = [
        f"{path.name}:{inner.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert not hidden


def test_inside_engine_a_file_imports_only_files_above_it() -> None:
    wrong = []
    for module, path in MODULES:
        parts = module.split(".")
        if parts[0] != "engine" or len(parts) < 2:
            continue
        assert parts[1] in ORDER, f"engine/{parts[1]} has no place in the list of ARCHITECTURE.md"
        for name, line in imports(path, module):
            target = name.split(".")
            if target[0] != "engine" or len(target) < 2 or target[1] not in ORDER:
                continue
            if ORDER.index(target[1]) > ORDER.index(parts[1]):
                wrong.append(
                    f"engine/{parts[1]}: {path.name}:{line} imports {name}, which stands below it"
                )
    assert not wrong, "\n".join(wrong)
