"""How often routing is right on labelled messages, and what a decision costs. `python -m bench.routing [FILE …]`.

Reads the development set and the held-out set beside this file unless others are named. Only sums and counts per class
are printed, never a message: the held-out set is for measuring, not for tuning.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from channels.language import detect
from contactcenter.demo.organisation import facts
from routing.decide import Router
from routing.facts import Decision, TicketFacts

DATA = Path(__file__).with_name("data")
SETS = (DATA / "messages_dev.jsonl", DATA / "heldout.jsonl")
LABELS = ("topic", "group", "office", "priority", "sensitive", "language")


@dataclass(frozen=True, slots=True)
class Case:
    """A labelled message, the decision on it, and the CPU seconds that took."""

    labels: dict[str, object]
    decision: Decision
    seconds: float

    def answer(self, label: str) -> object:
        """What was decided about a label; a `group` in the data is our team."""
        answer: object = getattr(self.decision, "team" if label == "group" else label)
        return answer

    def right(self, label: str) -> bool:
        """Whether the decision agrees with the label."""
        return self.answer(label) == self.labels[label]


def decide_all(router: Router, path: Path) -> list[Case]:
    """Decide every message of a file; the language is detected, not taken from the label."""
    cases = []
    for line in path.read_text(encoding="utf-8").splitlines():
        message = json.loads(line)
        to, subject = message.get("to"), message.get("subject") or ""
        ticket = TicketFacts(
            channel=message["channel"],
            sender=message["from"],
            recipients=tuple([to] if isinstance(to, str) else to or ()),
            subject=subject,
            body=message["body"],
            language=detect(f"{subject}\n{message['body']}")[0],
        )
        started = time.process_time()
        decision = router.decide(ticket)
        seconds = time.process_time() - started
        cases.append(Case({label: message[label] for label in LABELS}, decision, seconds))
    return cases


def share(rights: Iterable[bool]) -> float:
    """The share that is true; 0 of nothing."""
    found = list(rights)
    return sum(found) / len(found) if found else 0.0


def print_summary(name: str, cases: Sequence[Case]) -> None:
    """One line per label, urgency and sensitivity as recall and precision, and the CPU time."""
    print(f"\n{name}: {len(cases)} messages")
    for label in LABELS:
        print(f"  {'team' if label == 'group' else label:<20} {share(case.right(label) for case in cases):6.3f}")
    with_office = [case for case in cases if case.labels["office"] is not None]
    print(f"  {'office where one is':<20} {share(case.right('office') for case in with_office):6.3f}")
    for label, value in (("priority", "urgent"), ("sensitive", True)):
        wanted = [case for case in cases if case.labels[label] == value]
        given = [case for case in cases if case.answer(label) == value]
        kind = "urgent" if value == "urgent" else "sensitive"
        print(f"  {kind + ' recall':<20} {share(case.right(label) for case in wanted):6.3f}  of {len(wanted)}")
        print(f"  {kind + ' precision':<20} {share(case.right(label) for case in given):6.3f}  of {len(given)}")
    seconds = sorted(case.seconds for case in cases)
    if seconds:
        print(f"  CPU per decision     {statistics.median(seconds) * 1000:6.2f} ms, worst {seconds[-1] * 1000:.2f} ms")


def print_classes(cases: Sequence[Case], label: str) -> None:
    """How many of each class there are, were found, and were wrongly given."""
    wanted = Counter(str(case.labels[label]) for case in cases)
    right = Counter(str(case.labels[label]) for case in cases if case.right(label))
    given = Counter(str(case.answer(label)) for case in cases)
    print(f"  {label + ':':<22} there  right  wrongly given")
    for name in sorted(wanted | given):
        print(f"    {name:<20} {wanted[name]:5}  {right[name]:5}  {given[name] - right[name]:5}")


def main() -> None:
    """Score the sets and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, default=list(SETS))
    parser.add_argument("--classes", choices=LABELS, help="print counts per class of this label as well")
    options = parser.parse_args()
    started = time.process_time()
    router = Router(facts())
    print(f"router made in {time.process_time() - started:.2f} s CPU")
    for path in options.files:
        cases = decide_all(router, path)
        print_summary(path.stem, cases)
        if options.classes:
            print_classes(cases, options.classes)


if __name__ == "__main__":
    main()
