-- Shared by the scripts that follow it. All keys begin with KEYS[1], which ends in the shard's hash tag.
--   runs            hash    run -> "lane|class|tenant|source|gate", and "@worker" behind it while leased: every run
--                           that the index knows, in whatever place
--   due             zset    run by due instant (ms)      not ready before that
--   line:L:C:T:S    list    ready runs of lane L, class C, tenant T and source S, oldest first
--   sources:L:C:T   zset    sources with something ready, by start tag
--   ring:L:C        zset    tenants with something ready, by start tag
--   owed:L:C        zset    tenants with nothing ready whose share is used up until that tag
--   clock:L         hash    start tag of each class; "now" and "now:C": the tag that was served last
--   inflight        hash    tenant -> leased runs          weights  hash  tenant -> its share; 1 if missing
--   cost            hash    lane -> what a run costs (ms), a moving average
--   leases          zset    run by expiry (ms)
--   gates           hash    gate -> the run that passes it;   held:G  list  runs that wait for gate G
--   shut            zset    gate by the instant (ms) at which it opens
--   asleep:K        list    runs that met the pause K;   naps  set  the pauses under which something sleeps
--   wake:L          list    tokens: one blocking pop wakes one worker of lane L;   urgent:L  the same for interactive runs,
--                           calm:L  the same for slots that no tenant may fill beyond its share
--   emptying        string  there while a new life of the index begins: every script answers -2 then
--   generation      string  equal to Postgres's while the index is whole;  ticks  counts reservations
-- Start tags are virtual time (start-time fair queueing): who is served moves on by cost / weight.
local P = KEYS[1]
local call = redis.call
-- While the index is emptied nothing is put into it, or the part that was emptied already would not match the rest.
if call('EXISTS', P .. 'emptying') == 1 then return -2 end
local clock = call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- What a run waits as, without the worker; and the worker.
local function place_of(run)
  local value = call('HGET', P .. 'runs', run)
  if not value then return nil end
  local at = string.find(value, '@', 1, true)
  if at then return string.sub(value, 1, at - 1), string.sub(value, at + 1) end
  return value
end

local function parts(place)
  return string.match(place, '^([^|]*)|([^|]*)|([^|]*)|([^|]*)|(.*)$')
end

local woken = {}
local function wake(lane, class)
  for _, list in ipairs({ 'wake:', 'calm:' }) do woken[P .. list .. lane] = (woken[P .. list .. lane] or 0) + 1 end
  if class == 'interactive' then
    local key = P .. 'urgent:' .. lane
    woken[key] = (woken[key] or 0) + 1
  end
end

-- Called last by scripts that make something ready: as many tokens as there is new work, up to 64 in all.
local function hand_out_tokens()
  for key, count in pairs(woken) do
    local tokens = {}
    for i = 1, math.min(count, 64 - call('LLEN', key)) do tokens[i] = '1' end
    if #tokens > 0 then call('RPUSH', key, unpack(tokens)) end
  end
end

-- A tenant joins a ring where its share allows: not before the ring's time, not before what it owes.
local function enter_ring(lane, class, tenant)
  local ring, owed = P .. 'ring:' .. lane .. ':' .. class, P .. 'owed:' .. lane .. ':' .. class
  local tag = tonumber(call('HGET', P .. 'clock:' .. lane, 'now:' .. class) or 0)
  local owes = call('ZSCORE', owed, tenant)
  if owes then
    tag = math.max(tag, tonumber(owes))
    call('ZREM', owed, tenant)
  end
  call('ZADD', ring, 'NX', tag, tenant)
end

local function make_ready(run, place, in_front)
  local lane, class, tenant, source = parts(place)
  local flow = lane .. ':' .. class .. ':' .. tenant
  if call(in_front and 'LPUSH' or 'RPUSH', P .. 'line:' .. flow .. ':' .. source, run) == 1 then
    local sources = P .. 'sources:' .. flow
    local first = call('ZRANGE', sources, 0, 0, 'WITHSCORES')
    -- Behind the others, or one that never has more than one run waiting would always be the next.
    local tag = first[2] and tonumber(first[2]) + tonumber(call('HGET', P .. 'cost', lane) or 10) or 0
    call('ZADD', sources, 'NX', tag, source)
    if not first[1] then enter_ring(lane, class, tenant) end
  end
  wake(lane, class)
end

-- Puts a run aside until its time. One that is the next of all wakes a worker, who may be asleep for longer than that.
local function wait_until(run, due, place)
  call('ZADD', P .. 'due', due, run)
  if call('ZRANGE', P .. 'due', 0, 0)[1] == run then
    local lane, class = parts(place)
    wake(lane, class)
  end
end

-- Lets the next run through that waits for a gate, unless the gate is shut or somebody passes it.
local function open_gate(gate)
  if call('HEXISTS', P .. 'gates', gate) == 1 or call('ZSCORE', P .. 'shut', gate) then return end
  local run = call('LPOP', P .. 'held:' .. gate)
  while run do
    local place, holder = place_of(run)
    if place and not holder then return make_ready(run, place, true) end
    run = call('LPOP', P .. 'held:' .. gate)
  end
end

-- Ends a lease; the run stands nowhere until its caller places it.
local function let_go(run, place)
  local _, _, tenant, _, gate = parts(place)
  call('ZREM', P .. 'leases', run)
  if call('HINCRBY', P .. 'inflight', tenant, -1) <= 0 then call('HDEL', P .. 'inflight', tenant) end
  if gate ~= '' and call('HGET', P .. 'gates', gate) == run then call('HDEL', P .. 'gates', gate) end
  return gate
end
