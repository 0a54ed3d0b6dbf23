"""What the pages show, as values: templates read these and nothing else of ours.

Texts are ready for people (translated, in local time); `key` and `slug` are for links and code.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a list to choose from; `hint` explains it, `group` heads it (`<optgroup>`)."""

    value: str
    label: str
    selected: bool = False
    hint: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Face:
    """A person or agent as a small round mark: initials and one of five colours (1–5)."""

    name: str
    initials: str
    colour: int


@dataclass(frozen=True, slots=True)
class Deadline:
    """When the first answer is due: in words that say it all, with the exact moment as `title`."""

    text: str
    title: str
    at: datetime
    late: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One ticket in the list. `wait` is relative (`2 tim`), `deadline` replaces it when set.

    `dimmed` says why the row no longer belongs here (somebody took it); it stays until the list is renewed. `thanked`:
    the ticket is closed, and the resident has said thank you since.
    """

    id: int
    number: int
    ref: str
    rev: int
    url: str
    channel: str
    channel_label: str
    sender: str
    subject: str
    preview: str
    draft: str
    wait: str
    wait_at: datetime | None
    urgent: bool
    unread: bool
    tag: str
    language_tag: str
    assignee: Face | None
    status: str
    status_label: str
    current: bool = False
    dimmed: str = ""
    deadline: Deadline | None = None
    thanked: bool = False


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Rows under one heading (Brådskande, Äldre, Idag)."""

    key: str
    heading: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter of the list: its query parameter, its name, and what can be chosen."""

    name: str
    label: str
    choices: tuple[Choice, ...]
    active: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """The middle column: a view of the queue, filtered. `next_url` fetches the next page of rows, empty at the end.

    `total` is text and stops at `999+`. `search` is what was searched for, empty outside search. `query` is the query
    string of the view with its filters, without the cursor; `order_text` says in words how the rows are ordered.
    """

    view: str
    title: str
    total: str
    groups: tuple[RowGroup, ...]
    filters: tuple[Filter, ...]
    active_filters: int
    next_url: str = ""
    search: str = ""
    clear_url: str = ""
    empty_text: str = ""
    query: str = ""
    order_text: str = ""


@dataclass(frozen=True, slots=True)
class FileItem:
    """An attachment: `url` downloads what there is of it (`has_content`); `problem` says why that is not all.

    `view_url` shows it, where it says that it is a picture or a PDF (`view`); `thumb`: as a small picture at once.
    """

    id: int
    name: str
    size: str
    url: str
    problem: str = ""
    has_content: bool = True
    view: str = ""
    view_url: str = ""
    thumb: bool = False


@dataclass(frozen=True, slots=True)
class Sure:
    """How sure it is who wrote: a sign, a few words, and what they mean. `doubtful` asks to be minded."""

    icon: str
    label: str
    title: str
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the timeline.

    `kind`: `day` (a date heading), `in` (from the resident), `out` (from us), `note`, `event`, `events` (three or more
    collapsed, in `children`), `call`, `visit`. `state` is the outgoing state word of the design with `state_label` for
    people; `failure` is the other side's reason, or, where it is known to have `bounced`, whom it did not reach.
    `undo_until` (out, still queued, the reader's own) allows undoing. `html_url` shows the sanitised original in a
    sandboxed frame; `has_remote_images` offers to show them. `quoted` is the folded part, and so is `signature`, what
    stands below what was written. `protection` (`signed`, `encrypted`) is what a mail claims of itself. `raw_url`
    downloads the raw mail. `sure` says how sure it is who wrote, `warnings` what to mind about that; `automatic` names
    what kind of program wrote it; `thanks`: it says thank you and nothing else. `event_url` shows what an event is
    about. `to`, `cc` and `bcc` are who an answer went to, `changed` says that it went to others than the ticket's own
    address, and `missed` whom it did not reach, though it left. One that `can_send_again` did not leave, or has left
    once at most.
    """

    kind: str
    seq: int = 0
    entry_id: int = 0
    author: Face | None = None
    sure: Sure | None = None
    warnings: tuple[str, ...] = ()
    thanks: bool = False
    automatic: str = ""
    protection: str = ""
    protection_label: str = ""
    channel: str = ""
    channel_label: str = ""
    at: datetime | None = None
    at_label: str = ""
    text: str = ""
    quoted: str = ""
    signature: str = ""
    lang: str = ""
    state: str = ""
    state_label: str = ""
    failure: str = ""
    bounced: bool = False
    undo_until: datetime | None = None
    html_url: str = ""
    has_remote_images: bool = False
    raw_url: str = ""
    to: str = ""
    cc: str = ""
    bcc: str = ""
    changed: bool = False
    missed: str = ""
    can_send_again: bool = False
    files: tuple[FileItem, ...] = ()
    children: tuple[Item, ...] = ()
    show_why: bool = False
    event_url: str = ""


@dataclass(frozen=True, slots=True)
class WhyLine:
    """One reason of the decision, in decision order; `used` false means considered but not used."""

    text: str
    used: bool


@dataclass(frozen=True, slots=True)
class Why:
    """«Varför hamnade det här?» — at most four lines."""

    team: str
    lines: tuple[WhyLine, ...]
    rule: str = ""
    corrected_by: str = ""


@dataclass(frozen=True, slots=True)
class EarlierTicket:
    """Another ticket of the same person or address that the reader may see."""

    ref: str
    subject: str
    url: str
    channel: str
    when: str
    status_label: str


@dataclass(frozen=True, slots=True)
class TicketLink:
    """Another ticket that this one continues, or comes from, or may belong to: how (`lead`), which, and why.

    `owner` says who had it before.
    """

    lead: str
    ref: str
    url: str
    why: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class PersonCard:
    """Who wrote, as far as we know: the address is a claim until verified."""

    face: Face
    contacts: str
    addresses: tuple[tuple[str, str], ...]
    language: str
    protected: bool = False


@dataclass(frozen=True, slots=True)
class DraftShape:
    """What the agent had written: text, when it was saved (`10:42`), files, and the seq it answers.

    `key` is the one-time key of the next send, made anew for every page: the same key twice is one message.
    """

    text: str = ""
    saved: str = ""
    seen_seq: int = 0
    files: tuple[FileItem, ...] = ()
    key: str = ""


@dataclass(frozen=True, slots=True)
class Addressees:
    """Whom an answer is for: what stands in the three fields, and all of it in one `line`.

    `usual` is what `to` goes back to; `own` is the ticket's address, empty where it is not shown and `hidden` says who
    it is. `changed`: it goes elsewhere too. `offered` may be added by a click. `missed` are addresses that the last
    answer did not reach (empty: the hidden one), with whether they are among those it is for.
    """

    to: str
    cc: str
    bcc: str
    usual: str
    own: str
    line: str
    hidden: str
    changed: bool
    offered: tuple[str, ...]
    missed: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Composer:
    """The composer's two faces. `cannot_reply` says in words why a reply is impossible (no address, closed domain)."""

    addressees: Addressees
    channel: str
    channel_label: str
    reply: DraftShape
    note: DraftShape
    signature: str
    cannot_reply: str = ""


@dataclass(frozen=True, slots=True)
class TicketPage:
    """The right-hand side: one ticket with its timeline, reasons, person and composer.

    `actions` holds the verbs the reader may use now: take, release, assign, topic, park, unpark, close, reopen, reply,
    note. `last_seq` is the newest message seen when the page was made (sent back as `seen_seq`). `list_url` leads back
    to the view the reader came from.
    """

    id: int
    number: int
    ref: str
    rev: int
    last_seq: int
    url: str
    subject: str
    lang: str
    status: str
    status_label: str
    status_tone: str
    urgent: bool
    urgent_text: str
    team: str
    topic: str
    office: str
    domain: str
    assignee: Face | None
    assigned_to_me: bool
    parked_until: str
    deadline: Deadline | None
    actions: frozenset[str]
    timeline: tuple[Item, ...]
    older_url: str
    why: Why
    person: PersonCard
    earlier: tuple[EarlierTicket, ...]
    composer: Composer
    topics: tuple[Choice, ...]
    agents: tuple[Choice, ...]
    outcomes: tuple[Choice, ...]
    park_choices: tuple[Choice, ...]
    links: tuple[TicketLink, ...] = ()
    list_url: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why a write was held (409). `text` says it.

    Either somebody was faster: `items` is what is new. Or it needs somebody who is sure: `risks` speak against it.
    `again` is what the button that sends it says, with all that the writer has agreed to before.

    `seen_seq` is what the reader has seen once this is shown. `can_send` and `can_note` offer to send anyway and to
    keep the text as a note; both are false for anything but a reply.
    """

    text: str
    items: tuple[Item, ...] = ()
    seen_seq: int = 0
    can_send: bool = False
    can_note: bool = False
    risks: tuple[str, ...] = ()
    again: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong (in which `field`) and what to do; `reference` is the code to give to whoever helps."""

    title: str
    text: str = ""
    todo: str = ""
    reference: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Me:
    """The signed-in agent as every page needs it."""

    id: int
    login: str
    face: Face
    role: str
    role_label: str
    theme: str
    density: str
    shortcuts: bool
    can: frozenset[str] = field(default_factory=frozenset)
