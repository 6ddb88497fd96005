"""Measures pgqueuer with jobs that do nothing: measure_pgqueuer.py --postgres DSN --jobs N

Settings: one process with one worker on uvloop, as its own command runs it; asyncpg, its fastest driver, with a pool,
as its guide advises for throughput; 500 jobs in a batch, as the guide says to raise that for short jobs (with 10, its
default, it is several times slower, with 1000 no faster); its recommended autovacuum settings; its default durability,
where all tables are logged. synchronous_commit is on.

Three rounds, each in a new schema; the median counts. The rate is read from pgqueuer's own log of finished jobs. A
tenth more jobs are enqueued before those that count and another after them, as the first find a cold worker and the
last wait for a batch to fill.
"""

import argparse
import asyncio
import json
import os
import signal
import statistics
import sys

SCHEMA = "bench_pgqueuer"
# Read when pgqueuer is imported.
os.environ["PGQUEUER_SCHEMA"] = SCHEMA

import asyncpg  # noqa: E402
import uvloop  # noqa: E402
from pgqueuer import PgQueuer  # noqa: E402
from pgqueuer.db import AsyncpgDriver, AsyncpgPoolDriver  # noqa: E402
from pgqueuer.domain.types import QueueExecutionMode  # noqa: E402
from pgqueuer.models import Job  # noqa: E402
from pgqueuer.queries import Queries  # noqa: E402

CONNECTIONS = 5
BATCH = 500
ROUNDS = 3

# Jobs are logged in batches that share an instant, so both ends are rounded up to a whole batch and the jobs between
# them counted.
RATE = f"""
with finished as (select created from {SCHEMA}.pgqueuer_log where status = 'successful'),
ends as (
  select (select created from finished order by created offset $1 limit 1) as first,
         (select created from finished order by created offset $2 limit 1) as last
)
select (count(*) / extract(epoch from last - first))::float8
from finished, ends where created > first and created <= last group by first, last
"""


async def drain(administrator: asyncpg.Connection, postgres: str, jobs: int) -> float:
    """The rate of N jobs through one worker."""
    margin = jobs // 10
    total = margin + jobs + margin
    queries = Queries(AsyncpgDriver(administrator))
    await queries.install()
    await queries.optimize_autovacuum()
    for first in range(0, total, BATCH):
        size = min(BATCH, total - first)
        await queries.enqueue(["no_op"] * size, [b"%d" % number for number in range(first, first + size)], [0] * size)
    # What autovacuum would have done by the time a real queue is this long.
    await administrator.execute(f"vacuum analyze {SCHEMA}.pgqueuer")

    started = 0
    async with asyncpg.create_pool(
        postgres, min_size=CONNECTIONS, max_size=CONNECTIONS, server_settings={"synchronous_commit": "on"}
    ) as pool:
        worker = PgQueuer(AsyncpgPoolDriver(pool))

        @worker.entrypoint("no_op")
        async def no_op(job: Job) -> None:
            nonlocal started
            started += 1

        await worker.run(batch_size=BATCH, mode=QueueExecutionMode.drain)

    unfinished = await administrator.fetchval(f"select count(*) from {SCHEMA}.pgqueuer")
    if started != total or unfinished != 0:
        raise RuntimeError(f"of {total} jobs {started} were started and {unfinished} are left")
    return await administrator.fetchval(RATE, margin, margin + jobs)


async def measure(postgres: str, jobs: int) -> float:
    task = asyncio.current_task()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)

    rates = []
    administrator = await asyncpg.connect(postgres)
    try:
        for number in range(1, ROUNDS + 1):
            # A run that was killed may have left its own.
            await administrator.execute(f"drop schema if exists {SCHEMA} cascade")
            rates.append(await drain(administrator, postgres, jobs))
            print(f"pgqueuer: round {number}: {rates[-1]:.0f} jobs/s", file=sys.stderr)
    finally:
        await administrator.execute(f"drop schema if exists {SCHEMA} cascade")
        await administrator.close()
    return statistics.median(rates)


def main() -> None:
    parser = argparse.ArgumentParser(prog="run pgqueuer")
    parser.add_argument("--postgres", metavar="DSN", required=True, help="a postgresql:// URI; a schema is made there")
    parser.add_argument("--jobs", metavar="N", type=int, required=True, help="how many are counted, at least 5000")
    arguments = parser.parse_args()
    if arguments.jobs < 10 * BATCH:
        parser.error(f"--jobs has to be at least {10 * BATCH}, or there are too few batches to count")
    try:
        rate = uvloop.run(measure(arguments.postgres, arguments.jobs))
    except asyncio.CancelledError:
        sys.exit("pgqueuer: stopped by a signal")
    except Exception as error:
        sys.exit(f"pgqueuer: {type(error).__name__}: {error}")
    print(json.dumps({"drain_per_s": round(rate, 1)}))


main()
