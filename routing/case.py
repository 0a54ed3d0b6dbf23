"""One message on its way to a decision: the steps in the order they are taken, each adding its reasons."""

from __future__ import annotations

from dataclasses import dataclass

from routing import danger, districts, offices, priority, rules, sensitivity, topics
from routing.facts import AddressFacts, Decision, OrganisationFacts, Reason, TicketFacts, TopicFacts
from routing.hits import Hits
from routing.likeness import Likeness
from routing.pressing import Pressing
from routing.reasons import reason
from routing.tokens import Reading
from routing.topics import Ranked
from routing.urgency import Urgency

_ADDRESS_TOPIC = 8.0  # what writing to a topic's own address is worth beside the words
_ADDRESS_TEAM = 3.0
_CANDIDATES = 5
_CONSIDERED = 2
_HASTE = 4.0  # the most that sounding urgent (or not) moves an urgent topic
_UNALARMED = 2.0  # what an urgent topic must have more than others when nothing sounds the alarm
_NEARLY = 0.85  # the share of the best score from which another topic may well be meant
_LIKELY = 0.6  # the share of the best score from which an urgent topic is likely
_URGENT_NEAR = 0.0  # sounding this urgent is enough when an urgent topic is likely
_URGENT_ALONE = 3.0  # sounding this urgent is enough whatever the topic
_OUTWEIGHED = 30.0  # from this score on, a topic is not replaced by danger put together from single signs


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found in a message before anything is decided."""

    hits: Hits
    likeness: Likeness
    urgency: Urgency
    pressing: Pressing | None


class Case:
    """One message on its way to a decision; every step adds its reasons."""

    def __init__(
        self,
        org: OrganisationFacts,
        ticket: TicketFacts,
        reading: Reading,
        evidence: Evidence,
        addresses: tuple[AddressFacts, ...],
    ) -> None:
        self.org, self.ticket, self.reading, self.addresses = org, ticket, reading, addresses
        self.address = max(addresses, key=self._weight, default=None)
        self.evidence, self.hits = evidence, evidence.hits
        self.reasons: list[Reason] = []
        self.asides: list[Reason] = []
        alarms = danger.find(evidence.hits, ticket.language)
        self.ranked = topics.rank(evidence.hits, self._priors(alarmed=bool(alarms)), evidence.likeness)
        self.alarm = danger.foremost(alarms, {item.slug: item.score for item in self.ranked})

    def decide(self) -> Decision:
        """The steps in order: where, what, the organisation's rules, who, how soon, how sensitive."""
        district, office = self._where()
        chosen = self._topic()
        actions, rule = self._rules(chosen, district, office)
        topic = self.org.topics.get(actions.get("topic", chosen.slug if chosen else ""))
        keeper = self._keeper(topic, actions)
        team = self._team(topic, actions, keeper)
        domain = self._domain(topic, actions, keeper)
        level, why = priority.weigh(topic, self.alarm, self.hits, self._likely(topic), self._sounds_urgent())
        sensitive = sensitivity.judge(self._secret(topic), self.alarm, self.hits, self.reading.text)
        self.reasons += [why] if sensitive is None else [why, sensitive]
        return Decision(
            topic=topic.slug if topic else None,
            team=team,
            office=actions.get("office", office),
            district=district,
            domain=domain,
            priority=actions.get("priority", level),
            sensitive=sensitive is not None,
            language=self.ticket.language,
            confidence=self._confidence(chosen, topic),
            rule=rule,
            reasons=(*self.reasons, *self.asides),
            candidates=tuple((item.slug, item.score) for item in self.ranked[:_CANDIDATES]),
        )

    def _weight(self, address: AddressFacts) -> tuple[bool, bool]:
        """Of several own addresses one that leads somewhere counts, and of those a confidential one, then the first."""
        return bool(address.topic or address.team), bool(self._confidential(address))

    def _confidential(self, address: AddressFacts) -> str:
        """The domain outside the common one that writing to the address leads to, by itself or by its topic."""
        topic = self.org.topics.get(address.topic or "")
        domain = address.domain or (topic.domain if topic else "")
        return "" if domain == self.org.default_domain else domain

    def _priors(self, *, alarmed: bool) -> dict[str, float]:
        """What speaks for a topic besides its own words: the address written to, and how urgent it all sounds."""
        haste = max(-_HASTE, min(_HASTE, self.evidence.urgency.score)) - (0.0 if alarmed else _UNALARMED)
        priors = {slug: haste for slug, topic in self.org.topics.items() if topic.priority == "urgent"}
        if self.address is None:
            return priors
        for slug, topic in self.org.topics.items():
            if slug == self.address.topic:
                priors[slug] = priors.get(slug, 0.0) + _ADDRESS_TOPIC
            elif self.address.team and topic.team == self.address.team:
                priors[slug] = priors.get(slug, 0.0) + _ADDRESS_TEAM
        return priors

    def _secret(self, topic: TopicFacts | None) -> TopicFacts | None:
        """The secret topic the message is about, or nearly as likely is; danger to life alone reveals nothing."""
        if topic and topic.slug == danger.TOPIC["acute"]:
            return None
        found = (self.org.topics[slug] for slug in self._likely(topic) if slug != danger.TOPIC["acute"])
        return next((item for item in found if item.sensitivity == "secret"), None)

    def _likely(self, topic: TopicFacts | None) -> tuple[str, ...]:
        """The topic decided on, and those nearly as likely as the best, likeliest first."""
        least = _NEARLY * self.ranked[0].score if self.ranked else 0.0
        close = [item.slug for item in self.ranked if item.score >= least]
        if self.evidence.pressing:
            close.append(self.evidence.pressing.topic)
        return tuple(dict.fromkeys([topic.slug, *close] if topic else close))

    def _sounds_urgent(self) -> Urgency | None:
        """How urgent it sounds: a sentence of it, or all of it clearly, or all of it and an urgent topic is likely."""
        if self.evidence.pressing:
            return self.evidence.pressing.urgency
        urgency = self.evidence.urgency
        likely = [item.score for item in self.ranked if self.org.topics[item.slug].priority == "urgent"]
        near = bool(likely) and max(likely) >= _LIKELY * self.ranked[0].score
        return urgency if urgency.score > _URGENT_ALONE or (near and urgency.score > _URGENT_NEAR) else None

    def _where(self) -> tuple[str | None, str | None]:
        words = {word.place: word.text for word in self.reading.words}
        district, places = districts.find(self.hits, words)
        place = offices.find(self.ticket, self.hits, self.org, district, places)
        if place:
            self.reasons.append(place.reason)
            if district is None:
                district = self.org.offices[place.office].district or None
        if district and places:
            self.asides.append(reason("district", (" ".join(hit.words) for hit in places), district=district))
        return district, place.office if place else None

    def _topic(self) -> Ranked | None:
        """Danger leads; then the topic with the strongest words, or that of the address written to."""
        leading = topics.lead(self.ranked)
        heavier = self._alarmed(leading) or self._pressed(leading)
        if heavier:
            return heavier
        if leading is None or self._too_faint(leading):
            self.reasons.append(reason("topic_none"))
            return None
        self._explain(leading)
        self._considered(leading.slug)
        return leading

    def _alarmed(self, leading: Ranked | None) -> Ranked | None:
        """The topic of the danger spoken of; mere signs of danger yield to a topic with very strong words."""
        alarm = self.alarm
        if alarm is None:
            return None
        topic = self.org.topics.get(alarm.topic)
        name = topic.name if topic else "fara"
        outweighed = leading is not None and leading.score >= _OUTWEIGHED and leading.slug != alarm.topic
        if topic is None or (outweighed and not alarm.sure):
            self.reasons.append(reason("danger_possible", alarm.words, name=name))
            return None
        self.reasons.append(reason("danger", alarm.words, name=name))
        self._considered(alarm.topic)
        own = next((item.score for item in self.ranked if item.slug == alarm.topic), 0.0)
        return Ranked(alarm.topic, max(own, topics.CERTAIN), words=alarm.words)

    def _too_faint(self, leading: Ranked) -> bool:
        """Whether an urgent topic is only a faint guess: nothing sounded the alarm and few words speak for it."""
        urgent = self.org.topics[leading.slug].priority == "urgent"
        return urgent and self.alarm is None and leading.score < topics.DOUBTFUL

    def _pressed(self, leading: Ranked | None) -> Ranked | None:
        """The topic of the sentence that cannot wait, when it is a heavy one and not what leads anyway."""
        pressing = self.evidence.pressing
        if pressing is None or not pressing.leads or (leading and leading.slug == pressing.topic):
            return None
        name = self.org.topics[pressing.topic].name
        self.reasons.append(reason("danger_sentence", pressing.urgency.words, name=name))
        self._considered(pressing.topic)
        own = next((item.score for item in self.ranked if item.slug == pressing.topic), 0.0)
        return Ranked(pressing.topic, own, words=pressing.urgency.words)

    def _explain(self, leading: Ranked) -> None:
        """The words found, else what the address says, else the words that make it sound like the topic."""
        name = self.org.topics[leading.slug].name
        if leading.words:
            self.reasons.append(reason("topic_words", leading.words, name=name))
        elif self.address and self.address.topic == leading.slug:
            self.reasons.append(reason("topic_address", name=name, address=self.address.address))
        else:
            words = self.evidence.likeness.words_for(leading.slug)
            self.reasons.append(reason("topic_likeness", words, name=name))

    def _considered(self, chosen: str) -> None:
        others = [item for item in self.ranked if item.slug != chosen and item.words][:_CONSIDERED]
        self.asides += [
            reason("topic_candidate", item.words, used=False, name=self.org.topics[item.slug].name) for item in others
        ]

    def _rules(
        self, chosen: Ranked | None, district: str | None, office: str | None
    ) -> tuple[dict[str, str], str | None]:
        recipients = tuple(recipient.strip().lower() for recipient in self.ticket.recipients)
        now = rules.Situation(
            channel=self.ticket.channel,
            recipients=recipients,
            topic=chosen.slug if chosen else "",
            language=self.ticket.language or "",
            district=district or "",
            office=office or "",
        )
        outcome = rules.apply(self.org, now, self.hits)
        if self.alarm and self.alarm.sure:
            self.asides += [reason("rule_considered", used=False, rule=rule.name) for rule, _ in outcome.held]
            return {key: outcome.actions[key] for key in ("office",) if key in outcome.actions}, None
        self.reasons += [reason("rule", words, rule=rule.name) for rule, words in outcome.held]
        self.asides += [reason("rule_unknown", (value,), used=False, rule=rule.name) for rule, value in outcome.unknown]
        return outcome.actions, outcome.held[0][0].slug if outcome.held else None

    def _keeper(self, topic: TopicFacts | None, actions: dict[str, str]) -> AddressFacts | None:
        """The confidential address that keeps the message in its domain, unless a rule or the topic does."""
        if "domain" in actions or (topic and topic.domain not in ("", self.org.default_domain)):
            return None
        return next((address for address in self.addresses if self._confidential(address)), None)

    def _group_of(self, address: AddressFacts) -> str:
        """The group that answers what is written to an address, by itself or by its topic; empty for none."""
        topic = self.org.topics.get(address.topic or "")
        asked = (address.team or "", topic.team if topic else "")
        return next((team for team in asked if team in self.org.teams), "")

    def _team(self, topic: TopicFacts | None, actions: dict[str, str], keeper: AddressFacts | None) -> str:
        """The team a rule names, else the topic's, else the address's, else the first line: never nowhere.

        Who answers the topic may have no sight of what a confidential address keeps: then its own group does.
        """
        if "team" in actions:
            return actions["team"]
        if keeper is not None and (team := self._group_of(keeper)):
            self.reasons.append(reason("team_address", address=keeper.address, team=self.org.teams[team]))
            return team
        if topic and topic.team in self.org.teams:
            self.reasons.append(reason("team_topic", team=self.org.teams[topic.team], name=topic.name))
            return topic.team
        if self.address and self.address.team in self.org.teams:
            team = str(self.address.team)
            self.reasons.append(reason("team_address", address=self.address.address, team=self.org.teams[team]))
            return team
        first = self.org.first_line
        self.reasons.append(reason("first_line", team=self.org.teams.get(first, first)))
        return first

    def _domain(self, topic: TopicFacts | None, actions: dict[str, str], keeper: AddressFacts | None) -> str:
        """What a rule says, else a confidential topic, else the first confidential address of all that it went to."""
        if "domain" in actions:
            return actions["domain"]
        if keeper is None:
            return topic.domain if topic and topic.domain else self.org.default_domain
        self.reasons.append(reason("domain_address", address=keeper.address))
        return self._confidential(keeper)

    def _confidence(self, chosen: Ranked | None, topic: TopicFacts | None) -> float:
        if topic is None:
            return 0.0
        if chosen is None or chosen.slug != topic.slug:
            return 1.0
        return topics.confidence(chosen, self.ranked)
