"""The one sentence that cannot wait, in a message about something else."""

from __future__ import annotations

import pytest

from routing.facts import TicketFacts
from routing.pressing import sentences
from routing.tokens import read
from tests.unit.routing.small import example_router


@pytest.mark.parametrize(
    ("body", "topics"),
    [
        (
            "Hej, jag vill låna om två böcker på biblioteket. Vi har även glömt koden. Förresten så har grannens pojke "
            "stora blåmärken och säger att styvpappan slår honom.",
            {"child_concern"},
        ),
        (
            "Jag undrar över min faktura för vatten, den är hög. En annan sak är att jag inte vågar vara hemma, "
            "min man har druckit i kväll och hotar mig.",
            {"domestic_violence"},
        ),
        (
            "Tack för hjälpen med bygglovet i går. Nu ser jag att det kommer rök ur grannens fönster och någon ropar.",
            {"acute_danger"},
        ),
    ],
)
def test_it_leads_and_makes_the_message_urgent(body: str, topics: set[str]) -> None:
    decision = example_router().decide(TicketFacts("email", "boende@example.se", (), "Fråga", body, "sv"))
    assert decision.topic in topics
    assert decision.priority == "urgent"
    assert any(not reason.used for reason in decision.reasons)


def test_several_calm_sentences_stay_calm() -> None:
    body = "Hej, vi har glömt lämna tillbaka tre böcker. Barnen har varit sjuka i två veckor. Blir det någon avgift?"
    decision = example_router().decide(TicketFacts("email", "boende@example.se", (), "Böcker", body, "sv"))
    assert (decision.topic, decision.priority) == ("library", "normal")


def test_sentences_are_joined_when_short_and_cut_when_endless() -> None:
    def lengths(text: str) -> list[int]:
        return [len(sentence) for sentence in sentences(read("", text).words)]

    assert lengths("Hej på er. Vi undrar när ni öppnar. Tack") == [3 + 5 + 1]
    assert lengths("Ett två tre fyra. Fem sex sju åtta nio. Tio") == [4, 6]
    assert lengths("ord " * 50) == [18, 18, 14]
    assert lengths("") == []
