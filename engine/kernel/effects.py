"""What goes into the kernel (inputs) and what comes out (effects). Plain frozen values; nothing here does anything.

A `token` is an integer that is unique in its case for ever: it names one wait (a task, a call, a timer,
a subscription). Values are FEEL values: None, bool, str, Decimal, list, dict and the date types of engine.feel.values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from engine.feel.values import FeelDate, FeelDateTime

Values = Mapping[str, Any]

# --- inputs -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Start:
    """start_event: id of the event that happened, or of the part of it; None: the only none start event."""

    variables: Values
    start_event: str | None = None
    payload: Any = None  # of the message or signal


@dataclass(frozen=True)
class Completed:
    """A person completed a task. answers become the variable named after the form."""

    token: int
    answers: Values


@dataclass(frozen=True)
class CallDone:
    token: int
    result: Any = None


@dataclass(frozen=True)
class CallRefused:
    """The other side said no: a BPMN error with this code."""

    token: int
    code: str
    data: Any = None


@dataclass(frozen=True)
class CallFailed:
    """Every attempt ended or the answer is no use: becomes an incident at this token."""

    token: int
    code: str
    message: str


@dataclass(frozen=True)
class TimerDue:
    token: int


@dataclass(frozen=True)
class Message:
    token: int  # the subscription that matched
    payload: Any = None


@dataclass(frozen=True)
class Signal:
    token: int
    payload: Any = None


@dataclass(frozen=True)
class Cancel:
    reason: str


@dataclass(frozen=True)
class Suspend:
    """The case takes nothing but an operator's inputs until Resume; its state stays as it is."""

    reason: str


@dataclass(frozen=True)
class Resume:
    """The case goes on. decided: what fell due meanwhile ("timer-12", "message-7") -> fire | wait | deliver | discard."""

    reason: str
    decided: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SetDue:
    """The timer `token` waits for another instant. due_at: ISO 8601 with its offset."""

    token: int
    due_at: str
    reason: str


@dataclass(frozen=True)
class Recount:
    """Dates that were counted by an earlier calendar are the ones counted by the present one (engine/recounting.py).

    variables: id of a scope -> name -> value.  dues: token of a timer -> instant, of a task -> day, as ISO 8601.
    counted_by: versions of the earlier calendars.  dates: what moved, [{"kind", "name", "old", "new", "rule"}]. Both only
    for the record.
    """

    variables: Mapping[str, Values]
    dues: Mapping[str, str]
    counted_by: Sequence[str]
    dates: Sequence[Mapping[str, str]]
    reason: str


@dataclass(frozen=True)
class MoveToken:
    """Send-back, pull-back, operator repair: the wait `token` ends and its token goes to node `to` of the same scope."""

    token: int
    to: str
    reason: str


@dataclass(frozen=True)
class AddInstance:
    """One more run of the multi-instance `token` stands at (item: its element), or activity `node` of the ad hoc subprocess."""

    token: int
    item: Any = None
    node: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class RemoveInstance:
    """The run of a multi-instance in which `token` stands is cancelled."""

    token: int
    reason: str


@dataclass(frozen=True)
class RetryIncident:
    token: int


@dataclass(frozen=True)
class SkipIncident:
    """Go on after the element as if it had ended, with these results."""

    token: int
    variables: Values = field(default_factory=dict)


@dataclass(frozen=True)
class SetVariables:
    variables: Values
    token: int | None = None  # None: the process scope; else the scope this token stands in


KEEP, RESTART = "keep", "restart"
# In `Changeover.nodes`: what waits there is given up.
NOTHING = ""


@dataclass(frozen=True)
class Changeover:
    """The case goes on under another version of its procedure (kernel.changeover).

    nodes: id of an element -> id of the one that stands for it in the new version, NOTHING to give up what waits there;
    elements left out keep their id.  timers: id of a timer, or of a task with a due date -> keep (what is left of its
    time) | restart (as if it had begun now); those left out keep.
    """

    nodes: Mapping[str, str]
    timers: Mapping[str, str]
    reason: str


Input = (
    Start | Completed | CallDone | CallRefused | CallFailed | TimerDue | Message | Signal
    | Cancel | Suspend | Resume | SetDue | Recount | MoveToken | AddInstance | RemoveInstance | RetryIncident | SkipIncident | SetVariables
    | Changeover
)  # fmt: skip

# --- effects ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OpenTask:
    token: int
    node: str
    name: str
    form: str | None
    lane: str | None  # innermost lane id
    assignee: str | None = None
    candidate_groups: tuple[str, ...] = ()
    due: date | datetime | FeelDate | FeelDateTime | None = None
    properties: Values = field(
        default_factory=dict
    )  # zeebe:properties, values that start with = evaluated
    local: Values = field(
        default_factory=dict
    )  # variables of its input mappings and of its iteration
    # Which run of the multi-instances around it, from the outermost: "2/1"; "" in none, None when nothing would tell
    # a run from another one later.  item: the elements of those runs, as a digest.
    run: str | None = ""
    item: str = ""


@dataclass(frozen=True)
class RenewTask:
    """The open task `task.token` is from now on as a new version of its procedure says; who holds it may go on.

    keeps_due: its due date stays what it was, whatever `task` says.
    """

    token: int
    node: str
    task: OpenTask
    keeps_due: bool


@dataclass(frozen=True)
class SetTaskDue:
    """The open task is due on another day."""

    token: int
    node: str
    due: date


@dataclass(frozen=True)
class CloseTask:
    """The wait is over. outcome: completed | cancelled."""

    token: int
    outcome: str


@dataclass(frozen=True)
class RequestCall:
    token: int
    node: str
    operation: str  # zeebe:taskDefinition type
    parameters: Values
    retries: int | None = None


@dataclass(frozen=True)
class CancelCall:
    token: int


@dataclass(frozen=True)
class SetTimer:
    token: int
    node: str
    due_at: datetime  # aware, UTC


@dataclass(frozen=True)
class CancelTimer:
    token: int


@dataclass(frozen=True)
class Subscribe:
    token: int
    node: str
    kind: str  # message | signal
    name: str
    key: str | None


@dataclass(frozen=True)
class Unsubscribe:
    token: int


@dataclass(frozen=True)
class PublishMessage:
    name: str
    key: str | None
    payload: Any


@dataclass(frozen=True)
class PublishSignal:
    name: str
    payload: Any


@dataclass(frozen=True)
class RaiseIncident:
    token: int
    node: str
    code: str
    message: str  # names element, fact and remedy; no values of the case
    remedy: str = ""


@dataclass(frozen=True)
class ResolveIncident:
    token: int


@dataclass(frozen=True)
class Decided:
    """A decision table was evaluated: the value and why (行政手続法8条).

    run: of the multi-instance or loop it was made in, from 1; 0: in none.
    """

    token: int
    node: str
    decision: str
    inputs: Values
    outputs: Any
    matched: tuple[
        Values, ...
    ]  # one per table evaluated: {"table", "rules": [{"id", "number", "annotation"}]}
    parameters: Values = field(
        default_factory=dict
    )  # dated parameters used: name -> {"value", "valid_from", "unit", "law"}
    run: int = 0


# The outcome of a case an operator cancelled, as pages show it.
CANCELLED = "取消し"


@dataclass(frozen=True)
class CaseEnded:
    end_event: str | None
    outcome: str | None  # name of the end event


@dataclass(frozen=True)
class Trace:
    """For history, the heat map and coverage. what: entered | left | cancelled | taken (a flow) | warned.

    moved: a changeover put the token at the node; note: id of the element where it stood.
    overwrote: the node gave another value to the variable `note`, which `other` had written on a flow beside it.
    """

    node: str
    what: str
    token: int | None = None
    note: str = ""
    other: str = ""


Effect = (
    OpenTask | RenewTask | SetTaskDue | CloseTask | RequestCall | CancelCall | SetTimer | CancelTimer | Subscribe | Unsubscribe
    | PublishMessage | PublishSignal | RaiseIncident | ResolveIncident | Decided | CaseEnded | Trace
)  # fmt: skip
