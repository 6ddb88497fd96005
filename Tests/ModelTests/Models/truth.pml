/* What really happens, which nobody in the system knows. It decides only whether something forbidden was done. */

byte answered[ROWS];             /* questions about a delivery that a person has answered with `resend` */
bool sent[ROWS * WORDS];         /* it left on the approval (the first), or on the n-th answer */
byte started[RUNS];              /* how often a run was started, in all histories of Postgres */
byte latest[RUNS];               /* the attempt that was started last */
byte failures[RUNS];             /* attempts that failed */
byte counted;                    /* calls that the platform counts in its window now */
bool to_send[WORKERS];           /* the worker holds a claim, and its call may still leave */
byte working[WORKERS] = NOBODY;  /* the run that the worker is at */
bool went_back;                  /* Postgres has lost commits */

/* Of a worker: its call arrives. The platform takes it whole, and then takes or refuses each delivery in it. */
inline arrive() {
  for (i : first_of(r) .. last_of(r)) {
    if
    :: dispatch & (1 << i) ->
      if
      :: forbid(sent[i * WORDS + word[i]], doubled); sent[i * WORDS + word[i]] = true
      :: refused = refused | (1 << i)
      fi
    :: else
    fi
  }
  i = 0;
  to_send[me] = false;
#if LIMIT
  counted++;
  forbid(counted > LIMIT, over_limit)
#endif
}

/* The channel's window moves on. The platform forgets a call before we do: our window is longer by the time in which
 * the first byte has to leave, and by a margin. What was claimed and never left is forgotten as well, but not while its
 * first byte could still leave: after that the claim is released. */
#ifdef LATE_FIRST_BYTE
#define still_to_come 0
#elif WORKERS == 1
#define still_to_come to_send[0]
#elif WORKERS == 2
#define still_to_come (to_send[0] + to_send[1])
#else
#define still_to_come (to_send[0] + to_send[1] + to_send[2])
#endif

#define can_forget_call (counted > 0)
#define can_forget_claim (used > counted + still_to_come)
inline forget_platform_call() {
  counted--;
  used = (used > 0 -> used - 1 : 0)
}

/* When all is at rest, every delivery has come to an end, and the ledger says the truth about it. */
inline look_at_the_ledger() {
  for (i : 0 .. ROWS - 1) {
    forbid(row[i] == NO_ROW || row[i] == READY || row[i] == SENDING, lost);
    forbid(row[i] == FAILED && sent[i * WORDS + answered[i]], untrue);
#if OPERATORS == 0
    forbid(row[i] == DELIVERED && !sent[i], untrue)
#elif OPERATORS == 1
    forbid(row[i] == DELIVERED && !sent[i * WORDS] && !sent[i * WORDS + 1], untrue)
#else
    forbid(row[i] == DELIVERED && !sent[i * WORDS] && !sent[i * WORDS + 1] && !sent[i * WORDS + 2], untrue)
#endif
  }
  i = 0
}
