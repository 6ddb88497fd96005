-- Shared by the scripts that follow it. All keys begin with KEYS[1], which ends in the shard's hash tag:
--   runs        hash  run -> "lane|tenant"      every run that the index knows, in whatever place
--   due         zset  run by due instant (ms)   not ready before that
--   ready:L:T   list  runs of lane L and tenant T, oldest first
--   ring:L      list  tenants with something ready in lane L, taken in turn;  ringed:L is the same as a set
--   leases      zset  run by expiry (ms);  holders  hash  run -> worker
--   wake:L      list  tokens: one blocking pop wakes one worker of lane L
--   generation  string  present and equal to Postgres's while the index is whole
local P = KEYS[1]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function place_of(run)
  local place = redis.call('HGET', P .. 'runs', run)
  if not place then return nil end
  local bar = string.find(place, '|', 1, true)
  return string.sub(place, 1, bar - 1), string.sub(place, bar + 1)
end

local function make_ready(run, lane, tenant, in_front)
  redis.call(in_front and 'LPUSH' or 'RPUSH', P .. 'ready:' .. lane .. ':' .. tenant, run)
  if redis.call('SADD', P .. 'ringed:' .. lane, tenant) == 1 then
    redis.call('RPUSH', P .. 'ring:' .. lane, tenant)
  end
  if redis.call('LLEN', P .. 'wake:' .. lane) < 64 then redis.call('RPUSH', P .. 'wake:' .. lane, '1') end
end

local function let_go(run)
  redis.call('ZREM', P .. 'leases', run)
  redis.call('HDEL', P .. 'holders', run)
end
