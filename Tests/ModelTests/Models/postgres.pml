/* What Postgres holds, and its transactions. Each is one atomic step, its commit; only the claim takes two, since what
 * happens between its fence and its commit matters. */

mtype = { NO_RUN, WAITING, RUNNING, DONE, DEAD, GONE };
mtype = { NO_ROW, READY, SENDING, DELIVERED, FAILED, UNKNOWN };
mtype = { IS_DONE, IS_DEAD, GIVEN_BACK, RETRIED, SNOOZED };

/* ops.runs. Run r is of touch r % TOUCHES. */
mtype state[RUNS] = NO_RUN;
byte epoch[RUNS];
byte crashes[RUNS];
byte attempts[RUNS];
byte by[RUNS] = NOBODY;          /* the worker that started it last */
bool snoozed[RUNS];              /* due only when the channel has a place again */
bool swept[RUNS];                /* the sweep has handed it to the index */

/* The ledger. Delivery d is of touch d / EACH. */
mtype row[ROWS] = NO_ROW;
byte claim[ROWS];                /* an id that never comes again; 0: none */
byte claim_epoch[ROWS];
bool given_up[ROWS];             /* it became unknown when its run was given up */

/* The channel's window. Its lock is what claims, orphans and abandonment stand in line for. */
#define FREE 255
#define BACKEND 254
byte lock = FREE;
byte used;                       /* claims that still count */

bool paused;                     /* ops.pauses */

/* A claim whose client has given up waiting for its COMMIT, which the server has yet to get to: 0, or its id. */
byte late_commit, late_epoch, late_dispatch;

bool is_restored;                /* Postgres went back, and what that asks for is not done yet */
#ifdef OPENS_AT_ONCE
#define open (true)
#else
#define open (!is_restored)
#endif

#define is_live(r) (state[r] == WAITING || state[r] == RUNNING)
#define first_of(r) (((r) % TOUCHES) * EACH)
#define last_of(r) (((r) % TOUCHES) * EACH + EACH - 1)
#define has_place (LIMIT == 0 || used < LIMIT)
#define is_due(r) (!snoozed[r] || has_place)
#define is_stopped(r) (paused && state[r] == WAITING)

/* Ids that never come again: an attempt's from its run and number, a claim's from its attempt and the first delivery of
 * the call, which one attempt claims a second time only on another word. */
#define attempt_id(r) (1 + r + RUNS * started[r])
#define run_of(attempt) (((attempt) - 1) % RUNS)
#define attempt_of(claim) ((claim) / (ROWS * WORDS))
#ifdef CLAIM_NAMES_ATTEMPT
#define claim_id(attempt, first) ((attempt) * ROWS * WORDS)
#else
#define claim_id(attempt, first) (((attempt) * ROWS + (first)) * WORDS + answered[first])
#endif

/* The fence of what only the latest attempt may do. It locks nothing. */
#define stands(r, e) (state[r] == RUNNING && epoch[r] == e)
#ifdef WITHOUT_FENCE_ON_CLAIM
#define may_claim(r, e) (true)
#else
#define may_claim(r, e) stands(r, e)
#endif
#ifdef WITHOUT_FENCE_ON_END
#define may_end(r, e) (state[r] == RUNNING)
#else
#define may_end(r, e) stands(r, e)
#endif

#ifdef WITHOUT_WINDOW_LOCK
#define can_lock (open)
#define holds_lock(who) (true)
#define take_lock(who) skip
#define give_lock skip
#else
#define can_lock (open && lock == FREE)
#define holds_lock(who) (lock == who)
#define take_lock(who) lock = who
#define give_lock lock = FREE
#endif

/* Adds a run of a touch. A row is never used again, since another run has another id. */
#define last_run(touch) (((RUNS - 1 - (touch)) / TOUCHES) * TOUCHES + (touch))
#define can_enqueue(touch) (state[last_run(touch)] == NO_RUN)
inline enqueue(touch, new) {
  new = touch;
  do
  :: state[new] == NO_RUN -> state[new] = WAITING; break
  :: else -> new = new + TOUCHES
  od;
  new = 0
}

inline expand(touch) {
  for (i : touch * EACH .. touch * EACH + EACH - 1) { row[i] = READY }
  i = 0;
  enqueue(touch, i)
}

/* A run that stood as running was cut off before. */
#define can_start(r) (state[r] == RUNNING || (state[r] == WAITING && is_due(r)))
inline start(r, me, e, attempt) {
  crashes[r] = crashes[r] + (state[r] == RUNNING -> 1 : 0);
  state[r] = RUNNING; by[r] = me; snoozed[r] = false;
#ifdef FENCE_FROM_REDIS
  epoch[r] = e;
#else
  epoch[r]++; e = epoch[r];
#endif
  started[r]++;
  forbid((attempt_id(r) + 1) * ROWS * WORDS > REOPENED || (epoch[r] >= NEW_EPOCHS && !went_back), beyond_the_model);
  attempt = attempt_id(r); latest[r] = attempt
}

/* What earlier attempts left in the middle may have been sent. A first attempt has nobody before it. */
#if defined(ORPHANS_STAY) || defined(TAKE_OVER)
#define has_orphans(e) (false)
#else
#define has_orphans(e) (e > 1)
#endif
inline settle_orphans(r, e) {
  for (i : first_of(r) .. last_of(r)) {
    if
    :: row[i] == SENDING && !(run_of(attempt_of(claim[i])) == r && claim_epoch[i] == e) ->
#ifdef SEND_AGAIN
      row[i] = READY; claim[i] = 0; claim_epoch[i] = 0
#else
      row[i] = UNKNOWN; given_up[i] = false
#endif
    :: else
    fi
  }
  i = 0
}

/* The deliveries of the next call, as a set of bits, and an id for its claim. */
#ifdef TAKE_OVER
#define can_be_claimed(d, attempt) (row[d] == READY || (row[d] == SENDING && attempt_of(claim[d]) != attempt))
#else
#define can_be_claimed(d, attempt) (row[d] == READY)
#endif
inline choose(r, attempt) {
  for (i : first_of(r) .. last_of(r)) {
    if
    :: size < BATCH && can_be_claimed(i, attempt) ->
      id = (size == 0 -> claim_id(attempt, i) : id);
      dispatch = dispatch | (1 << i);
      word[i] = answered[i];
      size++
    :: else
    fi
  }
  i = 0; size = 0
}

/* All deliveries of a call are claimed in one commit, before its first byte. */
inline write_claim(r, e, id, dispatch) {
  for (i : first_of(r) .. last_of(r)) {
    if
    :: dispatch & (1 << i) ->
#ifndef WITHOUT_CLAIM
      row[i] = SENDING; claim[i] = id; claim_epoch[i] = e;
#endif
#ifdef BATCH_CLAIMED_APART
      break;
#endif
      skip
    :: else
    fi
  }
  i = 0;
#if LIMIT
  used++
#endif
}

#if defined(WITHOUT_CLAIM) || defined(BATCH_CLAIMED_APART)
#define is_mine(d, id) (dispatch & (1 << d))
#else
#define is_mine(d, id) (id != 0 && claim[d] == id && (row[d] == SENDING || row[d] == UNKNOWN))
#endif

/* Not fenced: what came of a call is evidence, however late it comes. The claim's id says of what. */
#ifdef OUTCOME_WITHOUT_ID
#define is_settled(d, id) ((dispatch & (1 << d)) && (row[d] == SENDING || row[d] == UNKNOWN))
#else
#define is_settled(d, id) is_mine(d, id)
#endif
inline write_outcome(r, id) {
  for (i : first_of(r) .. last_of(r)) {
    if
    :: is_settled(i, id) ->
      row[i] = (!is_known -> UNKNOWN : (refused & (1 << i) -> FAILED : DELIVERED));
      given_up[i] = false
    :: else
    fi
  }
  i = 0
}

/* The call provably did not happen. What had become unknown meanwhile is ready again, and the run that would have sent
 * it may be over: so one is added. What was given up with its run fails instead.
 * Where the model has no row for that run, nothing is written, as if the worker's patience were over. */
#ifdef RELEASE_WITHOUT_ID
#define is_released(d, id) (row[d] == SENDING || row[d] == UNKNOWN)
#else
#define is_released(d, id) is_mine(d, id)
#endif
inline release(r, id) {
  for (i : first_of(r) .. last_of(r)) {
    is_late = is_late || (is_released(i, id) && row[i] == UNKNOWN && !given_up[i])
  }
  if
  :: is_late && !can_enqueue(r % TOUCHES)
  :: else ->
    for (i : first_of(r) .. last_of(r)) {
      if
      :: is_released(i, id) ->
        row[i] = (row[i] == UNKNOWN && given_up[i] -> FAILED : READY);
        given_up[i] = false; claim[i] = 0; claim_epoch[i] = 0
      :: else
      fi
    }
#ifndef LATE_RELEASE_WITHOUT_RUN
    if
    :: is_late -> enqueue(r % TOUCHES, i)
    :: else
    fi
#endif
  fi;
  i = 0; is_late = false
}

/* Before a run ends for good, what its attempts left open is settled. */
inline abandon(r) {
  forbid(crashes[r] < CRASH_LIMIT && failures[r] + 1 < ATTEMPTS, given_up_in_vain);
  for (i : first_of(r) .. last_of(r)) {
    if
#ifndef QUARANTINE_LEAVES_CLAIMS
    :: row[i] == SENDING -> row[i] = UNKNOWN; given_up[i] = true
#endif
    :: row[i] == READY -> row[i] = FAILED
    :: else
    fi
  }
  i = 0
}

inline write_end(r, attempt, as) {
  forbid(attempt != latest[r], ended_by_overtaken);
  state[r] = (as == IS_DONE -> DONE : (as == IS_DEAD -> DEAD : WAITING));
  attempts[r] = attempts[r] + (as == RETRIED -> 1 : 0);
  failures[r] = failures[r] + (as == RETRIED -> 1 : 0);
#ifdef SNOOZE_IS_CHARGED
  attempts[r] = attempts[r] + (as == SNOOZED -> 1 : 0);
#endif
  snoozed[r] = (as == SNOOZED);
  by[r] = NOBODY;
  swept[r] = false
}
