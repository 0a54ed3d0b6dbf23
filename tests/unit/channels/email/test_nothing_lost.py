"""Whatever a mail is put together from, each word of it is in the text, in the HTML or in a file."""

from __future__ import annotations

import itertools
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.parse import read
from channels.message import Envelope

ENVELOPE = Envelope("anna@example.se", ("kontakt@ekhamra.example",))
LEAVES = {
    "text/plain": "{}\n",
    "text/plain; format=flowed; delsp=yes": "{}\n",
    "text/plain; name=brev.txt": "{}",
    "text/html": "<p>{}</p>",
    "text/html; name=brev.html": "<p>{}</p>",
    "text/enriched": "<bold>{}</bold>",
    "text/rtf": "{{\\rtf1 {}}}",
    "text/calendar": "BEGIN:VEVENT\nSUMMARY:{}\nEND:VEVENT\n",
    "message/rfc822": "Subject: Altan\n\n{}\n",
    "image/png\nContent-ID: <bild@example.se>": "{}",
    "text/plain\nContent-Disposition: attachment": "{}",
}
KINDS = ("mixed", "alternative", "related", "signed", "report")
Tree: TypeAlias = "tuple[str, str] | tuple[str, list[Tree]]"
WORDS = st.lists(st.text("abcdefghijklmnopqrst", min_size=6, max_size=9), min_size=1, max_size=12).map(" ".join)
TREES = st.recursive(
    st.tuples(st.sampled_from(sorted(LEAVES)), WORDS),
    lambda inner: st.tuples(st.sampled_from(KINDS), st.lists(inner, min_size=1, max_size=3)),
    max_leaves=8,
)


def written(tree: Tree, numbers: itertools.count[int]) -> str:
    kind, inside = tree
    if isinstance(inside, str):
        return f"Content-Type: {kind}\n\n{LEAVES[kind].format(inside)}\n"
    boundary = f"--b{next(numbers)}"
    parts = "".join(f"--{boundary}\n{written(part, numbers)}" for part in inside)
    return f"Content-Type: multipart/{kind}; boundary={boundary}\n\n{parts}--{boundary}--\n"


def said(tree: Tree) -> list[str]:
    return tree[1].split() if isinstance(tree[1], str) else [word for part in tree[1] for word in said(part)]


@settings(max_examples=300, deadline=None)
@given(TREES)
def test_every_word_is_somewhere(tree: Tree) -> None:
    raw = "From: anna@example.se\nMIME-Version: 1.0\n" + written(tree, itertools.count())
    message = read(raw.encode(), ENVELOPE)
    files = [file.content.decode() for file in message.attachments]
    found = " ".join([message.text, message.html or "", *files])
    assert [word for word in said(tree) if word not in found] == []
