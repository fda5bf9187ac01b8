import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.serving.pool import AnswerPool, Busy, TookTooLong
from assistant.serving.rate import REMEMBERED, RateLimit


@pytest.fixture
def pool():
    made = AnswerPool(workers=2, queue=3, seconds=30)
    yield made
    made.close()


def test_no_more_run_at_once_than_there_are_workers(pool):
    running, most, lock = 0, 0, threading.Lock()
    both = threading.Barrier(2, timeout=10)

    def call():
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        both.wait()
        with lock:
            running -= 1

    with ThreadPoolExecutor(4) as callers:
        list(callers.map(lambda _: pool.run(call), range(4)))
    assert most == 2
    assert pool.inside == 0


def test_a_full_pool_refuses_at_once_and_takes_again_when_a_place_is_free(pool):
    gate = threading.Event()
    with ThreadPoolExecutor(5) as callers:
        held = [callers.submit(pool.run, lambda: gate.wait(30)) for _ in range(5)]
        while pool.inside < 5:
            pass
        with pytest.raises(Busy):
            pool.run(lambda: None)
        gate.set()
        assert all(each.result() for each in held)
    assert pool.run(lambda: "free again") == "free again"


def test_work_that_overstays_keeps_its_place_until_it_ends():
    pool, gate = AnswerPool(workers=1, queue=0, seconds=0.05), threading.Event()
    with pytest.raises(TookTooLong):
        pool.run(lambda: gate.wait(30))
    with pytest.raises(Busy):
        pool.run(lambda: None)
    gate.set()
    pool.close()
    assert pool.inside == 0


def test_an_error_is_the_callers_and_frees_the_place(pool):
    for _ in range(20):
        with pytest.raises(ZeroDivisionError):
            pool.run(lambda: 1 / 0)
    assert pool.inside == 0


def test_a_closed_pool_says_that_it_is_busy(pool):
    pool.close()
    with pytest.raises(Busy):
        pool.run(lambda: None)


@given(st.integers(1, 50), st.lists(st.floats(0, 30), max_size=200))
def test_no_minute_sees_more_than_twice_the_rate(per_minute, pauses):
    now = 0.0
    limit = RateLimit(per_minute, clock=lambda: now)
    taken = []
    for pause in pauses:
        now += pause
        if limit.wait("visitor") == 0:
            taken.append(now)
    for start in taken:
        assert sum(start <= each < start + 60 for each in taken) <= 2 * per_minute


def test_waiting_as_long_as_told_is_enough():
    now = 0.0
    limit = RateLimit(2, clock=lambda: now)
    assert [limit.wait("a"), limit.wait("a")] == [0, 0]
    told = limit.wait("a")
    now += told + 0.001
    assert limit.wait("a") == 0
    assert limit.wait("b") == 0


def test_what_costs_more_takes_more_and_never_more_than_a_full_bucket():
    now = 0.0
    limit = RateLimit(10, clock=lambda: now)
    assert limit.wait("a", 8) == 0
    assert limit.wait("a", 3) == pytest.approx(6.0)
    assert limit.wait("a", 2) == 0
    now += 60
    assert limit.wait("a", 1_000) == 0


def test_addresses_are_forgotten_before_they_fill_the_memory():
    limit = RateLimit(1, clock=lambda: 0.0)
    for number in range(REMEMBERED + 10):
        limit.wait(str(number))
    assert len(limit._buckets) == REMEMBERED
