"""Small files an analyst begins a new form, table, letter or scenario with; each can be opened and checked at once."""

from __future__ import annotations

import json
import re

from engine.errors import TetsuzukiError
from web.studio.names import KINDS

NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")

DMN = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/" xmlns:dc="http://www.omg.org/spec/DMN/20180521/DC/" id="definitions_{name}" name="{name}" namespace="https://tetsuzuki.example/{procedure}">
  <decision id="{name}" name="新しい判定表">
    <variable id="{name}_variable" name="{name}" typeRef="string"/>
    <decisionTable id="{name}_table" hitPolicy="FIRST">
      <input id="{name}_input" label="入力">
        <inputExpression id="{name}_expression" typeRef="string"><text></text></inputExpression>
      </input>
      <output id="{name}_output" label="結果" name="result" typeRef="string"/>
    </decisionTable>
  </decision>
  <dmndi:DMNDI>
    <dmndi:DMNDiagram id="{name}_diagram">
      <dmndi:DMNShape id="{name}_shape" dmnElementRef="{name}"><dc:Bounds height="80" width="180" x="160" y="100"/></dmndi:DMNShape>
    </dmndi:DMNDiagram>
  </dmndi:DMNDI>
</definitions>
"""
BPMN = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="definitions_{name}" targetNamespace="https://tetsuzuki.example/{procedure}">
  <bpmn:process id="{name}" name="新しい流れ" isExecutable="true">
    <bpmn:startEvent id="{name}_start" name="開始"><bpmn:outgoing>{name}_flow</bpmn:outgoing></bpmn:startEvent>
    <bpmn:endEvent id="{name}_end" name="終了"><bpmn:incoming>{name}_flow</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="{name}_flow" sourceRef="{name}_start" targetRef="{name}_end"/>
  </bpmn:process>
  <bpmndi:BPMNDiagram id="{name}_diagram">
    <bpmndi:BPMNPlane id="{name}_plane" bpmnElement="{name}">
      <bpmndi:BPMNShape id="{name}_start_di" bpmnElement="{name}_start"><dc:Bounds x="200" y="160" width="36" height="36"/></bpmndi:BPMNShape>
      <bpmndi:BPMNShape id="{name}_end_di" bpmnElement="{name}_end"><dc:Bounds x="420" y="160" width="36" height="36"/></bpmndi:BPMNShape>
      <bpmndi:BPMNEdge id="{name}_flow_di" bpmnElement="{name}_flow"><di:waypoint x="236" y="178"/><di:waypoint x="420" y="178"/></bpmndi:BPMNEdge>
    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
"""
LETTER = """<p>{{ case.filer }} 様</p>
<p>受付番号 {{ case.number }} について、次のとおりお知らせします。</p>
"""
MAIL = """お知らせがあります
受付番号 {{ case.number }} についてお知らせがあります。次のページを開いてご確認ください。
{{ url }}
"""
SCENARIO = """シナリオ: 新しいシナリオ
はじめ: 2026-05-07 10:00
届出者: 見本 花子
届出: {}
手順: []
おわり: {}
"""


def file(kind: str, name: str, procedure: str) -> tuple[str, str]:
    """(path, text) of a new file. Raises TetsuzukiError for a kind none can be added of or a name that is none."""
    place = next(((f, e) for f, e, known, _, is_open in KINDS if known == kind and is_open), None)
    if place is None:
        raise TetsuzukiError("この種類のファイルは足せません。種類を選び直してください。")
    if not NAME.fullmatch(name):
        raise TetsuzukiError(
            f"「{name}」はファイルの名前に使えません。英小文字で始め、英小文字・数字・下線だけで書いてください。"
        )
    folder, ending = place
    path = f"{folder}/{name}{ending}" if folder else f"{name}{ending}"
    return path, _text(kind, name, procedure)


def _text(kind: str, name: str, procedure: str) -> str:
    if kind == "form":
        field = {"type": "textfield", "id": f"{name}_1", "key": "text", "label": "新しい項目"}
        form = {"type": "default", "id": name, "components": [field]}
        return json.dumps(form, ensure_ascii=False, indent=2) + "\n"
    if kind in ("dmn", "bpmn"):
        template = DMN if kind == "dmn" else BPMN
        return template.format(name=name, procedure=procedure)
    return {"letter": LETTER, "mail": MAIL, "scenario": SCENARIO}[kind]
