/* Stores that forget. */

inline empty_redis() {
  for (i : 0 .. RUNS - 1) { place[i] = ABSENT; holder[i] = NOBODY }
  i = 0;
#ifdef FENCE_FROM_REDIS
  ticket = 0;
#endif
#ifdef LIMIT_IN_REDIS_ONLY
  used = 0;
#endif
}

#if REDIS_GOES_BACK
byte redis_copy;                 /* 0: none yet, 1: taken, 2: gone back to */
mtype old_place[RUNS] = ABSENT;
byte old_holder[RUNS] = NOBODY;
#ifdef FENCE_FROM_REDIS
byte old_ticket;
#endif

inline copy_redis() {
  for (i : 0 .. RUNS - 1) { old_place[i] = place[i]; old_holder[i] = holder[i] }
  i = 0;
#ifdef FENCE_FROM_REDIS
  old_ticket = ticket;
#endif
  redis_copy = 1
}

inline restore_redis() {
  for (i : 0 .. RUNS - 1) {
    place[i] = old_place[i]; holder[i] = old_holder[i];
    old_place[i] = ABSENT; old_holder[i] = NOBODY
  }
  i = 0;
#ifdef FENCE_FROM_REDIS
  ticket = old_ticket; old_ticket = 0;
#endif
  redis_copy = 2
}
#endif

#if POSTGRES_GOES_BACK
byte postgres_copy;              /* 0: none yet, 1: taken, 2: gone back to */
mtype old_state[RUNS] = NO_RUN;
byte old_epoch[RUNS], old_crashes[RUNS], old_attempts[RUNS], old_by[RUNS] = NOBODY;
bool old_snoozed[RUNS];
mtype old_row[ROWS] = NO_ROW;
byte old_claim[ROWS], old_claim_epoch[ROWS], old_used;
bool old_given_up[ROWS];

inline copy_postgres() {
  for (i : 0 .. RUNS - 1) {
    old_state[i] = state[i]; old_epoch[i] = epoch[i]; old_crashes[i] = crashes[i]; old_attempts[i] = attempts[i];
    old_by[i] = by[i]; old_snoozed[i] = snoozed[i]
  }
  for (i : 0 .. ROWS - 1) {
    old_row[i] = row[i]; old_claim[i] = claim[i]; old_claim_epoch[i] = claim_epoch[i]; old_given_up[i] = given_up[i]
  }
  i = 0;
  old_used = used;
  postgres_copy = 1
}

/* Open transactions are gone with the server. A run whose row is lost never comes again: the next has another id. */
inline restore_postgres() {
  for (i : 0 .. RUNS - 1) {
    state[i] = (old_state[i] == NO_RUN && state[i] != NO_RUN -> GONE : old_state[i]);
    epoch[i] = old_epoch[i]; crashes[i] = old_crashes[i]; attempts[i] = old_attempts[i];
    by[i] = old_by[i]; snoozed[i] = old_snoozed[i];
    old_state[i] = NO_RUN; old_epoch[i] = 0; old_crashes[i] = 0; old_attempts[i] = 0;
    old_by[i] = NOBODY; old_snoozed[i] = false
  }
  for (i : 0 .. ROWS - 1) {
    row[i] = old_row[i]; claim[i] = old_claim[i]; claim_epoch[i] = old_claim_epoch[i]; given_up[i] = old_given_up[i];
    old_row[i] = NO_ROW; old_claim[i] = 0; old_claim_epoch[i] = 0; old_given_up[i] = false
  }
  i = 0;
  used = old_used; old_used = 0;
  lock = FREE; late_commit = 0; late_epoch = 0; late_dispatch = 0;
  went_back = true; is_restored = true;
  postgres_copy = 2
}

/* What has to be done before anybody may work again. */
inline reopen() {
#ifndef WITHOUT_RESTORE_RULE
  /* What was due may have left in the history that is lost. It gets a new claim: who remembers the old one, be it a
   * worker that lets go or a person who looked, knows nothing of what was done after it. */
  for (i : 0 .. ROWS - 1) {
    if
    :: row[i] == NO_ROW || row[i] == READY || row[i] == SENDING || row[i] == UNKNOWN ->
      row[i] = UNKNOWN; given_up[i] = false;
#ifndef RESTORE_KEEPS_CLAIMS
      claim[i] = REOPENED; claim_epoch[i] = 0
#endif
    :: else
    fi
  }
  i = 0;
#endif
#ifndef RESTORE_KEEPS_EPOCHS
  /* Epochs go on where no attempt of the lost history has been, or one of those would pass for a new one. */
  for (i : 0 .. RUNS - 1) {
    epoch[i] = epoch[i] + (state[i] == NO_RUN || state[i] == GONE -> 0 : NEW_EPOCHS)
  }
  i = 0;
#endif
#if LIMIT && !defined(RESTORE_KEEPS_WINDOW)
  /* The platform has not forgotten. */
  used = LIMIT;
#endif
  is_restored = false
}
#endif
