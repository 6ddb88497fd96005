"""Measures procrastinate with jobs that do nothing: measure_procrastinate.py --postgres DSN --jobs N

Settings: one process with one worker. Five jobs at a time, and as many connections and one more, as its guide advises
for short jobs (it is bound by its own CPU: from 1 to 10 at a time differ little, 20 are slower). Jobs that succeeded
are deleted, which its guide offers for production and which is a little faster than to keep them. All else is its
default; synchronous_commit is on.

Three rounds, each in a new schema; the median counts. A tenth more jobs are enqueued than counted: the worker has
warmed up on them when the clock starts.
"""

import argparse
import asyncio
import json
import logging
import signal
import statistics
import sys
import time

import procrastinate
import psycopg

SCHEMA = "bench_procrastinate"
CONCURRENCY = 5
ROUNDS = 3
BATCH = 1000


class Round:
    """N jobs through one worker."""

    def __init__(self, postgres: str, jobs: int) -> None:
        self.jobs = jobs
        self.warming = jobs // 10
        self.started = 0
        self.begun = 0.0
        self.app = procrastinate.App(
            connector=procrastinate.PsycopgConnector(
                conninfo=postgres,
                kwargs={"options": f"-c search_path={SCHEMA} -c synchronous_commit=on"},
                min_size=CONCURRENCY + 1,
                max_size=CONCURRENCY + 1,
            )
        )
        self.task = self.app.task(name="no_op")(self.no_op)

    async def no_op(self, number: int) -> None:
        self.started += 1
        if self.started == self.warming:
            self.begun = time.perf_counter()

    async def rate(self, administrator: psycopg.AsyncConnection) -> float:
        async with self.app.open_async():
            await self.app.schema_manager.apply_schema_async()
            total = self.warming + self.jobs
            for first in range(0, total, BATCH):
                numbers = range(first, min(first + BATCH, total))
                await self.task.batch_defer_async(*[{"number": number} for number in numbers])
            # What autovacuum would have done by the time a real queue is this long.
            await administrator.execute(f"vacuum analyze {SCHEMA}.procrastinate_jobs")

            await self.app.run_worker_async(
                wait=False, concurrency=CONCURRENCY, delete_jobs="successful", install_signal_handlers=False
            )
            seconds = time.perf_counter() - self.begun

            left = await administrator.execute(f"select count(*) from {SCHEMA}.procrastinate_jobs")
            (unfinished,) = await left.fetchone()
            if self.started != total or unfinished != 0:
                raise RuntimeError(f"of {total} jobs {self.started} were started and {unfinished} are left")
        return self.jobs / seconds


async def measure(postgres: str, jobs: int) -> float:
    task = asyncio.current_task()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)

    rates = []
    async with await psycopg.AsyncConnection.connect(postgres, autocommit=True) as administrator:
        try:
            for number in range(1, ROUNDS + 1):
                # A run that was killed may have left its own.
                await administrator.execute(f"drop schema if exists {SCHEMA} cascade")
                await administrator.execute(f"create schema {SCHEMA}")
                rates.append(await Round(postgres, jobs).rate(administrator))
                print(f"procrastinate: round {number}: {rates[-1]:.0f} jobs/s", file=sys.stderr)
        finally:
            await administrator.execute(f"drop schema if exists {SCHEMA} cascade")
    return statistics.median(rates)


def main() -> None:
    parser = argparse.ArgumentParser(prog="run procrastinate")
    parser.add_argument("--postgres", metavar="DSN", required=True, help="a postgresql:// URI; a schema is made there")
    parser.add_argument("--jobs", metavar="N", type=int, required=True, help="how many are counted, at least 1000")
    arguments = parser.parse_args()
    if arguments.jobs < 1000:
        parser.error("--jobs has to be at least 1000")
    # It warns of an app that is made in the main program, which matters only to its own command.
    logging.getLogger("procrastinate").setLevel(logging.ERROR)
    try:
        rate = asyncio.run(measure(arguments.postgres, arguments.jobs))
    except asyncio.CancelledError:
        sys.exit("procrastinate: stopped by a signal")
    except Exception as error:
        sys.exit(f"procrastinate: {type(error).__name__}: {error}")
    print(json.dumps({"drain_per_s": round(rate, 1)}))


main()
