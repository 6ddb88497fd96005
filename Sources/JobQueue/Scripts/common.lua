-- Shared by the scripts that follow it. All keys begin with KEYS[1], which ends in the shard's hash tag.
--   runs            hash    run -> "lane|class|tenant|source|gate", and "@worker" behind it while leased: every run
--                           that the index knows, in whatever place
--   due             zset    run by due instant (ms)      not ready before that
--   head:L:C        hash    tenant -> what it has ready: "-run|source", that run alone; "+run|source", that run, and what is
--                           in its source's line behind it; "*", runs of several sources, all of them in lines;
--                           "=tag", nothing, but its share is used up until that tag
--   line:L:C:T:S    list    ready runs of lane L, class C, tenant T and source S, oldest first, without the one that is in head
--   sources:L:C:T   zset    sources with something ready, by start tag, of a tenant that has several
--   ring:L:C        zset    tenants with something ready, by start tag
--   clock:L         hash    start tag of each class; "now" and "now:C": the tag that was served last; "scan:C": how far the
--                           heads were looked through for tags that are past
--   inflight        hash    tenant -> leased runs          weights  hash  tenant -> its share; 1 if missing
--   cost            hash    lane -> what a run costs (ms), a moving average
--   leases          zset    run by expiry (ms)
--   gates           hash    gate -> the run that passes it;   held:G  list  runs that wait for gate G
--   shut            zset    gate by the instant (ms) at which it opens
--   asleep:K        list    runs that met the pause K;   naps  set  the pauses under which something sleeps
--   wake:L          list    a token, on which workers of lane L wait in a blocking pop;   urgent:L  the same for interactive runs,
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
  woken[P .. 'wake:' .. lane], woken[P .. 'calm:' .. lane] = true, true
  if class == 'interactive' then woken[P .. 'urgent:' .. lane] = true end
end

-- Called last by scripts that make something ready. One token in a list is enough: while it is there nobody waits, and who
-- takes it and leaves something behind puts another in (`reserve`).
local function hand_out_tokens()
  local lists = {}
  for list in pairs(woken) do lists[#lists + 1] = list end
  if #lists == 0 then return end
  local there = call('EXISTS', unpack(lists))
  if there == #lists then return end
  for _, list in ipairs(lists) do
    if there == 0 or call('EXISTS', list) == 0 then call('RPUSH', list, '1') end
  end
end

-- Under the empty name in hashes that may have some hundred fields: Redis looks through a small hash from its beginning, as
-- long as all its values are short.
local long_value = 'This value has more than sixty-four bytes, for which Redis takes a table.'

-- A tenant joins a ring where its share allows: not before the ring's time, not before what it owes.
local function enter_ring(lane, class, tenant, owes)
  local ring = lane .. ':' .. class
  local time = call('HGET', P .. 'clock:' .. lane, 'now:' .. class)
  if not time then
    call('HSET', P .. 'clock:' .. lane, 'now:' .. class, 0)
    call('HSET', P .. 'head:' .. ring, '', long_value)
  end
  local tag = owes and tonumber(owes) > tonumber(time or 0) and owes or time or 0
  call('ZADD', P .. 'ring:' .. ring, 'NX', tag, tenant)
end

-- Adds a run of a tenant that has something ready already, where no line is behind which it could stand.
local function join(head, run, lane, class, tenant, source, in_front)
  local heads, flow = P .. 'head:' .. lane .. ':' .. class, lane .. ':' .. class .. ':' .. tenant
  local line, push = P .. 'line:' .. flow .. ':' .. source, in_front and 'LPUSH' or 'RPUSH'
  local first, its_source = string.match(head, '^[+-]([^|]*)|(.*)$')
  if its_source == source then
    call(push, line, in_front and first or run)
    call('HSET', heads, tenant, '+' .. (in_front and run or first) .. '|' .. source)
    return
  end
  local sources = P .. 'sources:' .. flow
  if first then
    call('LPUSH', P .. 'line:' .. flow .. ':' .. its_source, first)
    call('ZADD', sources, 0, its_source)
    call('HSET', heads, tenant, '*')
  end
  if call(push, line, run) == 1 then
    -- Behind the others, or one that never has more than one run waiting would always be the next.
    local least = tonumber(call('ZRANGE', sources, 0, 0, 'WITHSCORES')[2])
    call('ZADD', sources, 'NX', least + tonumber(call('HGET', P .. 'cost', lane) or 10), source)
  end
end

local function make_ready(run, place, in_front)
  local lane, class, tenant, source = parts(place)
  local ring = lane .. ':' .. class
  if in_front or call('RPUSHX', P .. 'line:' .. ring .. ':' .. tenant .. ':' .. source, run) == 0 then
    local heads, head = P .. 'head:' .. ring, '-' .. run .. '|' .. source
    if call('HSETNX', heads, tenant, head) == 1 then
      enter_ring(lane, class, tenant)
    else
      local there = call('HGET', heads, tenant)
      if string.byte(there) == 61 then
        call('HSET', heads, tenant, head)
        enter_ring(lane, class, tenant, string.sub(there, 2))
      else
        join(there, run, lane, class, tenant, source, in_front)
      end
    end
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
