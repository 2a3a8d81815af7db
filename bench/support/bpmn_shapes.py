"""BPMN files of a given size in shapes that a reader could be slow at."""

from __future__ import annotations

from collections.abc import Callable

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" '
    'xmlns:own="http://example.org/own" id="d" targetNamespace="b">'
)


def of_size(name: str, size_bytes: int) -> bytes:
    """The file of the shape that is as near below the size as whole pieces come."""
    shape = SHAPES[name]
    few, more = 50, 200
    each = (len(shape(more).encode()) - len(shape(few).encode())) / (more - few)
    number = int(size_bytes / each)
    while len(made := shape(number).encode()) > size_bytes:
        number = int(number * 0.98)
    return made


def flow(source: str, target: str, inside: str = "") -> str:
    return f'<sequenceFlow id="{source}-{target}" sourceRef="{source}" targetRef="{target}">{inside}</sequenceFlow>'


def condition(source: str) -> str:
    return f"<conditionExpression>= {source}</conditionExpression>"


def user(name: str, inside: str = "", *, form: str = "") -> str:
    form = f'<zeebe:formDefinition formId="{form or name}"/>'
    return f'<userTask id="{name}"><extensionElements>{form}{inside}</extensionElements></userTask>'


def file(
    inside: str, *, roots: str = "", after: str = "", first: str = "t0", last: str = ""
) -> str:
    """start > first … last > end around what is inside."""
    ends = '<startEvent id="s"/><endEvent id="e"/>'
    return (
        f'{HEAD}{roots}<process id="p" isExecutable="true">{ends}{flow("s", first)}{flow(last or first, "e")}{inside}'
        f"</process>{after}</definitions>"
    )


def chain(n: int, each: Callable[[int], str]) -> str:
    """each(0) > each(1) > … , whose ids are t0, t1 …"""
    return "".join([each(0), *(each(i) + flow(f"t{i - 1}", f"t{i}") for i in range(1, n))])


def tasks(n: int) -> str:
    return file(chain(n, lambda i: f'<userTask id="t{i}" name="作業{i}"/>'), last=f"t{n - 1}")


def decisions(n: int) -> str:
    """Gateways in a row; each may go on or to the end."""

    def one(i: int) -> str:
        return f'<exclusiveGateway id="t{i}" default="t{i}-t{i + 1}"/>' + flow(
            f"t{i}", "e", condition(f'notice.amount > {i} and notice.kind = "増車"')
        )

    last = f'<task id="t{n}"/>'
    return file(chain(n, one) + flow(f"t{n - 1}", f"t{n}") + last, last=f"t{n}")


def blocks(n: int) -> str:
    """Fork and join in a row, two tasks that write in each."""

    def one(i: int) -> str:
        fork = f'<parallelGateway id="t{i}"/><parallelGateway id="j{i}"/>'
        return fork + "".join(
            user(f"{x}{i}", form=f"{x}{i % 7}")
            + flow(f"t{i}", f"{x}{i}")
            + flow(f"{x}{i}", f"j{i}")
            for x in "ab"
        )

    joined = "".join(one(i) + (flow(f"j{i - 1}", f"t{i}") if i else "") for i in range(n))
    return file(joined, last=f"j{n - 1}")


def forks_without_joins(n: int) -> str:
    """Every fork sends one branch on to the next fork: all that is written can be parallel."""

    def one(i: int) -> str:
        return (
            f'<parallelGateway id="t{i}"/>'
            + user(f"a{i}", form=f"form{i}")
            + flow(f"t{i}", f"a{i}")
        )

    return file(
        chain(n, one) + user("again", form="form0") + flow(f"t{n - 1}", "again"), last="again"
    )


def fork(n: int) -> str:
    """One fork to all tasks and their join."""
    ids = [f"u{i}" for i in range(n)]
    inside = "".join(user(one, form="same") + flow("t0", one) + flow(one, "j") for one in ids)
    return file(f'<parallelGateway id="t0"/><parallelGateway id="j"/>{inside}', last="j")


def same_writers(n: int) -> str:
    """Every fork sends one branch on to the next fork, and every task writes the same variable."""

    def one(i: int) -> str:
        return f'<parallelGateway id="t{i}"/>' + user(f"a{i}", form="same") + flow(f"t{i}", f"a{i}")

    return file(chain(n, one), last=f"t{n - 1}")


def pairs_of_writers(n: int) -> str:
    """One fork; each branch writes a variable of its own twice."""

    def one(i: int) -> str:
        tasks = user(f"u{i}", form=f"own{i}") + user(f"v{i}", form=f"own{i}")
        return tasks + flow("t0", f"u{i}") + flow(f"u{i}", f"v{i}") + flow(f"v{i}", "j")

    gateways = '<parallelGateway id="t0"/><parallelGateway id="j"/>'
    return file(gateways + "".join(one(i) for i in range(n)), last="j")


def dead_joins(n: int) -> str:
    """A long row, then a choice of many parallel joins that wait for what an exclusive gateway keeps apart."""
    row = chain(n, lambda i: f'<task id="t{i}"/>')

    def one(i: int) -> str:
        branches = "".join(
            f'<task id="{x}{i}"/>'
            + flow(f"x{i}", f"{x}{i}", condition(x))
            + flow(f"{x}{i}", f"j{i}")
            for x in "ab"
        )
        gateways = f'<exclusiveGateway id="x{i}"/><parallelGateway id="j{i}"/>'
        return gateways + flow("g", f"x{i}", condition("x")) + branches + flow(f"j{i}", "e")

    joins = "".join(one(i) for i in range(n))
    return file(f'{row}<exclusiveGateway id="g"/>{flow(f"t{n - 1}", "g")}{joins}', last="g")


def undone(n: int) -> str:
    """Many events in a row that throw a compensation where nothing can be undone."""

    def one(i: int) -> str:
        return f'<intermediateThrowEvent id="t{i}"><compensateEventDefinition/></intermediateThrowEvent>'

    return file(chain(n, one), last=f"t{n - 1}")


def loops(n: int) -> str:
    """Loops in each other: behind the last task one gateway after the other goes back one task further."""
    ahead = chain(n, lambda i: user(f"t{i}", form=f"f{i // 2}"))

    def back(i: int) -> str:
        onward = f"g{i + 1}" if i < n - 1 else "last"
        gateway = f'<exclusiveGateway id="g{i}" default="g{i}-{onward}"/>'
        return (
            gateway
            + flow(f"g{i}", f"t{n - 1 - i}", condition("again"))
            + (flow(f"g{i - 1}", f"g{i}") if i else "")
        )

    behind = (
        "".join(back(i) for i in range(n)) + flow(f"t{n - 1}", "g0") + flow(f"g{n - 1}", "last")
    )
    # A fork, so that what is written matters.
    return (
        file(f'{ahead}{behind}<task id="last"/>', first="t0", last="last")
        .replace(
            '<startEvent id="s"/>',
            '<startEvent id="s"/><parallelGateway id="f"/><task id="x"/>'
            + flow("f", "x")
            + flow("f", "t0"),
        )
        .replace(flow("s", "t0"), flow("s", "f"), 1)
    )


def deep(n: int) -> str:
    """380 subprocesses in each other, with tasks in the innermost."""
    levels = 380
    opened = "".join(
        f'<subProcess id="t{i}"><startEvent id="s{i}"/><endEvent id="e{i}"/>'
        + (flow(f"s{i}", f"t{i + 1}") + flow(f"t{i + 1}", f"e{i}") if i < levels - 1 else "")
        for i in range(levels)
    )
    inner = "".join(
        f'<task id="u{i}"/>' + flow(f"u{i - 1}" if i else f"s{levels - 1}", f"u{i}")
        for i in range(n)
    )
    return file(opened + inner + flow(f"u{n - 1}", f"e{levels - 1}") + "</subProcess>" * levels)


def subprocesses(n: int) -> str:
    def one(i: int) -> str:
        inside = f'<startEvent id="s{i}"/><task id="u{i}"/><endEvent id="e{i}"/>'
        return f'<subProcess id="t{i}">{inside}{flow(f"s{i}", f"u{i}")}{flow(f"u{i}", f"e{i}")}</subProcess>'

    return file(chain(n, one), last=f"t{n - 1}")


def ad_hoc(n: int) -> str:
    def one(i: int) -> str:
        return f'<adHocSubProcess id="t{i}"><task id="u{i}"/></adHocSubProcess>'

    return file(chain(n, one), last=f"t{n - 1}")


def event_subprocesses(n: int) -> str:
    def one(i: int) -> str:
        begins = f'<startEvent id="s{i}"><signalEventDefinition signalRef="g{i}"/></startEvent><endEvent id="e{i}"/>'
        return f'<subProcess id="x{i}" triggeredByEvent="true">{begins}{flow(f"s{i}", f"e{i}")}</subProcess>'

    signals = "".join(f'<signal id="g{i}" name="signal{i}"/>' for i in range(n))
    return file('<task id="t0"/>' + "".join(one(i) for i in range(n)), roots=signals)


def boundaries(n: int) -> str:
    """All on one task."""

    def one(i: int) -> str:
        waits = "<timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition>"
        return (
            f'<boundaryEvent id="b{i}" attachedToRef="t0" cancelActivity="false">{waits}</boundaryEvent>'
            + flow(f"b{i}", "e")
        )

    return file('<userTask id="t0"/>' + "".join(one(i) for i in range(n)))


def cancels(n: int) -> str:
    """A transaction with many cancel ends, and as many events on its edge."""
    ends = "".join(
        f'<endEvent id="c{i}"><cancelEventDefinition/></endEvent>'
        + flow("g", f"c{i}", condition("x"))
        for i in range(n)
    )
    edge = "".join(
        f'<boundaryEvent id="b{i}" attachedToRef="t0"><errorEventDefinition/></boundaryEvent>'
        + flow(f"b{i}", "e")
        for i in range(n)
    )
    inside = f'<startEvent id="ts"/><inclusiveGateway id="g"/>{flow("ts", "g")}{ends}'
    return file(f'<transaction id="t0">{inside}</transaction>{edge}')


def unreached(n: int) -> str:
    """Many heads that nothing comes to, before one long row that nothing else comes to."""
    row = "".join(
        f'<task id="r{i}"/>' + (flow(f"r{i - 1}", f"r{i}") if i else "") for i in range(n)
    )
    heads = "".join(f'<task id="h{i}"/>' + flow(f"h{i}", "r0") for i in range(n))
    return file(f'<task id="t0"/>{row}{heads}')


def messages(n: int) -> str:
    roots = "".join(
        f'<message id="m{i}" name="message{i}"><extensionElements><zeebe:subscription correlationKey="= number"/>'
        "</extensionElements></message>"
        for i in range(n)
    )

    def one(i: int) -> str:
        waits = f'<messageEventDefinition messageRef="m{i}"/>'
        return f'<intermediateCatchEvent id="t{i}">{waits}</intermediateCatchEvent>'

    return file(chain(n, one), roots=roots, last=f"t{n - 1}")


def processes(n: int) -> str:
    """Many pools, each with a process of its own."""
    return (
        HEAD
        + "".join(
            f'<process id="p{i}"><startEvent id="s{i}"/><endEvent id="e{i}"/>{flow(f"s{i}", f"e{i}")}</process>'
            for i in range(n)
        )
        + "</definitions>"
    )


def lanes(n: int) -> str:
    named = "".join(
        f'<lane id="l{i}" name="課{i}"><flowNodeRef>t{i}</flowNodeRef></lane>' for i in range(n)
    )
    return file(
        f"<laneSet>{named}</laneSet>" + chain(n, lambda i: f'<userTask id="t{i}"/>'),
        last=f"t{n - 1}",
    )


def compensations(n: int) -> str:
    def one(i: int) -> str:
        edge = f'<boundaryEvent id="b{i}" attachedToRef="t{i}"><compensateEventDefinition/></boundaryEvent>'
        undo = f'<task id="u{i}" isForCompensation="true"/><association id="a{i}" sourceRef="b{i}" targetRef="u{i}"/>'
        return f'<userTask id="t{i}"/>{edge}{undo}'

    return file(chain(n, one), last=f"t{n - 1}")


def documentation(n: int) -> str:
    """One huge text."""
    return file(
        f'<userTask id="t0"><documentation>{"この作業では届出の内容を確かめます。" * n}</documentation></userTask>'
    )


def properties(n: int) -> str:
    """One task with very many extension elements that are read."""
    said = "".join(f'<zeebe:property name="n{i}" value="= amount + {i}"/>' for i in range(n))
    return file(user("t0", f"<zeebe:properties>{said}</zeebe:properties>"))


def mappings(n: int) -> str:
    def one(i: int) -> str:
        said = f'<zeebe:input source="= notice.amount * {i}" target="amount"/><zeebe:output source="= x{i}" target="y{i}"/>'
        return user(f"t{i}", f"<zeebe:ioMapping>{said}</zeebe:ioMapping>")

    return file(chain(n, one), last=f"t{n - 1}")


def foreign(n: int) -> str:
    """Extension elements and attributes that nobody reads, at every task."""

    def one(i: int) -> str:
        said = f'<own:a x="{i}"><own:b/></own:a><camunda:executionListener class="a.B"/>'
        return f'<userTask id="t{i}" own:x="1" camunda:candidateUsers="a"><extensionElements>{said}</extensionElements></userTask>'

    return file(chain(n, one), last=f"t{n - 1}")


def shapes(n: int) -> str:
    """A small process with a very large diagram."""
    drawn = "".join(
        f'<bpmndi:BPMNShape id="t0_di{i}" bpmnElement="t0"><dc:Bounds x="{i}" y="80" width="100" height="80"/>'
        "</bpmndi:BPMNShape>"
        for i in range(n)
    )
    diagram = f'<bpmndi:BPMNDiagram id="bd"><bpmndi:BPMNPlane id="bp" bpmnElement="p">{drawn}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>'
    return file('<userTask id="t0"/>', after=diagram)


def attributes(n: int) -> str:
    """One task with very many attributes of another product."""
    said = " ".join(f'own:a{i}="{i}"' for i in range(n))
    return file(f'<userTask id="t0" {said}/>')


def wrong(n: int) -> str:
    """A problem at every element: no id, flows to nowhere, twice the same id."""
    each = '<userTask/><userTask id="t0"/><complexGateway id="g{0}"/><sequenceFlow id="f{0}" sourceRef="t0" targetRef="nowhere"/>'
    return file('<userTask id="t0"/>' + "".join(each.format(i) for i in range(n)))


def conditions_in_java(n: int) -> str:
    def one(i: int) -> str:
        source = f"${{execution.getVariable('kind{i}') == 'x' &amp;&amp; !empty rows}}"
        said = f"<conditionExpression>{source}</conditionExpression>"
        return f'<exclusiveGateway id="t{i}" default="t{i}-t{i + 1}"/>' + flow(f"t{i}", "e", said)

    last = f'<task id="t{n}"/>'
    return file(chain(n, one) + flow(f"t{n - 1}", f"t{n}") + last, last=f"t{n}")


def one_expression(n: int) -> str:
    """One condition of the whole size, in FEEL."""
    return _one_condition("= " + " + ".join(["amount"] * n) + " = 0")


def one_condition_in_python(n: int) -> str:
    """One condition of the whole size, in Python that looks as if it could be said in FEEL."""
    return _one_condition("x == 1 " + "if a.b.c " * n)


def one_unclosed_string(n: int) -> str:
    return _one_condition('= x = "' + '\\"' * n)


def one_script_line(n: int) -> str:
    """One line of Python, an assignment that does not end."""
    said = f"a = x{' ' * n}x"
    return file(f'<scriptTask id="t0" scriptFormat="python"><script>{said}</script></scriptTask>')


def _one_condition(source: str) -> str:
    said = f"<conditionExpression>{source}</conditionExpression>"
    gateway = '<exclusiveGateway id="t0" default="t0-t1"/><task id="t1"/>'
    return file(gateway + flow("t0", "t1") + flow("t0", "e", said), last="t1")


SHAPES: dict[str, Callable[[int], str]] = {
    made.__name__: made
    for made in (
        tasks, decisions, blocks, forks_without_joins, fork, same_writers, pairs_of_writers, dead_joins, undone, loops, deep, subprocesses, ad_hoc, event_subprocesses,
        boundaries, cancels, unreached, messages, processes, lanes, compensations, documentation, properties, mappings,
        foreign, shapes, attributes, wrong, conditions_in_java, one_expression, one_condition_in_python,
        one_unclosed_string, one_script_line,
    )
}  # fmt: skip
