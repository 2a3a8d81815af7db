"""DMN 1.1-1.6 XML -> Model, hardened: no entities, no network, bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from lxml import etree

from engine import safe_xml
from engine.dmn import model as m
from engine.dmn.boxes import child, children, find_box, function, kind, name_of, type_name, type_ref
from engine.dmn.check import NOTHING, check
from engine.dmn.compile import compile_model
from engine.dmn.identities import repeated_ids
from engine.dmn.item_checks import item_findings
from engine.dmn.types import KNOWN, item_types
from engine.errors import ModelRejected, Problem, in_order
from engine.feel import SyntaxProblem
from engine.feel.types import Type
from engine.feel.unknown import type_remedy

# What a file can be at most, whatever an installation allows of other files.
LARGEST = safe_xml.Limits(size_bytes=5_000_000, depth=256)
# By the date in their namespaces: DMN 1.1 to 1.6.
_VERSIONS = ("20151101", "20180521", "20191111", "20211108", "20230324", "20240513")
_PARAMETERS = ("parameter", "formalParameter")


def read(
    xml: bytes,
    *,
    file: str,
    imported: Iterable[m.Model] = (),
    tolerant: bool = False,
    limits: safe_xml.Limits = LARGEST,
    given: Mapping[str, Type] = NOTHING,
) -> m.Model:
    """The model of a file, its expressions compiled.

    imported: models this one may import, found by namespace.  tolerant: an expression that cannot be read is
    null with a diagnostic when it is evaluated.  given: see `examine`, for what is told beside an expression that
    cannot be read.  Raises ModelRejected with every problem found.
    """
    root = parse(xml, file, limits)
    return _Reading(root, file, {model.namespace: model for model in imported}).model(
        tolerant=tolerant, given=given
    )


def parse(xml: bytes, file: str, limits: safe_xml.Limits = LARGEST) -> Any:
    """The root element of a DMN file; raises ModelRejected."""
    smallest = safe_xml.Limits(
        min(limits.size_bytes, LARGEST.size_bytes), min(limits.depth, LARGEST.depth)
    )
    root: Any = safe_xml.parse(xml, file=file, limits=smallest)
    if isinstance(root, Problem):
        raise ModelRejected([root])
    if kind(root) != "definitions" or "DMN" not in (etree.QName(root).namespace or "").upper():
        raise _rejected(
            file, "DMN の definitions 要素がありません。", "DMN ファイルか確かめてください。"
        )
    namespace = str(etree.QName(root).namespace)
    if not any(f"/DMN/{date}/" in namespace for date in _VERSIONS):
        text = f"DMN の版（名前空間「{namespace}」）が分かりません。"
        remedy = "DMN 1.1 から 1.6 のどれかで保存し直してください。"
        raise _rejected(file, text, remedy, root.sourceline)
    return root


def _rejected(file: str, problem: str, remedy: str, line: int | None = None) -> ModelRejected:
    return ModelRejected([Problem(file, problem, remedy, line=line)])


class _Reading:
    """One file being read; problems collects everything that is wrong."""

    def __init__(self, root: Any, file: str, available: dict[str, m.Model]) -> None:
        self.root = root
        self.file = file
        self.namespace = root.get("namespace") or ""
        self.problems: list[Problem] = []
        self.models: dict[str, m.Model] = {}
        self.import_names: dict[str, str] = {}
        for element in children(root, "import"):
            self.add_import(element, available)

    def add_import(self, element: Any, available: dict[str, m.Model]) -> None:
        if "DMN" not in (element.get("importType") or "DMN").upper():
            return
        namespace = element.get("namespace") or ""
        if namespace not in available:
            self.refuse(
                element,
                f"取り込むモデル「{namespace}」がありません。",
                "そのモデルも同じ所に置いてください。",
            )
            return
        self.models[namespace] = available[namespace]
        self.import_names[namespace] = name_of(element)

    def refuse(self, element: Any, problem: Any, remedy: str = "") -> None:
        if isinstance(problem, SyntaxProblem):
            problem, remedy = (
                f"{problem.line}行{problem.column}文字目: {problem.message_ja}",
                problem.remedy,
            )
        # A person sees the heading or the element that an expression or a type is written for.
        is_inner = kind(element) in ("inputExpression", "variable")
        shown = element.getparent() if is_inner else element
        identity = shown.get("id"), name_of(shown) or None
        self.problems.append(
            Problem(self.file, str(problem), remedy, *identity, element.sourceline)
        )

    def model(self, *, tolerant: bool, given: Mapping[str, Type]) -> m.Model:
        names = {
            name_of(element)
            for element in self.root.iter()
            # A parameter's name is only known inside its function.
            if isinstance(element.tag, str)
            and element.get("name")
            and kind(element) not in _PARAMETERS
        }
        names |= {e.get("iteratorVariable") for e in self.root.iter() if e.get("iteratorVariable")}
        imported: dict[str, Type] = {}
        elements: dict[str, Any] = {}
        for namespace, other in self.models.items():
            prefix = self.import_names[namespace]
            names |= other.names
            elements.update(other.elements)
            for name, wanted in other.types.items():
                imported[f"{prefix}.{name}" if prefix else name] = wanted
        types = item_types(children(self.root, "itemDefinition"), imported, names, self.refuse)
        own = self.own_elements()
        elements.update({f"{self.namespace}#{key}": element for key, element in own.items()})
        decisions = {}
        for key, element in own.items():
            if isinstance(element, m.Decision):
                inputs = tuple(elements[r].name for r in element.requires if r in elements)
                decisions[key] = replace(element, inputs=inputs)
                elements[f"{self.namespace}#{key}"] = decisions[key]
        model = m.Model(
            self.file,
            self.namespace,
            self.root.get("name") or "",
            decisions,
            elements,
            types,
            self.import_names,
            frozenset(names),
            tuple(f"{self.namespace}#{key}" for key in own),
            self.models,
        )
        if not tolerant:
            self.check_languages()
            self.check_types(types)
        unread: list[Problem] = []
        compiled = compile_model(model, unread)
        if not tolerant:
            self.problems += unread
        findings = (
            *repeated_ids(self.root, self.file),
            *item_findings(self.root, types, names, self.file),
        )
        model = replace(model, findings=findings)
        if self.problems:
            # The errors in what could be read are told at once: nobody mends one cell after another.
            more = (one for one in check(model, given) if one.severity == "error")
            raise ModelRejected(in_order([*self.problems, *more]))
        return replace(model, compiled=compiled)

    def check_languages(self) -> None:
        """Refuses what is written in another language, which would be read as FEEL and mean something else."""
        for element in self.root.iter():
            language = element.get("expressionLanguage") if isinstance(element.tag, str) else None
            if language and "feel" not in language.lower():
                self.refuse(
                    element,
                    f"式の言語「{language}」は使えません。",
                    "FEEL に書き直し、expressionLanguage を消してください。",
                )

    def check_types(self, types: Mapping[str, Type]) -> None:
        """Refuses the names of types that nobody has defined: nothing would be checked against them."""
        for element in self.root.iter():
            if not isinstance(element.tag, str) or kind(element) == "typeRef":
                continue
            for name in (type_ref(element), type_name(element.get("outputTypeRef"))):
                if name and name not in types and name not in KNOWN:
                    self.refuse(
                        element,
                        f"「{name}」という型はありません。",
                        type_remedy(name, (*KNOWN, *types))
                        or "型の名前を直すか、データ型（itemDefinition）を加えてください。",
                    )

    def own_elements(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        readers: dict[str, Any] = {
            "inputData": self.input_data,
            "decision": self.decision,
            "businessKnowledgeModel": self.knowledge,
            "decisionService": self.service,
        }
        for element in self.root:
            read_one = readers.get(kind(element)) if isinstance(element.tag, str) else None
            if read_one is None:
                continue
            item = read_one(element)
            if item.id in found:
                self.refuse(
                    element,
                    f"id「{item.id}」が二つあります。",
                    "id を一つずつ違うものにしてください。",
                )
            found[item.id] = item
        return found

    def identity(self, element: Any) -> tuple[str, str]:
        name = name_of(element)
        return element.get("id") or name, name

    def input_data(self, element: Any) -> m.InputData:
        return m.InputData(
            *self.identity(element), type_ref(child(element, "variable")), element.sourceline or 0
        )

    def references(self, element: Any, *kinds: str) -> tuple[str, ...]:
        found = []
        for requirement in children(element, *kinds):
            for target in (requirement, *requirement):
                href = target.get("href") if isinstance(target.tag, str) else None
                if href:
                    found.append(href if not href.startswith("#") else self.namespace + href)
        return tuple(found)

    def decision(self, element: Any) -> m.Decision:
        requires = self.references(element, "informationRequirement", "knowledgeRequirement")
        declared = type_ref(child(element, "variable"))
        identity = self.identity(element)
        variable = child(element, "variable")
        alias = name_of(variable) if variable is not None else ""
        line = element.sourceline or 0
        box = find_box(element)
        return m.Decision(*identity, (), requires, declared, box, line, alias)

    def knowledge(self, element: Any) -> m.Knowledge:
        logic = child(element, "encapsulatedLogic")
        return m.Knowledge(
            *self.identity(element),
            self.references(element, "knowledgeRequirement"),
            type_ref(child(element, "variable")),
            function(logic) if logic is not None else None,
            element.sourceline or 0,
        )

    def service(self, element: Any) -> m.Service:
        return m.Service(
            *self.identity(element),
            self.references(element, "outputDecision"),
            (*self.references(element, "inputData"), *self.references(element, "inputDecision")),
            type_ref(child(element, "variable")),
            element.sourceline or 0,
        )
