-- Puts back runs that Postgres knows as running and the index does not know: leased to the worker that Postgres names,
-- who goes on extending if it lives. ARGV: lease (ms), then run, lane, tenant, worker, … four for each (at most 200).
-- Writes runs, leases, holders. Returns how many were put back.
local restored = 0
for i = 2, #ARGV, 4 do
  if redis.call('HSETNX', P .. 'runs', ARGV[i], ARGV[i + 1] .. '|' .. ARGV[i + 2]) == 1 then
    redis.call('ZADD', P .. 'leases', now + tonumber(ARGV[1]), ARGV[i])
    redis.call('HSET', P .. 'holders', ARGV[i], ARGV[i + 3])
    restored = restored + 1
  end
end
return restored
