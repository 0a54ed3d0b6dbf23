"""What this process counts, and how the figures of many processes become one page for Prometheus.

Each process counts for itself and stores its figures every few seconds (`services.processes`); whoever answers
`/metrics` puts them together, with a label `process`. So one address tells of the mail doors and relays too, which have
no web page of their own. Nothing here names a person: labels are words of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

disable_created_metrics()  # type: ignore[no-untyped-call]

OWN = CollectorRegistry()
ProcessCollector(namespace="contactcenter", registry=OWN)

ACCEPTED = Counter("contactcenter_accepted", "Messages made durable and answered for", ["channel"], registry=OWN)
REFUSED = Counter("contactcenter_refused", "Mails answered with something else than 250", ["code"], registry=OWN)
READ = Counter("contactcenter_read", "Messages that were read, by what came of it", ["result"], registry=OWN)
FETCHED = Counter(
    "contactcenter_fetched",
    "Mails of the mailboxes that were entered in the ledger",
    ["mailbox", "result"],
    registry=OWN,
)
DELIVERIES = Counter("contactcenter_deliveries", "Attempts to send, by what came of them", ["outcome"], registry=OWN)
SOCKETS = Gauge("contactcenter_sockets", "Browsers that follow what happens", registry=OWN)
REQUESTS = Histogram(
    "contactcenter_request_seconds",
    "Time from a request's arrival to its answer, without its sending",
    ["route", "status"],
    buckets=(0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2, 2.5, 5, 10),
    registry=OWN,
)


def own() -> str:
    """The figures of this process, in the text format of Prometheus."""
    return generate_latest(OWN).decode()


def page(by_process: Mapping[str, str], shared: Iterable[Metric]) -> bytes:
    """The figures of all processes (name → their text), and those that all share because the database tells them."""
    merged: dict[str, Metric] = {metric.name: metric for metric in shared}
    for process, text in sorted(by_process.items()):
        for family in text_string_to_metric_families(text):
            metric = merged.setdefault(family.name, Metric(family.name, family.documentation, family.type))
            for sample in family.samples:
                metric.add_sample(sample.name, {**sample.labels, "process": process}, sample.value)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Merged(merged))
    return generate_latest(registry)


class _Merged(Collector):
    def __init__(self, metrics: Mapping[str, Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        """All of them, by name."""
        return [self._metrics[name] for name in sorted(self._metrics)]

    def describe(self) -> Iterable[Metric]:
        """Nothing in advance."""
        return []
