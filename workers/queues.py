"""Row ids on their way through Redis, in RQ queues by urgency. Whatever happens to them, the rows remain.

Nothing of what lies in Redis is trusted: a job is the name of a kind of work and one row id, in JSON. Names are looked
up in a table and never imported, and pickles, callbacks and other wishes of a planted job are not followed (rq#2389).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.exceptions import DequeueTimeout
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import BaseDeathPenalty

from contactcenter import logs
from contactcenter.settings import Secret

log = logs.get_logger(__name__)

URGENT_FIRST = ("chat", "mail", "slow")
LIVES_SECONDS = 30
CONNECT_SECONDS = 1.0
ANSWER_SECONDS = 4.0
MOST_QUEUED = 2000


class Work(StrEnum):
    """What a worker can be asked to do with a row."""

    TAKE_IN = "contactcenter.take_in"
    KEEP = "contactcenter.keep"
    SEND = "contactcenter.send"
    CALL = "contactcenter.call"


@dataclass(frozen=True, slots=True)
class Errand:
    """One row id, what is to be done with it, and the queue it goes by."""

    work: Work
    row_id: int
    queue: str


class _NoPenalty(BaseDeathPenalty):
    """Nothing runs inside RQ, so that nothing has to be interrupted by it."""

    def setup_death_penalty(self) -> None:
        """Nothing to begin."""

    def cancel_death_penalty(self) -> None:
        """Nothing to end."""


class Queues:
    """Our queues in one Redis; every method may raise `RedisError`."""

    def __init__(self, url: Secret) -> None:
        self._redis = Redis.from_url(
            url.reveal(),
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._queues = {name: self._queue(name) for name in URGENT_FIRST}

    def _queue(self, name: str) -> Queue:
        return Queue(name, connection=self._redis, serializer=JSONSerializer, death_penalty_class=_NoPenalty)

    def put(self, errands: Iterable[Errand]) -> None:
        """Hand ids over. One that nobody takes within `LIVES_SECONDS` is forgotten; the same one twice does no harm."""
        with self._redis.pipeline() as pipe:
            for errand in errands:
                self._queues[errand.queue].enqueue_call(
                    str(errand.work),
                    args=(errand.row_id,),
                    job_id=f"{errand.work.rpartition('.')[2]}-{errand.row_id}",
                    ttl=LIVES_SECONDS,
                    result_ttl=0,
                    description=f"{errand.work} {errand.row_id}",
                    pipeline=pipe,
                )
            pipe.execute()

    def take(self, seconds: int) -> Errand | None:
        """The most urgent id, waiting up to `seconds`; None when there is none, or only what is not ours."""
        try:
            found = Queue.dequeue_any(
                list(self._queues.values()),
                seconds,
                connection=self._redis,
                job_class=Job,
                serializer=JSONSerializer,
                death_penalty_class=_NoPenalty,
            )
        except DequeueTimeout:
            return None
        except (ValueError, TypeError, AttributeError) as error:
            log.warning("job_dropped", reason="unreadable", error=type(error).__name__)
            return None
        if found is None:
            return None
        job, queue = found
        self._redis.delete(job.key)
        return _errand(job, queue.name)

    def is_crowded(self) -> bool:
        """Whether so much lies there that more would help nobody; also a way to ask whether Redis answers."""
        return any(queue.count > MOST_QUEUED for queue in self._queues.values())


def _errand(job: Job, queue: str) -> Errand | None:
    """What a job asks for, if it is one of ours."""
    try:
        name, _, arguments, _ = json.loads(job.data)
        [row_id] = arguments
        if type(row_id) is not int or not 0 < row_id < 2**63:
            raise ValueError("not a row id")
        return Errand(Work(name), row_id, queue)
    except Exception as error:
        log.warning("job_dropped", reason="not one of ours", error=type(error).__name__)
        return None
