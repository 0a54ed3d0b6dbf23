"""The tables, one family a file. Importing this package makes all of them known."""

from contactcenter.model.account import AgentLink, AgentSession, ApiRequest, ApiToken, LoginAttempt
from contactcenter.model.appearance import Appearance
from contactcenter.model.audit import Audit, SettingChange
from contactcenter.model.entry import Attachment, Draft, Entry, EntryMessage, EntryNote
from contactcenter.model.mailbox import MailboxState, MailUid
from contactcenter.model.organisation import (
    Acknowledgement,
    Agent,
    AgentSkill,
    Authority,
    CalendarException,
    CannedReply,
    District,
    Domain,
    DomainGrant,
    Office,
    OpeningInterval,
    OurAddress,
    ReplyTarget,
    RoutingRule,
    SenderRule,
    ServiceOffer,
    Signature,
    Skill,
    Team,
    TeamMember,
    Topic,
)
from contactcenter.model.person import Address, Person, PersonAddress
from contactcenter.model.process import OpenTicket, Process
from contactcenter.model.search import SearchDoc
from contactcenter.model.sorting import Acknowledged, ParkedMail
from contactcenter.model.ticket import Decision, Ticket, TicketGrant, TicketTeam
from contactcenter.model.traffic import Event, Inbox, Outbox, Timer
from contactcenter.model.webhook import Webhook

__all__ = [
    "Acknowledged",
    "Acknowledgement",
    "Address",
    "Agent",
    "AgentLink",
    "AgentSession",
    "AgentSkill",
    "ApiRequest",
    "ApiToken",
    "Appearance",
    "Attachment",
    "Audit",
    "Authority",
    "CalendarException",
    "CannedReply",
    "Decision",
    "District",
    "Domain",
    "DomainGrant",
    "Draft",
    "Entry",
    "EntryMessage",
    "EntryNote",
    "Event",
    "Inbox",
    "LoginAttempt",
    "MailUid",
    "MailboxState",
    "Office",
    "OpenTicket",
    "OpeningInterval",
    "OurAddress",
    "Outbox",
    "ParkedMail",
    "Person",
    "PersonAddress",
    "Process",
    "ReplyTarget",
    "RoutingRule",
    "SearchDoc",
    "SenderRule",
    "ServiceOffer",
    "SettingChange",
    "Signature",
    "Skill",
    "Team",
    "TeamMember",
    "Ticket",
    "TicketGrant",
    "TicketTeam",
    "Timer",
    "Topic",
    "Webhook",
]
