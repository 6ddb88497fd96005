/* A worker makes one attempt after the other, step by step. Between any two it may stand still, or be killed. */

/* The call is over, or never was. */
inline forget_call() {
  to_send[me] = false; is_known = false; dispatch = 0; refused = 0;
  for (i : 0 .. ROWS - 1) { word[i] = 0 }
  i = 0
}

/* Nothing more to do with the run. A transaction that is still open is rolled back. */
inline forget_run() {
  forget_call();
  if
  :: lock == me -> lock = FREE
  :: else
  fi;
  working[me] = NOBODY;
  r = 0; e = 0; attempt = 0; id = 0; has_room = false; end_as = 0
}

#define or_is_killed :: atomic { faults > 0 -> faults--; forget_run(); goto idle }

/* The attempt failed: another one may help, up to a number. */
inline fail() {
  id = 0;
  if
  :: attempts[r] + 1 < ATTEMPTS -> end_as = RETRIED; goto ending
  :: else -> end_as = IS_DEAD; goto abandoning
  fi
}

proctype worker(byte me) {
  byte r, e, attempt;            /* the run, the fence, and what tells the attempt from all others */
  byte id, dispatch, refused;    /* the claim, the deliveries of its call, those of them that the platform refused */
  byte word[ROWS];               /* on whose word each of them leaves: 0 the approval, n the n-th answer */
  bool has_room, is_known;       /* the channel has a place; the call's answer came */
  mtype end_as;
  byte i, size;                  /* these three only within a step */
  bool is_late;

idle:
  if
  :: atomic { can_reserve(0) -> r = 0; reserve(r, me, e) }
#if RUNS > 1
  :: atomic { can_reserve(1) -> r = 1; reserve(r, me, e) }
#endif
#if RUNS > 2
  :: atomic { can_reserve(2) -> r = 2; reserve(r, me, e) }
#endif
  :: atomic { closing -> goto over }
  fi;

starting:
  if
  :: atomic {
      open && can_start(r) && !is_stopped(r) ->
      start(r, me, e, attempt);
      if
      :: crashes[r] >= CRASH_LIMIT -> end_as = IS_DEAD; goto abandoning
      :: crashes[r] < CRASH_LIMIT -> goto orphans
      :: faults > 0 -> faults--; settle(r, me, LISTED); forget_run(); goto idle   /* the answer to COMMIT is lost */
      fi
    }
  :: atomic { open && can_start(r) && is_stopped(r) -> goto dozing }
  :: atomic { open && !can_start(r) -> settle(r, me, ABSENT); forget_run(); goto idle }   /* stale, or too early */
  or_is_killed
  fi;

dozing:
  if
  :: atomic { settle(r, me, ASLEEP); forget_run(); goto idle }
  or_is_killed
  fi;

orphans:
  if
  :: atomic {
      has_orphans(e) && can_lock ->
      if
      :: may_claim(r, e) -> settle_orphans(r, e); goto claiming
      :: else -> end_as = GIVEN_BACK; goto ending
      fi
    }
  :: atomic { !has_orphans(e) -> goto claiming }
  or_is_killed
  fi;

claiming:
  /* The transaction's first statements: the window's lock, the fence, the channel's count. */
  if
  :: atomic {
      can_lock ->
      if
      :: may_claim(r, e) -> take_lock(me); has_room = has_place; goto committing
      :: else -> end_as = GIVEN_BACK; goto ending
      fi
    }
  or_is_killed
  fi;

committing:
  /* A later attempt may have begun since. It looks for orphans when this is committed: it needs the lock for that. */
  if
  :: atomic {
      holds_lock(me) ->
      choose(r, attempt);
      if
      :: dispatch == 0 -> end_as = IS_DONE; give_lock; has_room = false; goto ending
      :: dispatch != 0 && !has_room -> forget_call(); id = 0; end_as = SNOOZED; give_lock; goto ending
      :: dispatch != 0 && has_room ->
        write_claim(r, e, id, dispatch); to_send[me] = true; give_lock; has_room = false; goto sending
      :: dispatch != 0 && has_room && faults > 0 ->                   /* the answer to COMMIT is lost */
        faults--;
        if
        :: write_claim(r, e, id, dispatch); give_lock
        :: give_lock
#ifndef WITHOUT_WINDOW_LOCK
        :: lock = BACKEND; late_commit = id; late_epoch = e; late_dispatch = dispatch
#endif
        fi;
        forget_call(); has_room = false; goto letting_go
      fi
    }
  :: atomic { !holds_lock(me) -> has_room = false; goto letting_go }  /* Postgres is another one by now */
  or_is_killed
  fi;

sending:
  if
  :: atomic {
      arrive();
      if
      :: is_known = true; goto settling
      :: refused = 0; goto settling                                   /* the answer is lost */
#ifdef TIMEOUT_IS_NOT_SENT
      :: forget_call(); goto letting_go
#endif
      fi
    }
  :: atomic { to_send[me] = false; goto settling }                    /* the call is lost, who knows where */
  :: atomic { forget_call(); goto letting_go }                        /* no byte left: too late, lease lost, no way */
  or_is_killed
  fi;

settling:
  if
  :: atomic { open -> write_outcome(r, id); forget_call(); id = 0; goto claiming }
  :: atomic { open && faults > 0 -> faults--; write_outcome(r, id); goto settling }   /* the answer is lost: again */
  :: atomic { faults > 0 -> faults--; forget_call(); fail() }         /* patience is over */
  or_is_killed
  fi;

letting_go:
  if
  :: atomic { open -> release(r, id); fail() }
  :: atomic {
      open && faults > 0 ->
      faults--; release(r, id);
      if
      :: goto letting_go                                              /* the answer is lost: again */
      :: id = 0; end_as = GIVEN_BACK; goto ending                     /* the worker stops, or lost its lease */
      :: id = 0; end_as = SNOOZED; goto ending                        /* the platform asked for a pause */
      fi
    }
  :: atomic { faults > 0 -> faults--; fail() }                        /* patience is over */
  or_is_killed
  fi;

abandoning:
  if
  :: atomic {
      can_lock ->
      if
      :: may_claim(r, e) -> abandon(r)
      :: else -> end_as = RETRIED
      fi;
      goto ending
    }
  or_is_killed
  fi;

ending:
  if
  :: atomic { open && may_end(r, e) -> write_end(r, attempt, end_as); goto telling }
  :: atomic { open && !may_end(r, e) -> forget_run(); goto idle }     /* overtaken: it has no say */
  :: atomic {
      open && may_end(r, e) && faults > 0 ->                 /* the answer is lost: again, and then it has no say */
      faults--; write_end(r, attempt, end_as); forget_run(); goto idle
    }
  or_is_killed
  fi;

telling:
  if
  :: atomic { settle(r, me, (end_as == IS_DONE || end_as == IS_DEAD -> ABSENT : LISTED)); forget_run(); goto idle }
  or_is_killed
  fi;

over:
  skip
}
