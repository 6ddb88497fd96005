-- Adds runs to the index; a run that it knows already stays where it is.
-- ARGV: run, lane, tenant, due (ms), … four for each run (at most 200 runs). Writes runs, due, ready, ring, wake.
-- Returns how many were added.
local added = 0
for i = 1, #ARGV, 4 do
  local run, lane, tenant, due = ARGV[i], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3])
  if redis.call('HSETNX', P .. 'runs', run, lane .. '|' .. tenant) == 1 then
    added = added + 1
    if due <= now then
      make_ready(run, lane, tenant, false)
    else
      redis.call('ZADD', P .. 'due', due, run)
    end
  end
end
return added
