"""What /metrics tells. One registry a gateway, so that several in one process do not meet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BUCKETS_S: Final = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"lightbrush_{name}", text, labels, registry=self.registry)

        def gauge(name: str, text: str) -> Gauge:
            return Gauge(f"lightbrush_{name}", text, registry=self.registry)

        self.shots_received = counter("shots_received", "Shots that passed the check at the door")
        self.shots_rendered = counter("shots_rendered", "Shots that came back as a picture", "engine")
        self.shots_superseded = counter("shots_superseded", "Shots replaced in their mailbox by a newer one")
        self.pictures_dropped = counter("pictures_dropped", "Pictures not sent: late, or to a slow reader", "reason")
        self.problems = counter("problems", "Answers that were a problem", "code")
        self.worker_losses = counter("worker_losses", "Links to workers that closed")
        self.worker_restarts = gauge("worker_restarts", "Workers that were started anew")
        self.sessions = gauge("sessions", "Open sessions")
        self.rooms = gauge("rooms", "Rooms that somebody is in")
        self.room_members = gauge("room_members", "Connections to rooms")
        self.room_resyncs = counter(
            "room_resyncs", "Times that a room's slow reader lost its updates and got all at once"
        )
        self.queue = gauge("queue", "Sessions that wait to be let in")
        self.units_finished = counter("units_finished", "Units of jobs that came back finished", "kind")
        self.unit_seconds = counter("unit_seconds", "Workers' time in finished units, by their own clocks", "kind")
        self.unit_link_seconds = counter(
            "unit_link_seconds", "The same from sent to answered, by the gateway's", "kind"
        )
        self.jobs = gauge("jobs", "Jobs that have units to do and are not paused")
        self.osc_packets = counter("osc_packets", "Packets of OSC: read, unread (not OSC), dropped (too many)", "how")
        self.asset_bytes = gauge("asset_bytes", "Bytes of reference pictures kept, and of those arriving")
        self.workers = gauge("workers", "Workers that are up")
        self.stages = Histogram(
            "lightbrush_stage_seconds",
            "Where the time of a shot went",
            ("stage",),
            registry=self.registry,
            buckets=_BUCKETS_S,
        )

    def observe(self, times_ms: Mapping[str, float]) -> None:
        for stage, spent_ms in times_ms.items():
            self.stages.labels(stage).observe(spent_ms / 1000.0)

    def text(self) -> bytes:
        return generate_latest(self.registry)
