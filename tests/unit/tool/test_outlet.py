"""The outlet between a source that must not wait and a reader that may keep it waiting."""

import threading
from collections.abc import Callable

from rommon_tool.outlet import KEPT, Outlet, Sparse
from rommon_tool.progress import Finished, Record, Warned
from tftp.events import TransferCompleted, TransferProgressed, TransferStalled


class HeldReader:
    """A subscriber that keeps whoever calls it waiting until it is let go."""

    def __init__(self) -> None:
        self.heard: list[Record] = []
        self.entered, self.let_go = threading.Event(), threading.Event()

    def __call__(self, record: Record) -> None:
        self.entered.set()
        self.let_go.wait()
        self.heard.append(record)


def record(seq: int, event: object) -> Record:
    return Record(seq, seq / 10, "server", event)


def progressed(client: str = "192.0.2.10") -> TransferProgressed:
    return TransferProgressed(client, 1024, "asa.bin", 1, 512, 10_000)


def filled(outlet: Outlet, reader: HeldReader, count: int, event: Callable[[int], object]) -> None:
    outlet(record(1, Warned("first")))
    reader.entered.wait()
    for seq in range(2, count + 2):
        outlet(record(seq, event(seq)))


def test_records_arrive_in_their_order() -> None:
    heard: list[Record] = []
    outlet = Outlet(heard.append)
    sent = [record(seq, Warned(str(seq))) for seq in range(1, 100)]
    for each in sent:
        outlet(each)
    assert outlet.close()
    assert heard == sent


def test_a_reader_that_takes_nothing_holds_up_neither_the_source_nor_the_end() -> None:
    reader = HeldReader()
    outlet = Outlet(reader)
    filled(outlet, reader, 3 * KEPT, lambda seq: Warned(str(seq)))
    assert not outlet.close(0.01)
    reader.let_go.set()


def test_a_gap_is_told_where_it_is_and_the_result_comes_after_all() -> None:
    reader = HeldReader()
    outlet = Outlet(reader)
    filled(outlet, reader, KEPT + 7, lambda seq: Warned(str(seq)))
    outlet(record(KEPT + 9, Finished(0, "done")))
    reader.let_go.set()
    assert outlet.close()
    gap, result = reader.heard[-2:]
    assert (gap.seq, gap.event.text[:25]) == (KEPT + 8, "7 records were left out: ")
    assert isinstance(result.event, Finished)
    assert len(reader.heard) == KEPT + 3


def test_progress_leaves_room_for_what_happens_once() -> None:
    reader = HeldReader()
    outlet = Outlet(reader)
    filled(outlet, reader, KEPT, lambda _: progressed())
    outlet(record(KEPT + 2, TransferCompleted("192.0.2.10", 1024, "asa.bin", 10_000, 1.0, 0, acknowledged=True)))
    reader.let_go.set()
    assert outlet.close()
    assert isinstance(reader.heard[-1].event, TransferCompleted)
    assert sum(isinstance(each.event, TransferProgressed) for each in reader.heard) == KEPT // 2


def test_a_defect_of_the_reader_ends_the_reader_alone() -> None:
    def reader(_: Record) -> None:
        raise ZeroDivisionError

    outlet = Outlet(reader)
    outlet(record(1, Warned("first")))
    assert outlet.close()
    outlet(record(2, Warned("second")))
    assert isinstance(outlet.defect, ZeroDivisionError)


def test_a_picture_is_drawn_anew_without_records_and_once_more_at_the_end() -> None:
    drawn, twice = [], threading.Event()

    def refresh() -> None:
        drawn.append(len(heard))
        if len(drawn) == 2:
            twice.set()

    heard: list[Record] = []
    finished: list[bool] = []
    outlet = Outlet(heard.append, refresh=refresh, refresh_seconds=0.001, finish=lambda: finished.append(True))
    assert twice.wait(10)
    outlet(record(1, Warned("last")))
    assert outlet.close()
    assert (drawn[-1], finished) == (1, [True])


def test_progress_of_many_devices_takes_turns_within_a_rate() -> None:
    heard: list[Record] = []
    sparse = Sparse(heard.append, per_second=100)
    devices = [f"192.0.2.{number}" for number in range(200)]
    for fifth in range(50):
        for device in devices:
            sparse(Record(1, fifth / 5, "server", progressed(device)))
    # The first round is each device's first; ten seconds at a hundred a second follow.
    assert 1000 <= len(heard) <= 1200
    counts = {device: sum(each.event.client == device for each in heard) for device in devices}
    assert max(counts.values()) - min(counts.values()) <= 1


def test_few_devices_lose_no_progress_and_nothing_else_is_left_out() -> None:
    heard: list[Record] = []
    sparse = Sparse(heard.append, per_second=100)
    stall = TransferStalled("192.0.2.10", 1024, "asa.bin", 1, 512, 10_000, 3.0)
    for fifth in range(50):
        for number in range(10):
            sparse(Record(1, fifth / 5, "server", progressed(f"192.0.2.{number}")))
        sparse(Record(1, fifth / 5, "server", stall))
    assert len(heard) == 50 * 11
