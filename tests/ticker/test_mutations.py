"""Mistakes that the core could make: the property test must find each of them within its budget."""

import inspect
import textwrap
from dataclasses import dataclass
from types import ModuleType

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.ticker.machine import Machine
from tests.ticker.test_properties import BUDGET
from ticker import audience, catch_up, hub, log, subscription, topic


@dataclass(frozen=True)
class Mutation:
    """One mistake: in a function of a module, a piece of source in another's place."""

    name: str
    module: ModuleType
    function: str
    """`function` or `Class.function`."""
    right: str
    wrong: str


MUTATIONS = [
    Mutation(
        "the floor is off by one",
        log,
        "Log._drop",
        "series.floor[dropped.partition] = dropped.offset",
        "series.floor[dropped.partition] = dropped.offset - 1",
    ),
    Mutation(
        "the first piece of a split catch-up has the cursor of the whole",
        catch_up,
        "next_step",
        "return Step(Answer(sent), position, replace(start, position=position))",
        "return Step(Answer(sent), head, replace(start, position=position))",
    ),
    Mutation(
        "a joiner counts from the flush in progress",
        hub,
        "Hub.join",
        "self._waiting[reader] = None",
        "reader.audience.readers[reader] = None",
    ),
    Mutation(
        "the heartbeat has the node's place, not the audience's",
        hub,
        "Hub.heartbeat",
        "audience.subscription.cursor(position)",
        "audience.subscription.cursor(self.log.position())",
    ),
    Mutation(
        "conflation keeps the oldest",
        audience,
        "_newest",
        "kept.pop(key, None)",
        "entry = kept.pop(key, entry)",
    ),
    Mutation(
        "one that resubscribes loses its place in what it keeps",
        subscription,
        "resubscribe",
        "_common(start.kept, channels), _common",
        "(), _common",
    ),
    Mutation(
        "a reader whose socket is full is passed over and stays level",
        hub,
        "Hub._write_batch",
        "audience.unwritten[reader] = None\naudience.detach(reader)\nself._stall(reader)",
        "pass",
    ),
    Mutation(
        "one that the flush has not come to is taken to be where the others are",
        audience,
        "Audience.standing",
        "self.before if reader in self.unwritten else self.position",
        "self.position",
    ),
    Mutation(
        "epochs are not compared",
        topic,
        "Topic.is_of",
        "position.tag == self.tag and ",
        "",
    ),
    Mutation(
        "an offset that was had is had again",
        log,
        "_newer",
        "entry.offset > offsets[entry.partition]",
        "entry.offset >= offsets[entry.partition]",
    ),
    Mutation(
        "one that joined between two beats is level at once",
        audience,
        "Audience.admit",
        "if self.position is head:",
        "if True:",
    ),
    Mutation(
        "one that becomes level skips what waits for its audience",
        audience,
        "Audience.goal",
        "return self.position",
        "self.position = head",
    ),
    Mutation(
        "what came while a flush was at work is forgotten until something else comes",
        hub,
        "Hub.next_flush",
        " or self._due",
        "",
    ),
    Mutation(
        "a heartbeat between two beats has the place of the node",
        audience,
        "Audience.rest",
        "not self.is_pulled or not self._news()",
        "True",
    ),
    Mutation(
        "an answer is not in the order of the log",
        log,
        "Log._entries",
        'entries.sort(key=attrgetter("seq"))',
        'entries.sort(key=attrgetter("seq"), reverse=True)',
    ),
    Mutation(
        "what a hole swallowed is not said",
        topic,
        "Topic.is_whole",
        "_reaches(position.offsets, self.floors) and all(",
        "all(",
    ),
]


def apply(mutation: Mutation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the mistake into the running code."""
    owner_name, _, name = mutation.function.rpartition(".")
    owner = getattr(mutation.module, owner_name) if owner_name else mutation.module
    source = textwrap.dedent(inspect.getsource(getattr(owner, name)))
    right, wrong = (textwrap.dedent(text) for text in (mutation.right, mutation.wrong))
    lines = right.split("\n")
    if len(lines) > 1:
        indent = next(line for line in source.split("\n") if line.strip() == lines[0].strip())
        margin = indent[: len(indent) - len(indent.lstrip())]
        right = f"\n{margin}".join(line.strip() for line in lines)
    assert source.count(right) == 1, f"{mutation.name}: {right!r} is in {mutation.function} {source.count(right)} times"
    scope: dict[str, object] = {}
    exec(compile(source.replace(right, wrong), mutation.function, "exec"), vars(mutation.module), scope)  # noqa: S102
    monkeypatch.setattr(owner, name, scope[name])
    if not owner_name:
        for user in (catch_up, hub, log):
            if hasattr(user, name):
                monkeypatch.setattr(user, name, scope[name])


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_each_mistake_is_found(mutation: Mutation, monkeypatch: pytest.MonkeyPatch) -> None:
    apply(mutation, monkeypatch)
    budget = settings(BUDGET, phases=[Phase.generate], report_multiple_bugs=False, print_blob=False)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Machine, settings=budget)
