-- Leases ready runs of the given lanes to a worker: lanes in turn; in a lane the class, in the class the tenant, in the
-- tenant the source that has had least of its share. First makes ready what has come due and opens gates.
-- ARGV: generation, worker, count of any class, further count of interactive ones, lease (ms), the most runs in flight of a
-- tenant while others wait, 1 where that holds although nobody else waits, lane, … Writes every key but weights, cost, asleep
-- and generation.
--
-- Tokens. A reservation that gets all it wanted and leaves something puts a token in for the next worker of its kind. One
-- that finds nothing takes the tokens away that are there for it, which no worker has a use for. No wake-up is lost: the
-- script is alone while it looks, so whatever becomes ready does so before, and is found, or after, and brings a token of
-- its own; and who has found nothing waits for exactly that. Slots of any kind see all that is ready, so they take away
-- the tokens of the others too. When the next run comes due is in the answer of each who finds nothing.
--
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

local classes, shares = { 'interactive', 'normal', 'bulk' }, { 8, 4, 1 }
local lanes, leased, places, carried, taken = {}, {}, {}, {}, {}
local in_flight, weight = {}, {}
local are_weighed = call('EXISTS', P .. 'weights') == 1

local function learn_tenants(names)
  if #names == 0 then return end
  local counts = call('HMGET', P .. 'inflight', unpack(names))
  for i, name in ipairs(names) do in_flight[name] = in_flight[name] or counts[i] and tonumber(counts[i]) or 0 end
  if not are_weighed then return end
  local weights = call('HMGET', P .. 'weights', unpack(names))
  for i, name in ipairs(names) do weight[name] = tonumber(weights[i] or 1) end
end

-- The flow of the tenant at a place of a ring. With it those of the tenants behind are opened that may be next, and their
-- heads looked at, in one call for all.
local function flow_at(ring, place)
  local flow = ring.flows[ring.names[ring.head + place - 1]]
  if flow then return flow end
  local tenants, runs = {}, {}
  for at = ring.head + place - 1, math.min(ring.tail, ring.head + place + wanted - #leased - 2) do
    local name = ring.names[at]
    if not ring.flows[name] and (#tenants == 0 or in_flight[name] < cap) then tenants[#tenants + 1] = name end
  end
  for i, head in ipairs(call('HMGET', P .. 'head:' .. ring.name, unpack(tenants))) do
    local opened = open_flow(ring.name, tenants[i], head)
    ring.flows[tenants[i]] = opened
    if opened.runs then runs[#runs + 1] = opened.runs[1] end
  end
  look_at(runs, 1, #runs)
  return ring.flows[tenants[1]]
end

-- A ring with its class's start tag, its time, its share, and the flows that were opened.
local function open_lane(name)
  local lane = { name = name, rings = {} }
  lane.cost = tonumber(call('HGET', P .. 'cost', name) or 10)
  local tags = call('HMGET', P .. 'clock:' .. name, 'now', 'interactive', 'normal', 'bulk', 'now:interactive', 'now:normal',
    'now:bulk')
  lane.now = tonumber(tags[1] or 0)
  for i = 1, count > 0 and 3 or 1 do
    local ring = open_order(P .. 'ring:' .. name .. ':' .. classes[i], wanted + 1, learn_tenants)
    ring.name, ring.class, ring.share, ring.flows = name .. ':' .. classes[i], classes[i], shares[i], {}
    ring.tag, ring.time = tonumber(tags[i + 1] or 0), tonumber(tags[i + 4] or 0)
    lane.rings[i] = ring
  end
  return lane
end

-- The ring of the class that is next: the one with the least tag among those with something ready.
local function next_ring(lane, only_interactive)
  local best, best_tag
  for i = 1, only_interactive and 1 or #lane.rings do
    local ring = lane.rings[i]
    local tag = ring.tag > lane.now and ring.tag or lane.now
    if not ring.is_full and (not best or tag < best_tag) and reaches(ring, 1) then best, best_tag = ring, tag end
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

local function take_next(lane, only_interactive)
  local ring, ring_tag, place
  repeat
    ring, ring_tag = next_ring(lane, only_interactive)
    if not ring then return nil end
    place = next_place(ring)
    ring.is_full = not place
  until place
  local tenant, tag = ring.names[ring.head + place - 1], ring.tags[ring.head + place - 1]
  local flow = flow_at(ring, place)
  if flow.order and not reaches(flow.order, 1) or not flow.order and not flow.runs then
    drop(ring, place)
    return false
  end
  -- Fetched are as many as it would give if all tenants that are seen gave alike.
  local run, has_others = pop(flow, math.ceil((wanted - #leased) / (ring.tail - ring.head + 1)), lane.cost)
  local value = known[run]

  -- An entry of a run that was taken out, or that came back by another way and is leased, is skipped.
  local passes = value and not taken[run] and (string.byte(value, -1) == 124 or not string.find(value, '@', 1, true))
  local gate = passes and string.byte(value, -1) ~= 124 and string.match(value, '|([^|]+)$')
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
    flow.owes = next_tag
  elseif passes then
    move(ring, place, next_tag)
  end
  if not passes then return false end

  lane.now, lane.is_served = ring_tag, true
  ring.tag, ring.time, ring.is_served = ring_tag + lane.cost / ring.share, math.max(tag, ring.time), true
  in_flight[tenant], carried[tenant] = in_flight[tenant] + 1, true
  leased[#leased + 1], taken[run] = run, true
  places[#leased] = value
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
local is_cut_off = steps == 400
if is_cut_off and #leased == 0 then answer[1] = 0 end

-- What is left behind wakes another worker; where nothing is left no token is needed.
local kind = is_strict and 'calm:' or count > 0 and 'wake:' or 'urgent:'
local kinds = kind == 'wake:' and { 'wake:', 'urgent:', 'calm:' } or { kind }
local stale = {}
for _, lane in ipairs(lanes) do
  if #leased == wanted or is_cut_off then
    for _, ring in ipairs(lane.rings) do
      if reaches(ring, 1) then woken[P .. kind .. lane.name] = true end
    end
  else
    for _, name in ipairs(kinds) do
      stale[#stale + 1] = P .. name .. lane.name
      woken[stale[#stale]] = nil
    end
  end
end
if #leased == 0 and #stale > 0 then call('DEL', unpack(stale)) end

-- Some of the heads that hold nothing but a tag that is past are taken away.
local function sweep(heads, lane, ring)
  local cursor = call('HGET', P .. 'clock:' .. lane.name, 'scan:' .. ring.class) or '0'
  local found, past = call('HSCAN', heads, cursor, 'COUNT', 100), {}
  for i = 1, #found[2], 2 do
    local head = found[2][i + 1]
    if string.byte(head) == 61 and tonumber(string.sub(head, 2)) <= ring.time then past[#past + 1] = found[2][i] end
  end
  if #past > 0 then call('HDEL', heads, unpack(past)) end
  call('HSET', P .. 'clock:' .. lane.name, 'scan:' .. ring.class, found[1])
end

for _, lane in ipairs(lanes) do
  local tags = { 'now', text(lane.now) }
  for _, ring in ipairs(lane.rings) do
    local heads, gone, key = {}, {}, P .. 'head:' .. ring.name
    write_order(ring)
    for _, flow in pairs(ring.flows) do
      if flow.is_touched then write_flow(flow, ring.time, heads, gone) end
    end
    if #heads > 0 then call('HSET', key, unpack(heads)) end
    if #gone > 0 then call('HDEL', key, unpack(gone)) end
    if ring.is_served then
      for _, value in ipairs({ ring.class, text(ring.tag), 'now:' .. ring.class, text(ring.time) }) do
        tags[#tags + 1] = value
      end
      if answer[2] % 16 == 0 then sweep(key, lane, ring) end
    end
  end
  if lane.is_served then call('HSET', P .. 'clock:' .. lane.name, unpack(tags)) end
end
if #leased > 0 then
  local leases, runs, flights = {}, {}, { '', long_value }
  local expires, held = text(now + lease), '@' .. worker
  for i, run in ipairs(leased) do
    leases[2 * i - 1], leases[2 * i] = expires, run
    runs[2 * i - 1], runs[2 * i] = run, places[i] .. held
    answer[i + 2] = run
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
