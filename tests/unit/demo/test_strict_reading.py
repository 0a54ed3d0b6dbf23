"""A mistake in the example data is refused with a message that names its place."""

import pytest

from contactcenter.demo.conversations import (
    DemoDataError,
    load_people,
    parse_conversations,
    parse_people,
)

PEOPLE = load_people()
GOOD = """
[[conversation]]
key = "prov"
subject = "Prov"
topic = "waste"
status = "open"
resident = "kent"
assignee = "sara@ekhamra.example"
received = "2 d 09:00"

[[conversation.entry]]
kind = "message_in"
text = "Hej"

[[conversation.entry]]
kind = "message_out"
after = "20 min"
text = "Hej Kent!"
"""


def test_the_good_example_is_good() -> None:
    (one,) = parse_conversations(GOOD, "prov.toml", PEOPLE)
    assert [entry.author for entry in one.entries] == ["kent", "sara@ekhamra.example"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('subject = "Prov"', 'subjekt = "Prov"', r"prov\.toml, conversation prov: subject is missing"),
        ('subject = "Prov"', 'subject = "Prov"\nsubjekt = ""', "unknown key subjekt"),
        ('subject = "Prov"', "subject = 7", "subject is 7, it must be some text"),
        ('subject = "Prov"', 'subject = " "', "it must be some text"),
        ('"kent"', '"kant"', "no resident has the key kant"),
        ('"sara@', '"sahra@', "no agent has the login sahra@ekhamra.example"),
        ('assignee = "sara@ekhamra.example"', "", "author is missing"),
        ('status = "open"', 'status = "öppet"', "it must be one of new, open"),
        ('status = "open"', 'status = "closed"', "closed needs one"),
        ('status = "open"', 'status = "open"\noutcome = "solved"', "outcome belongs to status closed"),
        ('status = "open"', 'status = "closed"\noutcome = "no_help"', "outcome_reason belongs to"),
        ('status = "open"', 'status = "parked"', "wakes belongs to status parked"),
        ('status = "open"', 'status = "parked"\nwakes = "0 d 09:00"', "at least one working day ahead"),
        ('"2 d 09:00"', '"i måndags"', "'i måndags' is not a time"),
        ('"2 d 09:00"', '"15 min"', "entries at intervals that fit in"),
        ('"2 d 09:00"', '"3 h"\nweekday = "tue"', "weekday belongs to"),
        ('after = "20 min"', "", "all but the first need `after`"),
        ('after = "20 min"', 'after = "0 min"', "is not a time"),
        ('kind = "message_out"', 'kind = "visit"', "a visit needs the office"),
        ('kind = "message_out"', 'kind = "message_out"\nauthor = "kent"', "no agent has the login kent"),
        ('"Hej Kent!"', '"Vi ses {imorgon}"', "unknown date {imorgon}"),
        ('"Hej Kent!"', '"Hej"\nattachments = [{ name = "a.gif", kind = "png" }]', r"must end in \.png"),
        ("[[conversation]]", "[[samtal]]\n[[conversation]]", "unknown key samtal"),
    ],
)
def test_a_mistake_is_named_with_its_place(old: str, new: str, message: str) -> None:
    assert GOOD.count(old) == 1
    with pytest.raises(DemoDataError, match=message):
        parse_conversations(GOOD.replace(old, new), "prov.toml", PEOPLE)


def test_a_login_used_twice_is_refused() -> None:
    agent = '[[agent]]\nlogin="a@x"\nname="A"\nrole="guide"\ntitle="T"\nlanguages=[]\nteams=[]\ndomains=[]\n'
    with pytest.raises(DemoDataError, match="a@x is used twice"):
        parse_people(agent * 2)
    with pytest.raises(DemoDataError, match="it must be a list of common, education"):
        parse_people(agent.replace("domains=[]", 'domains=["skola"]'))
