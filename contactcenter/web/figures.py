"""`GET /metrics` for Prometheus: the queues as the database has them, and what every process has counted."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy.orm import Session

from contactcenter import metrics, runtime
from contactcenter.db import transaction
from contactcenter.errors import NotFound
from contactcenter.queries import health, mailbox_health
from contactcenter.services import processes
from contactcenter.web.door import public

bp = Blueprint("figures", __name__)
TYPE = "text/plain; version=0.0.4; charset=utf-8"


@bp.get("/metrics")
@public
def show() -> ResponseReturnValue:
    """All figures. Without `metrics.token` there is no such page, and without that token none to see."""
    expected = runtime.current().settings.metrics.token.reveal()
    kind, _, sent = request.headers.get("Authorization", "").partition(" ")
    if not expected or kind.lower() != "bearer" or not secrets.compare_digest(sent.strip().encode(), expected.encode()):
        raise NotFound()
    with transaction(read_only=True) as session:
        shared = list(_shared(session))
        told = {row.name: row.figures for row in processes.heard(session) if not processes.is_silent(row)}
    return Response(metrics.page(told, shared), content_type=TYPE)


def _shared(session: Session) -> Iterator[Metric]:
    backlog = health.backlog(session)
    yield _gauge("inbox_oldest_seconds", "How long the oldest message waits to be taken in", backlog.inbox_age)
    yield _gauge("outbox_overdue_seconds", "How long the most overdue promise has been due", backlog.outbox_age)
    yield _gauge("quarantined", "Messages in quarantine, at most 1000", backlog.quarantined)
    queues = health.queues(session)
    yield _gauge("inbox_waiting", "Messages not taken in yet, at most 10000", queues.waiting)
    owed = GaugeMetricFamily(
        "contactcenter_outbox_owed", "Promises not kept yet, at most 10000 of them", labels=["kind", "state"]
    )
    for (promise, state), count in sorted(queues.owed.items()):
        owed.add_metric([promise, state], count)
    yield owed
    silent = GaugeMetricFamily(
        "contactcenter_process_silent", "1 when a process has not been heard of in time", labels=["name", "kind"]
    )
    for row in processes.heard(session):
        silent.add_metric([row.name, row.kind], int(processes.is_silent(row)))
    yield silent
    yield from _mailboxes(session)
    yield _gauge("blobs_free_bytes", "Free bytes on the disk of stored files", runtime.current().blobs.free())


def _mailboxes(session: Session) -> Iterator[Metric]:
    boxes = mailbox_health.of(session, runtime.current().settings.channels.mail.mailboxes)
    age = GaugeMetricFamily("contactcenter_mailbox_age_seconds", "Time since all was well with it", labels=["mailbox"])
    differs = GaugeMetricFamily(
        "contactcenter_mailbox_difference", "Mails that the server has and the ledger lacks", labels=["mailbox"]
    )
    for each in boxes:
        age.add_metric([each.box.name], each.age)
        differs.add_metric([each.box.name], (each.state.difference if each.state else None) or 0)
    if boxes:
        yield age
        yield differs


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"contactcenter_{name}", text, value=value)
