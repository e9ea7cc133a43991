"""How many threads numpy's matrix library may use in this process."""

from __future__ import annotations


def use_one_matrix_thread() -> None:
    """Let matrix products run on the thread that asks for them, in this process and from now on.

    The products of a live reading take microseconds. OpenBLAS gives half of each to a second
    thread all the same, and on a busy machine waits milliseconds until that one gets a core: with
    every core taken, a window took 4 to 8 ms instead of 0.5 (``bench live``). What is worth
    several threads here, fits, runs in processes of its own with their own setting.
    """
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1, user_api="blas")
