/* What Redis holds: an index of who may try next. It may be lost at any moment, and decides nothing.
 *
 * What is ready and what is due later is one place here, for without a clock nothing tells them apart. Left out are
 * lines, shares and gates, which only change the order, and the generation's id, which makes a loss known sooner. */

mtype = { ABSENT, LISTED, LEASED, ASLEEP };

mtype place[RUNS] = ABSENT;
byte holder[RUNS] = NOBODY;

#ifdef FENCE_FROM_REDIS
byte ticket;                     /* INCR at each reservation */
#endif

#define can_reserve(r) (place[r] == LISTED && is_due(r))
inline reserve(r, me, e) {
  place[r] = LEASED; holder[r] = me;
#ifdef FENCE_FROM_REDIS
  ticket++; e = ticket;
#endif
  working[me] = r
}

/* Ends a lease, if it is still this worker's. */
inline settle(r, me, to) {
  if
  :: place[r] == LEASED && holder[r] == me -> place[r] = to; holder[r] = NOBODY
  :: else
  fi
}

/* A lease expires. Under a holder that is at work it is a fault, and there are only so many. */
#define is_at_work(who, r) (who < WORKERS && working[(who < WORKERS -> who : 0)] == r)
#define can_expire(r) (place[r] == LEASED && (!is_at_work(holder[r], r) || faults > 0))
inline expire(r) {
  faults = faults - (is_at_work(holder[r], r) -> 1 : 0);
  place[r] = LISTED; holder[r] = NOBODY
}

inline rouse() {
  for (i : 0 .. RUNS - 1) { place[i] = (place[i] == ASLEEP -> LISTED : place[i]) }
  i = 0
}

/* Compares the index with Postgres, which is read first: when the index is written, what was read may be old.
 *
 * It looks at every live run each time. A sweep that hands over each run only once is no substitute. */
#ifdef SWEEP_TRUSTS_ITSELF
#define is_missing(r) (is_live(r) && place[r] == ABSENT && !swept[r])
#else
#define is_missing(r) (is_live(r) && place[r] == ABSENT)
#endif
#ifdef ROUSED_ONCE
#define sleeps_in_vain(r) (false)
#else
#define sleeps_in_vain(r) (is_live(r) && place[r] == ASLEEP && !paused)
#endif
#define is_amiss(r) (is_missing(r) || sleeps_in_vain(r))

proctype upkeep() {
  byte r, name;
  mtype seen;
  do
  :: atomic {
      if
      :: is_amiss(0) -> r = 0
#if RUNS > 1
      :: is_amiss(1) -> r = 1
#endif
#if RUNS > 2
      :: is_amiss(2) -> r = 2
#endif
      fi;
      seen = state[r]; name = by[r];
#ifdef SWEEP_TRUSTS_ITSELF
      swept[r] = true
#endif
    }
    atomic {
      if
      :: place[r] == ABSENT && seen == RUNNING -> place[r] = LEASED; holder[r] = name
      :: place[r] == ABSENT && seen == WAITING -> place[r] = LISTED
      :: place[r] == ASLEEP -> place[r] = LISTED
      :: else
      fi;
      r = 0; name = 0; seen = 0
    }
  :: atomic { closing -> break }
  od
}
