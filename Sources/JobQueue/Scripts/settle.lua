-- Ends leases of a worker; a lease that another worker holds by now stays.
-- ARGV: worker, then run, verb, due (ms), … three for each run (at most 200 runs). The verbs: done (the index forgets
-- the run), later (due at the instant), front (ready again, before others). Writes runs, due, ready, ring, leases, holders.
-- Returns how many were settled.
local settled = 0
for i = 2, #ARGV, 3 do
  local run, verb, due = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  if redis.call('HGET', P .. 'holders', run) == ARGV[1] then
    settled = settled + 1
    let_go(run)
    local lane, tenant = place_of(run)
    if verb == 'done' or not lane then
      redis.call('HDEL', P .. 'runs', run)
    elseif verb == 'later' and due > now then
      redis.call('ZADD', P .. 'due', due, run)
    else
      make_ready(run, lane, tenant, verb == 'front')
    end
  end
end
return settled
