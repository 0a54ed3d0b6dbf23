"""Every request that can be made of the settings; and of the pages that no colleague needs to be signed in for.

A change is asked for as a browser does it: the form first, then what the change touches, then that it shall be so.
"""

from __future__ import annotations

import json
from typing import Any

from contactcenter.services.portable import parse
from tests.integration.asks import WITHOUT_TOKEN, Ask, get, post

HOME = "/installningar"
STAFF, TOKENS = f"{HOME}/medarbetare", f"{HOME}/nycklar"
HOOKS, FILE, LOOK = f"{HOME}/webhookar", f"{HOME}/export-import", f"{HOME}/utseende"
FORM, LOOKED, AGREED = 0, 1, 2
"""How many pages a browser has seen before: none, the form, and the form with what the change touches."""
TOPIC: dict[str, Any] = {
    "name": "Träd", "team": "gata-park", "domain": "other", "sensitivity": "open", "priority": "high",
    "phrases": "trädfällning = 2", "active": "1",
}  # fmt: skip
OFFICE: dict[str, Any] = {"name": "Norra", "kind": "local", "mail_address": "nord@ekhamra.example"}
TEAM: dict[str, Any] = {"name": "Gata", "domains": "other"}
RULE: dict[str, Any] = {"name": "Träd", "if_topic": "trees", "then_team": "own", "active": "1"}
SIGNATURE: dict[str, Any] = {"team": "socialtjanst", "text": "{{vägledare}}, {{telefon}}"}
ADDRESS: dict[str, Any] = {"address": "trad@ekhamra.example", "topic": "trees"}
TARGET: dict[str, Any] = {"topic": "trees", "channel": "sms", "count": "2", "unit": "hours"}
REPLY: dict[str, Any] = {"title": "Hej", "language": "sv", "text": "Hej då"}
ACKNOWLEDGEMENT: dict[str, Any] = {"topic": "trees", "office": "norra", "subject": "Hej", "text": "Hej", "active": "1"}
SENDER: dict[str, Any] = {"pattern": "@spam.example.com", "action": "park"}
PROFILE: dict[str, Any] = {"name": "Dora", "role": "it_host", "language": "sv"}
SETTINGS_FILE = json.dumps(
    {
        "format": parse.FORMAT,
        "version": parse.VERSION,
        "topics": {"trees": {"name": "Stora träd"}},
        "offices": {"norra": {"name": "Nord"}},
        "teams": {"gata-park": {"name": "Gata"}},
    }
).encode()
"""It changes what hidden tickets use."""
OBJECTS = {
    "amnen": ("trees", TOPIC),
    "kontor": ("norra", OFFICE),
    "grupper": ("gata-park", TEAM),
    "fordelningsregler": ("trees", RULE),
    "svarstider": ("trees.*.*", TARGET),
    "snabbsvar": ("hej", REPLY),
    "signaturer": ("gata-park", SIGNATURE),
    "bekraftelser": ("trees.*.sv", ACKNOWLEDGEMENT),
    "e-postadresser": ("kontakt@ekhamra.example", ADDRESS),
    "avsandare": ("@example.com", SENDER),
}
"""Of each kind of settings: the key of one that hidden tickets use, where it can be used, and a form for it."""


def of_each(*paths: str) -> list[Ask]:
    """These pages of one object of every kind."""
    return [get(f"{HOME}/{kind}/{key}{path}") for kind, (key, _form) in OBJECTS.items() for path in paths]


def changes(*after: int) -> list[Ask]:
    """Changing one object of every kind, with so many pages seen before."""
    asked = [(f"{HOME}/{kind}/{key}", form) for kind, (key, form) in OBJECTS.items()]
    return [post(url, form, after=pages, part=pages == LOOKED) for url, form in asked for pages in after]


SETTINGS: dict[str, list[Ask]] = {
    "organisation.index": [get(HOME), get(f"{HOME}?q=gata"), get(f"{HOME}?q=kanarie")],
    "organisation.history": [get(f"{HOME}/historik")],
    "organisation.listing": [get(f"{HOME}/{kind}") for kind in OBJECTS],
    "organisation.new": [get(f"{HOME}/{kind}/ny") for kind in OBJECTS],
    "organisation.show": [*of_each(""), get(f"{HOME}/amnen/trees?rad", part=True)],
    "organisation.add": [post(f"{HOME}/{kind}/ny", form, part=True) for kind, (_key, form) in OBJECTS.items()],
    "organisation.save": changes(FORM, LOOKED, AGREED),
    "organisation.remove": [
        post(f"{HOME}/{kind}/{key}/ta-bort", part=True)
        for kind, (key, _form) in OBJECTS.items()
        if kind != "fordelningsregler"
    ],
    "organisation.move": [post(f"{HOME}/fordelningsregler/trees/flytta", {"till": "upp"})],
    "organisation.history_of": of_each("/historik"),
    "staff.index": [get(STAFF), get(f"{STAFF}?sok=dora&roll=guide&lage=invited")],
    "staff.new": [get(f"{STAFF}/ny")],
    "staff.add": [post(f"{STAFF}/ny", {**PROFILE, "login": "ny@ekhamra.example"}), post(f"{STAFF}/ny", PROFILE)],
    "staff.show": [get(f"{STAFF}/{{dora}}"), get(f"{STAFF}/{{alice}}"), get(f"{STAFF}/{{vera}}")],
    "staff.change": [
        post(f"{STAFF}/{{dora}}", PROFILE, after=LOOKED),
        post(f"{STAFF}/{{dora}}", PROFILE, after=AGREED),
        post(f"{STAFF}/{{alice}}", {**PROFILE, "name": "Alice"}, after=LOOKED),
    ],
    "staff.link": [post(f"{STAFF}/{{dora}}/lank")],
    "staff.ask_disable": [get(f"{STAFF}/{{dora}}/stang-av"), get(f"{STAFF}/{{vera}}/stang-av")],
    "staff.disable": [post(f"{STAFF}/{{dora}}/stang-av"), post(f"{STAFF}/{{vera}}/stang-av")],
    "staff.enable": [post(f"{STAFF}/{{dora}}/slapp-in")],
    "tokens.index": [get(TOKENS)],
    "tokens.add": [
        post(TOKENS, {"name": "Kartan", "scope": "read", "as": "program", "domain": "common"}),
        post(TOKENS, {"name": "Kartan"}),
        post(TOKENS, {"name": "Mina listor", "scope": "read", "as": "me"}),
    ],
    "tokens.revoke": [post(f"{TOKENS}/{{api}}/aterkalla"), post(f"{TOKENS}/999999/aterkalla")],
    "webhooks.index": [get(HOOKS)],
    "webhooks.add": [
        post(HOOKS, {"name": "Ny", "url": "https://example.com/", "event": "ticket.opened", "domain": "other"}),
        post(HOOKS, {"name": "Kartan"}),
    ],
    "webhooks.act": [post(f"{HOOKS}/{{webhook}}", {"do": do}) for do in ("pause", "resume", "rotate", "remove")],
    "mailboxes.index": [get(f"{HOME}/brevlador")],
    "mailboxes.show": [get(f"{HOME}/brevlador/kontakt"), get(f"{HOME}/brevlador/nonsens")],
    "mailboxes.send_trial": [post(f"{HOME}/brevlador/provmejl")],
    "mailboxes.probe": [post(f"{HOME}/brevlador/nonsens/prova")],
    "settings_file.index": [get(FILE)],
    "settings_file.download": [get(f"{FILE}/fil")],
    "settings_file.upload": [post(FILE, {"file": SETTINGS_FILE}), post(FILE)],
    "settings_file.carry_out": [post(f"{FILE}/tillampa", {"file": "x", "signature": "x"})],
    "appearance.index": [get(LOOK)],
    "appearance.preview": [get(f"{LOOK}/prov.css")],
    "appearance.save": [post(LOOK, {"accent": "#123456"}), post(LOOK, {"accent": "#123456"}, token=WITHOUT_TOKEN)],
    "appearance.save_logo": [
        post(f"{LOOK}/logotyp", {"file": b"no picture"}),
        post(f"{LOOK}/logotyp", {"remove": "1"}),
    ],
    "appearance.stylesheet": [get("/utseende/nonsens.css")],
    "appearance.picture": [get("/utseende/logotyp/{blob}"), get("/utseende/logotyp/nonsens")],
    "links.show": [get("/valj-losenord/{link}"), get("/valj-losenord/nonsens")],
    "links.choose": [post("/valj-losenord/{link}", {"new": "kort"}), post("/valj-losenord/nonsens", {"new": "kort"})],
    "first_run.start": [get("/kom-igang")],
    "first_run.start_post": [post("/kom-igang"), post("/kom-igang", token=WITHOUT_TOKEN)],
    "figures.show": [get("/metrics")],
}
