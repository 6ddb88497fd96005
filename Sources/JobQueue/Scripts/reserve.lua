-- Leases ready runs of the given lanes to a worker: lanes in turn; in a lane the class, in the class the tenant, in the
-- tenant the source that has had least of its share. First makes ready what has come due and opens gates.
-- ARGV: generation, worker, count of any class, further count of interactive ones, lease (ms), the most runs in flight of a
-- tenant while others wait, lane, … Writes every key but weights, cost, asleep and generation.
-- Returns {-2} when the index is not whole, else {ms until something comes due or -1, ticks, run, …}; at most 200 runs.
if call('GET', P .. 'generation') ~= ARGV[1] then return { -2 } end
local worker, lease, cap = ARGV[2], tonumber(ARGV[5]), tonumber(ARGV[6])
local count = math.min(tonumber(ARGV[3]), 200)
local interactive = math.min(tonumber(ARGV[4]), 200 - count)

for _, run in ipairs(call('ZRANGEBYSCORE', P .. 'due', '-inf', now, 'LIMIT', 0, 200)) do
  call('ZREM', P .. 'due', run)
  local place, holder = place_of(run)
  if place and not holder then make_ready(run, place, false) end
end
for _, gate in ipairs(call('ZRANGEBYSCORE', P .. 'shut', '-inf', now, 'LIMIT', 0, 200)) do
  call('ZREM', P .. 'shut', gate)
  open_gate(gate)
end

local answer = { -1, call('INCR', P .. 'ticks') }
for _, key in ipairs({ 'due', 'shut' }) do
  local first = call('ZRANGE', P .. key, 0, 0, 'WITHSCORES')
  if first[2] then
    local wait = math.max(tonumber(first[2]) - now, 0)
    if answer[1] < 0 or wait < answer[1] then answer[1] = wait end
  end
end

local shares = { interactive = 8, normal = 4, bulk = 1 }
local classes = { 'interactive', 'normal', 'bulk' }
local lanes, leased, carried, taken = {}, {}, {}, {}
local in_flight, weight = {}, {}

local function flights(tenant)
  if not in_flight[tenant] then in_flight[tenant] = tonumber(call('HGET', P .. 'inflight', tenant) or 0) end
  return in_flight[tenant]
end

-- The tenant that is next in a ring and its tag. One that has as many in flight as it may is passed over while somebody
-- else waits, among the first sixteen; when all are at their limit the first goes on.
local function first_of(lane, class)
  local ring = P .. 'ring:' .. lane .. ':' .. class
  local first = call('ZRANGE', ring, 0, 0, 'WITHSCORES')
  if not first[1] or flights(first[1]) < cap then return first[1], first[2] end
  local more = call('ZRANGE', ring, 1, 15, 'WITHSCORES')
  for i = 1, #more, 2 do
    if flights(more[i]) < cap then return more[i], more[i + 1] end
  end
  return first[1], first[2]
end

local function open_lane(name)
  local lane = { name = name, tags = {}, times = {}, open = {}, touched = {}, cost = tonumber(call('HGET', P .. 'cost', name) or 10) }
  local tags = call('HMGET', P .. 'clock:' .. name, 'now', 'interactive', 'normal', 'bulk', 'now:interactive', 'now:normal',
    'now:bulk')
  lane.now = tonumber(tags[1] or 0)
  for i, class in ipairs(classes) do
    lane.tags[class], lane.times[class] = tonumber(tags[i + 1] or 0), tonumber(tags[i + 4] or 0)
    lane.open[class] = call('EXISTS', P .. 'ring:' .. name .. ':' .. class) == 1
  end
  return lane
end

-- The class that is next: the one with the least tag among those with something ready.
local function next_class(lane, only_interactive)
  local best, best_tag
  for _, class in ipairs(classes) do
    local tag = math.max(lane.tags[class], lane.now)
    if lane.open[class] and (class == 'interactive' or not only_interactive) and (not best or tag < best_tag) then
      best, best_tag = class, tag
    end
  end
  return best, best_tag
end

local function take_next(lane, only_interactive)
  local class, class_tag = next_class(lane, only_interactive)
  if not class then return nil end
  local tenant, tag = first_of(lane.name, class)
  local flow = lane.name .. ':' .. class .. ':' .. tenant
  local sources = call('ZRANGE', P .. 'sources:' .. flow, 0, 1, 'WITHSCORES')
  if not sources[1] then
    call('ZREM', P .. 'ring:' .. lane.name .. ':' .. class, tenant)
    lane.open[class] = call('EXISTS', P .. 'ring:' .. lane.name .. ':' .. class) == 1
    return false
  end
  local line = P .. 'line:' .. flow .. ':' .. sources[1]
  local run = call('LPOP', line)
  local more_of_source = call('EXISTS', line) == 1
  if not more_of_source then
    call('ZREM', P .. 'sources:' .. flow, sources[1])
  elseif sources[3] then
    call('ZADD', P .. 'sources:' .. flow, tonumber(sources[2]) + lane.cost, sources[1])
  end

  local place, holder
  if run then place, holder = place_of(run) end
  -- An entry of a run that was taken out, or that came back by another way and is leased, is skipped.
  local passes = place ~= nil and not holder and not taken[run]
  local gate = passes and select(5, parts(place)) or ''
  if gate ~= '' and (call('HEXISTS', P .. 'gates', gate) == 1 or call('ZSCORE', P .. 'shut', gate)) then
    call('RPUSH', P .. 'held:' .. gate, run)
    passes = false
  end

  if not weight[tenant] then weight[tenant] = tonumber(call('HGET', P .. 'weights', tenant) or 1) end
  local next_tag = tonumber(tag) + (passes and lane.cost / weight[tenant] or 0)
  local ring = P .. 'ring:' .. lane.name .. ':' .. class
  if more_of_source or sources[3] then
    if passes then call('ZADD', ring, next_tag, tenant) end
  else
    call('ZREM', ring, tenant)
    lane.open[class] = call('EXISTS', ring) == 1
    call('ZADD', P .. 'owed:' .. lane.name .. ':' .. class, next_tag, tenant)
  end
  if not passes then return false end

  lane.now, lane.tags[class], lane.served = class_tag, class_tag + lane.cost / shares[class], true
  lane.times[class], lane.touched[class] = math.max(tonumber(tag), lane.times[class]), true
  if gate ~= '' then call('HSET', P .. 'gates', gate, run) end
  in_flight[tenant] = flights(tenant) + 1
  carried[tenant] = (carried[tenant] or 0) + 1
  leased[#leased + 1], taken[run] = { run, place }, true
  return true
end

for i = 7, #ARGV do lanes[i - 6] = open_lane(ARGV[i]) end
-- Runs that meet a gate are put aside: they count too, so that the loop has an end.
local turn, empty_in_a_row, steps = 0, 0, 0
while #leased < count + interactive and empty_in_a_row < #lanes and steps < 400 do
  local found = take_next(lanes[turn % #lanes + 1], #leased >= count)
  turn, steps = turn + 1, steps + 1
  if found == nil then empty_in_a_row = empty_in_a_row + 1 else empty_in_a_row = 0 end
end

-- Nothing but runs that wait for gates so far: there may be others behind them.
if steps == 400 and #leased == 0 then answer[1] = 0 end

for _, lane in ipairs(lanes) do
  if lane.served then
    local tags = { 'now', lane.now }
    for _, class in ipairs(classes) do
      if lane.touched[class] then
        local owed = P .. 'owed:' .. lane.name .. ':' .. class
        for _, tag in ipairs({ class, lane.tags[class], 'now:' .. class, lane.times[class] }) do tags[#tags + 1] = tag end
        -- What is owed and already past is forgotten, some at a time.
        local past = call('ZRANGEBYSCORE', owed, '-inf', lane.times[class], 'LIMIT', 0, 200)
        if #past > 0 then call('ZREM', owed, unpack(past)) end
      end
    end
    call('HSET', P .. 'clock:' .. lane.name, unpack(tags))
  end
end
if #leased > 0 then
  local leases, runs = {}, {}
  for i, entry in ipairs(leased) do
    leases[2 * i - 1], leases[2 * i] = now + lease, entry[1]
    runs[2 * i - 1], runs[2 * i] = entry[1], entry[2] .. '@' .. worker
    answer[i + 2] = entry[1]
  end
  call('ZADD', P .. 'leases', unpack(leases))
  call('HSET', P .. 'runs', unpack(runs))
  for tenant, number in pairs(carried) do call('HINCRBY', P .. 'inflight', tenant, number) end
end
hand_out_tokens()
return answer
