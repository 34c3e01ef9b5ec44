"""The counters as Prometheus reads them, and clients of the endpoint that mean no good."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import get_args

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tftp_rig import LOCALHOST, PATIENCE_SECONDS, Client, download, request, serving

from tftp.counters import Counters
from tftp.errors import MetricsNotInstalled, MetricsUnavailable
from tftp.events import FailureReason, RefusalReason, RequestRefused, TransferCompleted
from tftp.metrics import MetricsEndpoint

IMAGE = bytes(range(256)) * 40

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@contextmanager
def answering(counters: Counters) -> Iterator[MetricsEndpoint]:
    endpoint = MetricsEndpoint(counters, LOCALHOST, 0, version="1.2.3")
    try:
        yield endpoint
    finally:
        endpoint.close()


def url_of(endpoint: MetricsEndpoint, path: str = "/metrics") -> str:
    return f"http://{LOCALHOST}:{endpoint.port}{path}"


def scraped(text: str) -> Samples:
    families = text_string_to_metric_families(text)
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for each in families
        for sample in each.samples
    }


def scrape(endpoint: MetricsEndpoint) -> Samples:
    with urllib.request.urlopen(url_of(endpoint), timeout=PATIENCE_SECONDS) as answer:
        return scraped(answer.read().decode())


def test_curl_reads_what_a_download_and_a_refusal_left_behind() -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    with serving({"asa.bin": IMAGE}) as running, answering(running.server.counters) as endpoint:
        with Client(running.port) as client:
            client.ask(request(b"no such file"))
            client.hear()
            assert download(client, b"asa.bin").data == IMAGE
        running.wait_for(TransferCompleted)
        running.wait_for(RequestRefused)
        command = ["curl", "--silent", "--fail", "--max-time", "20", url_of(endpoint)]
        text = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
    samples = scraped(text)
    assert samples["rommon_tftp_requests_total", ()] == 2
    assert samples["rommon_tftp_refusals_total", (("reason", "not-found"),)] == 1
    assert samples["rommon_tftp_transfers_total", (("outcome", "completed"),)] == 1
    assert samples["rommon_tftp_acknowledged_bytes_total", ()] == len(IMAGE)
    assert samples["rommon_tftp_transfer_duration_seconds_count", ()] == 1
    assert samples["rommon_tftp_build_info", (("version", "1.2.3"),)] == 1


def test_every_reason_and_outcome_has_a_value_before_it_happens() -> None:
    with answering(Counters()) as endpoint:
        samples = scrape(endpoint)
    reasons = {labels[0][1] for (name, labels) in samples if name == "rommon_tftp_refusals_total"}
    outcomes = {labels[0][1] for (name, labels) in samples if name == "rommon_tftp_transfers_total"}
    assert reasons == set(get_args(RefusalReason))
    assert outcomes == {"completed", "unconfirmed", "stopped", *get_args(FailureReason)}


def test_no_name_and_no_address_from_the_wire_becomes_a_label_but_that_of_an_expected_device() -> None:
    counters = Counters(["192.0.2.10"])
    for number in range(100):
        client = f"198.51.100.{number}"
        counters(RequestRefused(client, 1024, f"name-{number}", 1, "not-found"))
        counters(TransferCompleted(client, 1024, f"name-{number}", 512, 1.0, 0, acknowledged=True))
    counters(TransferCompleted("192.0.2.10", 1024, "asa.bin", 512, 1.0, 0, acknowledged=True))
    with answering(counters) as endpoint:
        samples = scrape(endpoint)
    values = {value for _, labels in samples for _, value in labels}
    assert not any("name-" in value or value.startswith("198.51.") for value in values)
    assert samples["rommon_tftp_device_acknowledged_bytes_total", (("device", "192.0.2.10"),)] == 512
    assert samples["rommon_tftp_acknowledged_bytes_total", ()] == 101 * 512


@pytest.mark.parametrize(("method", "path", "code"), [("POST", "/metrics", 405), ("GET", "/etc/passwd", 404)])
def test_anything_but_reading_the_metrics_is_refused(method: str, path: str, code: int) -> None:
    with answering(Counters()) as endpoint:
        asked = urllib.request.Request(url_of(endpoint, path), method=method)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(asked, timeout=PATIENCE_SECONDS)
        refused.value.close()
    assert refused.value.code == code


@pytest.mark.parametrize("said", [b"", b"GET /metrics HTTP/1.1\r\nX: ", b"\xff" * 70_000, b"GET / HTTP/9.9\r\n\r\n"])
def test_clients_that_never_finish_their_question_get_no_more_than_a_few_threads(
    said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tftp.metrics._REST_SECONDS", 0.001)
    with serving({"asa.bin": IMAGE}) as running, answering(running.server.counters) as endpoint, ExitStack() as stack:
        before = threading.active_count()
        for _ in range(30):
            hanging = stack.enter_context(socket.create_connection((LOCALHOST, endpoint.port), PATIENCE_SECONDS))
            try:
                hanging.sendall(said)
            except OSError:
                continue  # hung up on
        assert threading.active_count() <= before + 2 * 8
        with Client(running.port) as client:
            assert download(client, b"asa.bin").data == IMAGE


def test_a_question_that_drips_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tftp.metrics._CONNECTION_SECONDS", 0.1)
    with answering(Counters()) as endpoint:
        with socket.create_connection((LOCALHOST, endpoint.port), PATIENCE_SECONDS) as dripping:
            dripping.sendall(b"GET /metrics HTTP/1.1\r\n")
            assert dripping.recv(1) == b""
        assert scrape(endpoint)


def test_a_port_that_is_taken_is_an_error_that_says_so() -> None:
    with answering(Counters()) as endpoint, pytest.raises(MetricsUnavailable, match=str(endpoint.port)) as caught:
        MetricsEndpoint(Counters(), LOCALHOST, endpoint.port)
    assert caught.value.seen
    assert caught.value.hint


def test_without_the_library_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(MetricsNotInstalled) as caught:
        MetricsEndpoint(Counters(), LOCALHOST, 0)
    assert "rommon-tool[metrics]" in caught.value.hint
