"""Whatever a mail is put together from, each word of it is in the text, in the HTML or in a file."""

from __future__ import annotations

import itertools
import random
from string import ascii_lowercase
from typing import TypeAlias

import pytest

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


def grown(chance: random.Random, depth: int = 0) -> Tree:
    """A mail of parts in parts; each word in it is written once."""
    if depth == 4 or chance.random() < 0.3:
        words = ("".join(chance.choices(ascii_lowercase, k=9)) for _ in range(chance.choice((1, 2, 5, 12))))
        return chance.choice(sorted(LEAVES)), " ".join(words)
    return chance.choice(KINDS), [grown(chance, depth + 1) for _ in range(chance.randint(1, 3))]


def written(tree: Tree, numbers: itertools.count[int]) -> str:
    kind, inside = tree
    if isinstance(inside, str):
        return f"Content-Type: {kind}\n\n{LEAVES[kind].format(inside)}\n"
    boundary = f"--b{next(numbers)}"
    parts = "".join(f"--{boundary}\n{written(part, numbers)}" for part in inside)
    return f"Content-Type: multipart/{kind}; boundary={boundary}\n\n{parts}--{boundary}--\n"


def said(tree: Tree) -> list[str]:
    return tree[1].split() if isinstance(tree[1], str) else [word for part in tree[1] for word in said(part)]


@pytest.mark.parametrize("seed", range(10))
def test_every_word_is_somewhere(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(100):
        tree = grown(chance)
        raw = "From: anna@example.se\nMIME-Version: 1.0\n" + written(tree, itertools.count())
        message = read(raw.encode(), ENVELOPE)
        files = [file.content.decode() for file in message.attachments]
        found = " ".join([message.text, message.html or "", *files])
        assert [word for word in said(tree) if word not in found] == []
