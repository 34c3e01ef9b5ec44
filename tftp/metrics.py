"""The counters for Prometheus, over HTTP.

The one rule: whoever asks here can't hold up a transfer. So many connections at once, so many a second, so long each;
what is over it is hung up on. Nothing that came from the wire becomes a label.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any, Final, get_args
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from tftp.counters import Counters, Counts
from tftp.errors import MetricsNotInstalled, MetricsUnavailable
from tftp.events import FailureReason, RefusalReason

if TYPE_CHECKING:
    from prometheus_client import Metric

_CONNECTIONS: Final = 8
_CONNECTION_SECONDS: Final = 5.0
#: The listening thread's rest after each connection: a flood of them gets twenty answers a second, no more.
_REST_SECONDS: Final = 0.05
_OUTCOMES: Final = ("completed", "unconfirmed", "stopped", *get_args(FailureReason))


class CounterCollector:
    """The counters as Prometheus' metrics, made when they are asked for."""

    def __init__(self, counters: Counters, version: str) -> None:
        self._counters, self._version = counters, version

    def collect(self) -> Iterator[Metric]:
        """Every metric, also those that are still zero: a rate needs a first value."""
        from prometheus_client.core import GaugeMetricFamily, SummaryMetricFamily

        counts = self._counters.snapshot()
        yield GaugeMetricFamily("rommon_tftp_active_transfers", "Transfers that move.", counts.active)
        yield _counter("requests", "Requests of expected clients.", counts.requests)
        yield _counter("acknowledged_bytes", "Bytes of files that clients have acknowledged.", counts.bytes)
        yield _counter("resent_blocks", "Blocks sent again in completed transfers.", counts.resent_blocks)
        yield _counter("stalls", "Times when a client acknowledged nothing for seconds.", counts.stalls)
        yield _by_word("refusals", "Requests refused.", "reason", get_args(RefusalReason), counts.refusals)
        yield _by_word("transfers", "Transfers ended.", "outcome", _OUTCOMES, counts.transfers)
        yield _by_word("uploads", "Files taken.", "outcome", ("completed", "failed"), counts.uploads)
        completed = counts.transfers["completed"] + counts.transfers["unconfirmed"]
        name, text = "rommon_tftp_transfer_duration_seconds", "Time that completed transfers took."
        yield SummaryMetricFamily(name, text, count_value=completed, sum_value=counts.completed_seconds)
        info = GaugeMetricFamily("rommon_tftp_build_info", "The server's version.", labels=["version"])
        info.add_metric([self._version], 1)
        yield info
        yield from _of_devices(self._counters.by_device())


def _of_devices(by_device: dict[str, Counts]) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    if not by_device:
        return
    taken = CounterMetricFamily("rommon_tftp_device_acknowledged_bytes", "As above, by device.", labels=["device"])
    active = GaugeMetricFamily("rommon_tftp_device_active_transfers", "As above, by device.", labels=["device"])
    ended = CounterMetricFamily("rommon_tftp_device_transfers", "As above, by device.", labels=["device", "outcome"])
    for device, counts in by_device.items():
        taken.add_metric([device], counts.bytes)
        active.add_metric([device], counts.active)
        for outcome in _OUTCOMES:
            ended.add_metric([device, outcome], counts.transfers[outcome])
    yield from (taken, active, ended)


def _counter(name: str, text: str, value: float) -> Metric:
    from prometheus_client.core import CounterMetricFamily

    return CounterMetricFamily(f"rommon_tftp_{name}", text, value)


def _by_word(name: str, text: str, label: str, words: tuple[str, ...], values: dict[str, int]) -> Metric:
    from prometheus_client.core import CounterMetricFamily

    family = CounterMetricFamily(f"rommon_tftp_{name}", text, labels=[label])
    for word in words:
        family.add_metric([word], values.get(word, 0))
    return family


class MetricsEndpoint:
    """`GET /metrics` on an address, in threads of its own."""

    def __init__(self, counters: Counters, address: str, port: int, *, version: str = "") -> None:
        """Opens the port (0: any free one, see `port`). Raises MetricsNotInstalled, MetricsUnavailable."""
        try:
            from prometheus_client import CollectorRegistry, generate_latest, make_wsgi_app
        except ImportError as error:
            raise MetricsNotInstalled(
                "the metrics need the package prometheus-client",
                seen=str(error),
                hint="pip install 'rommon-tool[metrics]'",
            ) from error
        registry = CollectorRegistry()
        registry.register(CounterCollector(counters, version))
        generate_latest(registry)  # what it imports may not be readable any more once privileges are given up
        try:
            self._server = _Window((address, port), socket.AF_INET6 if ":" in address else socket.AF_INET)
        except OSError as error:
            raise MetricsUnavailable(
                f"cannot open TCP {address}:{port} for the metrics",
                seen=error.strerror or str(error),
                hint="give --metrics another port, or an address of this machine",
            ) from error
        self._server.set_app(_reading_only(make_wsgi_app(registry)))
        #: The TCP port that answers.
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _reading_only(app: Any) -> Any:
    """`app` for GET and HEAD of /metrics; anything else is answered without it."""

    def guarded(environ: dict[str, Any], start_response: Any) -> Any:
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            start_response("405 Method Not Allowed", [("Allow", "GET, HEAD")])
            return [b""]
        if environ["PATH_INFO"] not in {"/", "/metrics"}:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"see /metrics\n"]
        return app(environ, start_response)

    return guarded


class _Request(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in http.server
        """Say nothing: scrapes are no news, and stderr is the table's."""

    def address_string(self) -> str:
        return str(self.client_address[0])  # no look-up of a name


class _Window(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 32

    def __init__(self, address: tuple[str, int], family: socket.AddressFamily) -> None:
        self.address_family = family
        self._places = threading.BoundedSemaphore(_CONNECTIONS)
        super().__init__(address, _Request)

    def server_bind(self) -> None:
        """As WSGIServer, without asking a name server who we are."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)
        time.sleep(_REST_SECONDS)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        ending = threading.Timer(_CONNECTION_SECONDS, _hang_up, [request])
        ending.daemon = True
        ending.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            ending.cancel()
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up or was hung up on is no news."""


def _hang_up(request: socket.socket) -> None:
    with suppress(OSError):
        request.shutdown(socket.SHUT_RDWR)
