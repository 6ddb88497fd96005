-- Leases ready runs of the given lanes to a worker: lanes in turn; in a lane the class, in the class the tenant, in the
-- tenant the source that has had least of its share. First makes ready what has come due and opens gates.
-- ARGV: generation, worker, count of any class, further count of interactive ones, lease (ms), the most runs in flight of a
-- tenant while others wait, 1 where that holds although nobody else waits, lane, … Writes every key but weights, cost, asleep and generation.
-- Returns {-2} when the index is not whole, else {ms until something comes due or -1, ticks, run, …}; at most 200 runs.
if call('GET', P .. 'generation') ~= ARGV[1] then return { -2 } end
local worker, lease, cap, is_strict = ARGV[2], tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7] == '1'
local count = math.min(tonumber(ARGV[3]), 200)
local interactive = math.min(tonumber(ARGV[4]), 200 - count)
local wanted = count + interactive

-- Handles what has come of a set by its instant, and returns the milliseconds until its next; nil when there is none.
local function come(set, handle)
  local first = call('ZRANGE', set, 0, 0, 'WITHSCORES')
  if first[2] and tonumber(first[2]) <= now then
    for _, name in ipairs(call('ZRANGEBYSCORE', set, '-inf', now, 'LIMIT', 0, 200)) do
      call('ZREM', set, name)
      handle(name)
    end
    first = call('ZRANGE', set, 0, 0, 'WITHSCORES')
  end
  return first[2] and math.max(tonumber(first[2]) - now, 0)
end

local next_due = come(P .. 'due', function(run)
  local place, holder = place_of(run)
  if place and not holder then make_ready(run, place, false) end
end)
local next_open = come(P .. 'shut', open_gate)
local answer = { math.min(next_due or next_open or -1, next_open or next_due or -1), call('INCR', P .. 'ticks') }

local shares = { interactive = 8, normal = 4, bulk = 1 }
local classes = { 'interactive', 'normal', 'bulk' }
local lanes, leased, carried, taken = {}, {}, {}, {}
local in_flight, weight, flows, lines, busy = {}, {}, {}, {}, {}
local are_weighed = call('EXISTS', P .. 'weights') == 1

local function look_up(key, names, into, default)
  local values = call('HMGET', key, unpack(names))
  for i, name in ipairs(names) do into[name] = into[name] or tonumber(values[i] or default) end
end

local function learn_tenants(names)
  if #names == 0 then return end
  look_up(P .. 'inflight', names, in_flight, 0)
  if are_weighed then look_up(P .. 'weights', names, weight, 1) end
end

-- The beginning of a line, with what the index knows of its runs and of the gates that they would pass.
local function read_line(line, count)
  line.runs = call('LRANGE', line.key, line.gone, line.gone + count - 1)
  line.at, line.whole, line.values = 1, #line.runs < count, {}
  if #line.runs == 0 then return end
  line.values = call('HMGET', P .. 'runs', unpack(line.runs))
  local gates = {}
  for i = 1, #line.values do
    local gate = line.values[i] and string.match(line.values[i], '|([^|]+)$')
    if gate and not string.find(gate, '@', 1, true) and busy[gate] == nil then gates[#gates + 1] = gate end
  end
  if #gates == 0 then return end
  local passing, shut = call('HMGET', P .. 'gates', unpack(gates)), call('ZMSCORE', P .. 'shut', unpack(gates))
  for i, gate in ipairs(gates) do busy[gate] = passing[i] ~= false or shut[i] ~= false end
end

local function has_more(line)
  if line.at > #line.runs and not line.whole then read_line(line, 50) end
  return line.at <= #line.runs
end

-- A line is read for as many runs as it would give if all tenants that are seen gave alike, and one more to know of it.
local function open_line(key, ring)
  local line = { key = key, gone = 0 }
  read_line(line, math.ceil((wanted - #leased) / math.max(ring.tail - ring.head + 1, 1)) + 1)
  lines[key] = line
  return line
end

local function open_lane(name)
  local lane = { name = name, tags = {}, times = {}, rings = {}, owed = {}, touched = {}, full = {} }
  lane.cost = tonumber(call('HGET', P .. 'cost', name) or 10)
  local tags = call('HMGET', P .. 'clock:' .. name, 'now', 'interactive', 'normal', 'bulk', 'now:interactive', 'now:normal',
    'now:bulk')
  lane.now = tonumber(tags[1] or 0)
  for i, class in ipairs(classes) do
    lane.tags[class], lane.times[class] = tonumber(tags[i + 1] or 0), tonumber(tags[i + 4] or 0)
    if class == 'interactive' or count > 0 then
      lane.rings[class] = open_order(P .. 'ring:' .. name .. ':' .. class, wanted + 1, learn_tenants)
      lane.owed[class] = {}
    end
  end
  return lane
end

-- The class that is next: the one with the least tag among those with something ready.
local function next_class(lane, only_interactive)
  local best, best_tag
  for _, class in ipairs(classes) do
    local tag = math.max(lane.tags[class], lane.now)
    if lane.rings[class] and not lane.full[class] and (class == 'interactive' or not only_interactive) and (not best or tag < best_tag)
      and reaches(lane.rings[class], 1) then
      best, best_tag = class, tag
    end
  end
  return best, best_tag
end

-- The place in a ring of the tenant that is next. One that has as many in flight as it may is passed over while somebody
-- else waits, among the first sixteen; when all are at their limit the first goes on, or nobody where the cap is strict.
local function next_place(ring)
  for place = 1, 16 do
    if not reaches(ring, place) then break end
    if in_flight[ring.names[ring.head + place - 1]] < cap then return place end
  end
  return not is_strict and 1 or nil
end

-- Takes the next run of a flow out of its line. Returns it, what the index knows of it, and whether there are others.
local function pop(flow, ring, cost)
  -- First, since it may read the set anew.
  local others = reaches(flow, 2)
  local source, tag = flow.names[flow.head], flow.tags[flow.head]
  local key = flow.lines .. source
  local line = lines[key] or open_line(key, ring)
  local run, value
  if has_more(line) then
    run, value = line.runs[line.at], line.values[line.at]
    line.at, line.gone = line.at + 1, line.gone + 1
  end
  if not has_more(line) then
    drop(flow, 1)
    return run, value, others
  end
  if others then move(flow, 1, tag + cost) end
  return run, value, true
end

local function take_next(lane, only_interactive)
  local class, class_tag, ring, place
  repeat
    class, class_tag = next_class(lane, only_interactive)
    if not class then return nil end
    ring = lane.rings[class]
    place = next_place(ring)
    lane.full[class] = not place
  until place
  local tenant, tag = ring.names[ring.head + place - 1], ring.tags[ring.head + place - 1]
  local name = lane.name .. ':' .. class .. ':' .. tenant
  local flow = flows[name]
  if not flow then
    flow = open_order(P .. 'sources:' .. name, 8)
    flow.lines = P .. 'line:' .. name .. ':'
    flows[name] = flow
  end
  if not reaches(flow, 1) then
    drop(ring, place)
    return false
  end
  local run, value, has_others = pop(flow, ring, lane.cost)

  -- An entry of a run that was taken out, or that came back by another way and is leased, is skipped.
  local passes = value and not string.find(value, '@', 1, true) and not taken[run]
  local gate = passes and string.match(value, '|([^|]+)$')
  if gate then
    if busy[gate] then
      call('RPUSH', P .. 'held:' .. gate, run)
      passes = false
    else
      busy[gate] = true
      call('HSET', P .. 'gates', gate, run)
    end
  end

  local next_tag = tag + (passes and lane.cost / (weight[tenant] or 1) or 0)
  if not has_others then
    drop(ring, place)
    lane.owed[class][tenant] = next_tag
  elseif passes then
    move(ring, place, next_tag)
  end
  if not passes then return false end

  lane.now, lane.tags[class], lane.served = class_tag, class_tag + lane.cost / shares[class], true
  lane.times[class], lane.touched[class] = math.max(tag, lane.times[class]), true
  in_flight[tenant], carried[tenant] = in_flight[tenant] + 1, true
  leased[#leased + 1], taken[run] = { run, value }, true
  return true
end

for i = 8, #ARGV do lanes[i - 7] = open_lane(ARGV[i]) end
-- Runs that meet a gate are put aside: they count too, so that the loop has an end.
local turn, empty_in_a_row, steps = 0, 0, 0
while #leased < wanted and empty_in_a_row < #lanes and steps < 400 do
  local found = take_next(lanes[turn % #lanes + 1], #leased >= count)
  turn, steps = turn + 1, steps + 1
  if found == nil then empty_in_a_row = empty_in_a_row + 1 else empty_in_a_row = 0 end
end

-- Nothing but runs that wait for gates so far: there may be others behind them.
if steps == 400 and #leased == 0 then answer[1] = 0 end

for _, line in pairs(lines) do
  if line.gone > 0 then call('LPOP', line.key, line.gone) end
end
for _, flow in pairs(flows) do write_order(flow) end
for _, lane in ipairs(lanes) do
  local tags = { 'now', lane.now }
  for class, ring in pairs(lane.rings) do
    write_order(ring)
    local owed, debts = P .. 'owed:' .. lane.name .. ':' .. class, {}
    for tenant, tag in pairs(lane.owed[class]) do
      debts[#debts + 1] = tag
      debts[#debts + 1] = tenant
    end
    if #debts > 0 then call('ZADD', owed, unpack(debts)) end
    if lane.touched[class] then
      for _, tag in ipairs({ class, lane.tags[class], 'now:' .. class, lane.times[class] }) do tags[#tags + 1] = tag end
      -- What is owed and already past is forgotten, some at a time.
      local past = call('ZRANGEBYSCORE', owed, '-inf', lane.times[class], 'LIMIT', 0, 200)
      if #past > 0 then call('ZREM', owed, unpack(past)) end
    end
  end
  if lane.served then call('HSET', P .. 'clock:' .. lane.name, unpack(tags)) end
end
if #leased > 0 then
  local leases, runs, flights = {}, {}, {}
  for i, entry in ipairs(leased) do
    leases[2 * i - 1], leases[2 * i] = now + lease, entry[1]
    runs[2 * i - 1], runs[2 * i] = entry[1], entry[2] .. '@' .. worker
    answer[i + 2] = entry[1]
  end
  for tenant in pairs(carried) do
    flights[#flights + 1] = tenant
    flights[#flights + 1] = in_flight[tenant]
  end
  call('ZADD', P .. 'leases', unpack(leases))
  call('HSET', P .. 'runs', unpack(runs))
  call('HSET', P .. 'inflight', unpack(flights))
end
hand_out_tokens()
return answer
