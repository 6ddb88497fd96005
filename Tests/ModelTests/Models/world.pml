/* What happens to the workers: people, time, loss. */

/* Somebody sees that a delivery is unknown, thinks, and presses `resend`, when it may be something else by then. */
#ifdef RESEND_UNCHECKED
#define may_resend(d, seen) (true)
#elif defined(RESEND_BY_STATE)
#define may_resend(d, seen) (row[d] == UNKNOWN)
#else
#define may_resend(d, seen) (row[d] == UNKNOWN && claim[d] == seen)
#endif
proctype operator() {
  byte d, seen, i;
  bool saw_new_history;
  if
  :: atomic { open && row[0] == UNKNOWN -> d = 0; seen = claim[0]; saw_new_history = went_back }
#if ROWS > 1
  :: atomic { open && row[1] == UNKNOWN -> d = 1; seen = claim[1]; saw_new_history = went_back }
#endif
  :: atomic { closing -> goto over }
  fi;
  if
  :: atomic {
      open && !closing && can_enqueue(d / EACH) ->
      if
      :: may_resend(d, seen) ->
        /* This is a person's word only if the question that they saw is the one that stands. */
        answered[d] = answered[d] + (row[d] == UNKNOWN && claim[d] == seen && saw_new_history == went_back -> 1 : 0);
        row[d] = READY; claim[d] = 0; claim_epoch[d] = 0; given_up[d] = false;
#ifndef RESEND_WITHOUT_RUN
        enqueue(d / EACH, i)
#endif
      :: else
      fi
    }
  :: atomic { closing -> goto over }
  fi;
over:
  skip
}

#if PAUSES
/* Somebody pauses, and resumes; the index is told after the commit, if it can be. */
proctype manager() {
  byte i;
  if
  :: atomic { !closing -> paused = true }
  :: atomic { closing -> goto over }
  fi;
  paused = false;
  if
  :: atomic { rouse() }
  :: atomic { faults > 0 -> faults-- }
  fi;
over:
  skip
}
#endif

#if WORKERS == 1
#define nobody_works (working[0] == NOBODY)
#elif WORKERS == 2
#define nobody_works (working[0] == NOBODY && working[1] == NOBODY)
#else
#define nobody_works (working[0] == NOBODY && working[1] == NOBODY && working[2] == NOBODY)
#endif
#if RUNS == 1
#define nothing_is_live (!is_live(0))
#elif RUNS == 2
#define nothing_is_live (!is_live(0) && !is_live(1))
#else
#define nothing_is_live (!is_live(0) && !is_live(1) && !is_live(2))
#endif
#define all_is_expanded (row[0] != NO_ROW && row[ROWS - 1] != NO_ROW)
#define is_at_rest (nobody_works && nothing_is_live && all_is_expanded && !is_restored && late_commit == 0)

#if EMPTIED
byte emptied;
#endif

proctype world() {
  byte i;
  do
  :: atomic { can_expire(0) -> expire(0) }
#if RUNS > 1
  :: atomic { can_expire(1) -> expire(1) }
#endif
#if RUNS > 2
  :: atomic { can_expire(2) -> expire(2) }
#endif

  /* The server gets to the COMMIT, or finds the client gone. */
  :: atomic {
      late_commit != 0 ->
      if
      :: write_claim(run_of(attempt_of(late_commit)), late_epoch, late_commit, late_dispatch)
      :: skip
      fi;
      lock = FREE; late_commit = 0; late_epoch = 0; late_dispatch = 0
    }

#if LIMIT
  :: atomic { can_forget_call -> forget_platform_call() }
  :: atomic { can_forget_claim -> used-- }
#endif

#if EMPTIED
  :: atomic { !closing && emptied < EMPTIED -> emptied++; empty_redis() }
#endif
#if REDIS_GOES_BACK
  :: atomic { !closing && redis_copy == 0 -> copy_redis() }
  :: atomic { !closing && redis_copy == 1 -> restore_redis() }
#endif
#if POSTGRES_GOES_BACK
  :: atomic { open && row[0] == NO_ROW && can_enqueue(0) -> expand(0) }
#if TOUCHES > 1
  :: atomic { open && row[EACH] == NO_ROW && can_enqueue(1) -> expand(1) }
#endif
  :: atomic { !closing && postgres_copy == 0 -> copy_postgres() }
  :: atomic { !closing && postgres_copy == 1 -> restore_postgres() }
  :: atomic { is_restored -> reopen() }
#endif

  /* Nothing stuck: were this never reached, the search would end in a state where nobody can move. */
  :: atomic { is_at_rest -> look_at_the_ledger(); closing = true; break }
  od
}
