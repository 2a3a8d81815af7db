"""The kinds of flow nodes that run, each by the name of its BPMN element, and what they have in common."""

from __future__ import annotations

# Over in the step in which they begin.
PASSING = ("task", "manualTask")
# May ask the outside.
CALLING = ("serviceTask", "sendTask", "scriptTask", "businessRuleTask")
TASKS = (*PASSING, "userTask", *CALLING, "receiveTask", "callActivity")
# With nodes of the same process inside.
LEVELS = ("subProcess", "transaction", "adHocSubProcess")
# An event subprocess is read as a kind of its own; in the file it is a subProcess with triggeredByEvent.
HOLDING = (*LEVELS, "eventSubProcess")
ACTIVITIES = (*TASKS, *LEVELS)
CATCHING = ("startEvent", "intermediateCatchEvent", "boundaryEvent")
THROWING = ("intermediateThrowEvent", "endEvent")
EVENTS = (*CATCHING, *THROWING)
# Where tokens wait for each other.
JOINING = ("parallelGateway", "inclusiveGateway")
# One flow of several goes on.
CHOOSING = ("exclusiveGateway", "eventBasedGateway")
GATEWAYS = (*CHOOSING, *JOINING)
# Every kind that runs, as files call it; and as it is read.
WRITTEN = (*ACTIVITIES, *EVENTS, *GATEWAYS)
NODES = (*WRITTEN, "eventSubProcess")
