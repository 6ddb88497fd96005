-- Extends the leases that a worker still holds.
-- ARGV: worker, lease (ms), run, … (at most 200 runs). Writes leases. Returns the runs that it holds no longer.
local lost = {}
for i = 3, #ARGV do
  if redis.call('HGET', P .. 'holders', ARGV[i]) == ARGV[1] then
    redis.call('ZADD', P .. 'leases', now + tonumber(ARGV[2]), ARGV[i])
  else
    lost[#lost + 1] = ARGV[i]
  end
end
return lost
