"""A link that says one thing and leads elsewhere is unmasked; one that says where it leads is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.clean import clean
from channels.email.links import name_hosts


@pytest.mark.parametrize(
    ("href", "text", "shown"),
    [
        ("https://example.com/a", "ekhamra.example", "example.com"),
        ("https://ekhamra.example@example.com/", "https://ekhamra.example", "example.com"),
        ("https://ekhamra.example:pw@example.com/", "Logga in", "example.com"),
        ("https://ekhamra.example.example.com/", "ekhamra.example", "ekhamra.example.example.com"),
        ("https://EXAMPLE.com/", "Klicka här", "example.com"),
        ("https://ekhаmra.example/", "ekhamra.example", "xn--ekhmra-5nf.example"),
        ("mailto:bo@example.com", "kontakt@ekhamra.example", "bo@example.com"),
        ("mailto:bo@example.com?subject=hej", "Skriv", "bo@example.com"),
        ("https://example.com/", "example.com @ekhamra.example", "example.com"),
        ("https://example.com/", "example.com/@ekhamra.example", "example.com"),
        ("https://example.com/", "example.com/ ekhamra.example", "example.com"),
        ("https://example.com/", "example.community", "example.com"),
        ("https://[::1]/", "ekhamra.example", "::1"),
        ("https://[x/", "ekhamra.example", "https://[x/"),
        ("https://example.com/", "", "example.com"),
        ("http://example.com\\@ekhamra.example/", "ekhamra.example", "example.com"),
        ("http:///example.com/x", "ekhamra.example", "example.com"),
        ("ht\ttps://exam\nple.com/", "ekhamra.example", "example.com"),
        ("mailto:?to=bo@example.com", "Skriv", "mailto:?to=bo@example.com"),
        ("mailto:%E2%80%AEbo@example.com", "Skriv", "bo@example.com"),
        ("https://example.com/", "example.com/#<p>www.ekhamra.example</p>", "example.com"),
    ],
)
def test_where_a_link_leads_is_told(href: str, text: str, shown: str) -> None:
    told = name_hosts(f'<p><a href="{href}" rel="noopener">{text}</a> och mer</p>')
    assert told == f'<p><a href="{href}" rel="noopener">{text}</a> <small>[<bdi>{shown}</bdi>]</small> och mer</p>'


@pytest.mark.parametrize(
    ("href", "text"),
    [
        ("https://example.com/a?b=c", "https://example.com/a?b=c"),
        ("https://example.com/a", "<b>EXAMPLE.com</b>/a"),
        ("https://example.com:8443/", "example.com:8443"),
        ("mailto:bo@example.com", "bo@example.com"),
        ("#top", "Upp"),
        ("", "Nej"),
    ],
)
def test_what_says_itself_where_it_leads_is_left_alone(href: str, text: str) -> None:
    html = f'<a href="{href}">{text}</a>'
    assert name_hosts(html) == html


def test_an_address_cannot_write_into_the_page() -> None:
    assert "<img" not in name_hosts('<a href="mailto:&lt;img src=x&gt;@example.com">x</a>')


def test_however_many_links_there_are_each_is_told_and_what_is_left_open_is_not() -> None:
    link, unended = '<a href="https://example.com/">x</a>', '<a href="https://example.com/">'
    assert name_hosts(link * 50_000 + "<a href=" * 10 + unended * 50_000).count("[<bdi>example.com</bdi>]") == 50_000


@given(st.text(max_size=200))
def test_nothing_that_is_cleaned_is_lost(text: str) -> None:
    made = clean(f"<p>{text}<a href='https://example.com'>{text}</a></p>")
    if made is not None:
        assert name_hosts(made.html).replace(" <small>[<bdi>example.com</bdi>]</small>", "") == made.html
