/* How a delivery leaves: reserved in Redis, started in Postgres, claimed in the ledger, sent, settled.
 *
 * The code is in Sources/JobQueue (Taker, RunStore, Settler, Upkeep and the scripts) and Sources/Community/Deliveries
 * (Dispatching, Claiming, ClaimStore). Nothing is assumed of clocks: any lease may expire at any moment, and a worker
 * may stand still between any two steps for as long as it takes to do harm.
 *
 * A configuration says how much there is of everything. One that has to fail also takes a guard away, by a macro that
 * names what is then done instead. `configurations.json` lists them all.
 */

#ifndef WORKERS
#define WORKERS 2               /* attempts that go on at the same time; at most 3 */
#endif
#ifndef TOUCHES
#define TOUCHES 1               /* all through the same channel; at most 2 */
#endif
#ifndef EACH
#define EACH 1                  /* deliveries of each touch */
#endif
#ifndef BATCH
#define BATCH 1                 /* deliveries that one call may carry */
#endif
#ifndef RUNS
#define RUNS 2                  /* rows for runs: one for each touch, the rest for what is enqueued again; at most 3 */
#endif
#ifndef FAULTS
#define FAULTS 2                /* kills, leases that expire under a living holder, lost answers of Postgres: in all */
#endif
#ifndef CRASH_LIMIT
#define CRASH_LIMIT 2           /* a run that was cut off this often is quarantined */
#endif
#ifndef ATTEMPTS
#define ATTEMPTS 2              /* a run that failed this often is given up */
#endif
#ifndef LIMIT
#define LIMIT 0                 /* calls that the platform takes in any window; 0: as many as there are */
#endif
#ifndef PAUSES
#define PAUSES 0                /* 1: a person pauses everything once, and resumes it */
#endif
#ifndef OPERATORS
#define OPERATORS 0             /* people who see that a delivery is unknown and press `resend`, once each; at most 2 */
#endif
#ifndef EMPTIED
#define EMPTIED 0               /* how often Redis is emptied */
#endif
#ifndef REDIS_GOES_BACK
#define REDIS_GOES_BACK 0       /* 1: once, at any time, Redis becomes what it was at any earlier time */
#endif
#ifndef POSTGRES_GOES_BACK
#define POSTGRES_GOES_BACK 0    /* 1: the same of Postgres: a restore, or a standby that lacked the last commits */
#endif

#if WORKERS > 3 || TOUCHES > 2 || RUNS > 3 || RUNS < TOUCHES || OPERATORS > 2
#error "more than the model has places for"
#endif

#define ROWS (TOUCHES * EACH)
#define WORDS (OPERATORS + 1)   /* on which a delivery may leave: the approval, and each answer of a person */
#define NOBODY 255
#define NEW_EPOCHS 16            /* no history of the model gets that far */
#define REOPENED 250             /* the claim that an opened database puts on what it holds back */

/* What must never be. Raised where it happens, so that the assertion that fails names it; no part of the state. */
hidden byte doubled;             /* something left a second time on one approval, or on one person's word */
hidden byte lost;                /* all is at rest, and a delivery is still ready or sending */
hidden byte untrue;              /* all is at rest, and the ledger says of a delivery what is not so */
hidden byte ended_by_overtaken;  /* an attempt wrote a run's end although a later one had begun */
hidden byte over_limit;          /* the platform got more in a window than it takes */
hidden byte given_up_in_vain;    /* a run was given up that had not failed, or been cut off, often enough */
hidden byte beyond_the_model;    /* a number of the model itself ran over */

inline forbid(condition, name) {
  if
  :: condition -> name = 1; assert(!name)
  :: else
  fi
}

byte faults = FAULTS;            /* how many may still happen */
bool closing;                    /* all is at rest, and nothing more happens */

#include "postgres.pml"
#include "redis.pml"
#include "rollback.pml"
#include "truth.pml"
#include "worker.pml"
#include "world.pml"

init {
  byte n, i;
  atomic {
    /* Where Postgres goes back, it may go back to before the touch was expanded. */
#if !POSTGRES_GOES_BACK
    for (n : 0 .. TOUCHES - 1) { expand(n) }
#endif
    for (n : 0 .. WORKERS - 1) { run worker(n) }
#if OPERATORS
    for (n : 1 .. OPERATORS) { run operator() }
#endif
#if PAUSES
    run manager();
#endif
    run upkeep();
    run world()
  }
}
