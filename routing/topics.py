"""Which topic a message is about: weighted phrases summed, words never counted twice at full weight."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from routing.hits import Hits, words_of
from routing.index import Hit
from routing.likeness import Likeness

ENOUGH = 5.0  # the score below which a topic is only a guess and the first line gets the ticket,
FOUND = 2.0  # unless so much of it comes from phrases found
DOUBTFUL = 8.0  # below this it must at least be ahead of the next topic
_AHEAD = 0.4
CERTAIN = 20.0  # the score from which there is evidence enough to be sure
_PHRASES = 2.0  # what phrases found count beside likeness
_SUBJECT = 1.5
_AGAIN = 0.1  # what a phrase is worth whose words have been counted already
_REPEATED = 0.12
_FADING = 0.3
_KEPT = 8


@dataclass(frozen=True, slots=True)
class Ranked:
    """A topic with its score, how much of it phrases gave, and the words of those phrases."""

    slug: str
    score: float
    found: float = 0.0
    words: tuple[str, ...] = ()


def _score(hits: Sequence[Hit]) -> float:
    """The strongest phrase counts in full, each further one less, and words already counted hardly at all."""
    covered: set[int] = set()
    total, counted = 0.0, 0.0
    for hit in sorted(hits, key=lambda hit: -hit.weight):
        fresh = sum(place not in covered for place in hit.places) / len(hit.places)
        if hit.weight <= 0:
            total += hit.weight
            continue
        subject = _SUBJECT if hit.in_subject else 1.0
        again = 1 + _REPEATED * min(hit.times - 1, 3)
        total += hit.weight * (_AGAIN + (1 - _AGAIN) * fresh) * subject * again / (1 + _FADING * counted)
        counted += fresh
        covered.update(hit.places)
    return _PHRASES * total


def rank(hits: Hits, priors: Mapping[str, float], likeness: Likeness) -> list[Ranked]:
    """All topics with a positive score, best first: phrases found, likeness, and what is known apart from the text.

    Example: `priors` holds the topic of the address written to.
    """
    per_topic: dict[str, list[Hit]] = defaultdict(list)
    for hit in hits.get("topic", ()):
        per_topic[hit.owner].append(hit)
    scores = dict(likeness.scores)
    found = {slug: _score(own) for slug, own in per_topic.items()}
    for slug, own in found.items():
        scores[slug] = scores.get(slug, 0.0) + own
    for slug, prior in priors.items():
        scores[slug] = scores.get(slug, 0.0) + prior
    best = sorted(((score, slug) for slug, score in scores.items() if score > 0), key=lambda item: (-item[0], item[1]))
    ranked = []
    for score, slug in best[:_KEPT]:
        words = words_of(hit for hit in per_topic.get(slug, ()) if hit.weight > 0)
        ranked.append(Ranked(slug, round(score, 3), round(found.get(slug, 0.0), 3), words))
    return ranked


def lead(ranked: Sequence[Ranked]) -> Ranked | None:
    """The topic that leads, or None when the message says too little to tell."""
    if not ranked:
        return None
    best = ranked[0]
    ahead = best.score - ranked[1].score if len(ranked) > 1 else best.score
    if best.score < ENOUGH and best.found < FOUND:
        return None
    return None if best.score < DOUBTFUL and ahead < _AHEAD else best


def confidence(chosen: Ranked, ranked: Sequence[Ranked]) -> float:
    """0–1: how far ahead of the next topic, and how much evidence there is at all."""
    rival = max((item.score for item in ranked if item.slug != chosen.slug), default=0.0)
    share = chosen.score / (chosen.score + rival) if chosen.score > 0 else 0.0
    return round(share * min(1.0, chosen.score / CERTAIN), 2)
