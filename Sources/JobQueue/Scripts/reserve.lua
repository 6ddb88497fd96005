-- Leases up to ARGV[3] ready runs of the given lanes to a worker, lanes in turn and in each its tenants in turn; first
-- makes ready what has come due.
-- ARGV: generation, worker, count, lease (ms), lane, … Writes due, ready, ring, leases, holders, wake.
-- Returns {-2} when the index is not whole, else {ms until the next due run or -1, run, …}.
if redis.call('GET', P .. 'generation') ~= ARGV[1] then return { -2 } end
local worker, count, lease = ARGV[2], math.min(tonumber(ARGV[3]), 200), tonumber(ARGV[4])

for _, run in ipairs(redis.call('ZRANGEBYSCORE', P .. 'due', '-inf', now, 'LIMIT', 0, 200)) do
  redis.call('ZREM', P .. 'due', run)
  local lane, tenant = place_of(run)
  if lane then make_ready(run, lane, tenant, false) end
end

local answer = { -1 }
local next_due = redis.call('ZRANGE', P .. 'due', 0, 0, 'WITHSCORES')
if next_due[2] then answer[1] = math.max(tonumber(next_due[2]) - now, 0) end

local function take_next(lane)
  local tenant = redis.call('LPOP', P .. 'ring:' .. lane)
  if not tenant then return nil end
  local list = P .. 'ready:' .. lane .. ':' .. tenant
  local run = redis.call('LPOP', list)
  if redis.call('EXISTS', list) == 1 then
    redis.call('RPUSH', P .. 'ring:' .. lane, tenant)
  else
    redis.call('SREM', P .. 'ringed:' .. lane, tenant)
  end
  return run
end

local lanes, turn, empty_in_a_row = #ARGV - 4, 0, 0
while #answer <= count and empty_in_a_row < lanes do
  local run = take_next(ARGV[5 + turn % lanes])
  turn = turn + 1
  if run then
    empty_in_a_row = 0
    redis.call('ZADD', P .. 'leases', now + lease, run)
    redis.call('HSET', P .. 'holders', run, worker)
    answer[#answer + 1] = run
  else
    empty_in_a_row = empty_in_a_row + 1
  end
end
return answer
