"""When a block is sent again."""

from __future__ import annotations

from tftp.timer import FIRST_RTO, LARGEST_RTO, SMALLEST_RTO, RetransmissionTimer


def _measured(trip: float, times: int = 50) -> RetransmissionTimer:
    timer = RetransmissionTimer()
    for _ in range(times):
        timer.measure(trip)
    return timer


def _repeated(timer: RetransmissionTimer, times: int) -> None:
    timer.begin_backing_off()
    for _ in range(times):
        timer.back_off()


def test_until_a_round_trip_was_measured_half_a_second_is_waited() -> None:
    assert RetransmissionTimer().rto == FIRST_RTO


def test_a_quick_device_is_waited_for_no_longer_than_a_hundredth_of_a_second() -> None:
    assert _measured(0.001).rto == SMALLEST_RTO


def test_a_slow_device_is_waited_for_as_long_as_it_takes_and_a_bit() -> None:
    assert 0.3 < _measured(0.3).rto < 0.45


def test_each_repeat_waits_twice_as_long_up_to_a_bound() -> None:
    timer = _measured(0.001)
    timer.begin_backing_off()
    waits = []
    for _ in range(12):
        waits.append(timer.backed_off)
        timer.back_off()
    assert waits == [min(SMALLEST_RTO * 2**n, LARGEST_RTO) for n in range(12)]


def test_after_a_loss_that_a_quick_device_answered_at_once_the_next_block_waits_no_longer() -> None:
    timer = _measured(0.001)
    _repeated(timer, 6)
    timer.heard_after_repeat(0.001)
    assert timer.rto == SMALLEST_RTO


def test_an_answer_that_may_have_been_to_the_first_sending_makes_the_next_block_wait_longer() -> None:
    timer = _measured(0.001)
    _repeated(timer, 4)
    timer.heard_after_repeat(0.150)
    assert timer.rto == SMALLEST_RTO * 2**4


def test_before_anything_was_measured_a_repeat_that_was_answered_makes_the_next_block_wait_longer() -> None:
    timer = RetransmissionTimer()
    _repeated(timer, 1)
    timer.heard_after_repeat(0.0001)
    assert timer.rto == 2 * FIRST_RTO


def test_one_trip_that_took_far_longer_is_waited_for_from_then_on() -> None:
    timer = _measured(0.001)
    timer.measure(1.0)
    assert timer.rto > 1.0
