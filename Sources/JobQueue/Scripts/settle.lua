-- Ends leases of a worker; a lease that another worker holds by now stays. ARGV: worker, then run, verb, instant or cost
-- (ms), key, … four for each run (at most 200 runs, each once). The verbs:
--   done      the index forgets the run; the number is what it cost, by which its tenant's share is set right
--   later     due at the instant
--   after     due so many milliseconds from now
--   front     ready again, before others
--   shut      due at the instant, and until then nothing passes the run's gate
--   shut_for  the same for so many milliseconds from now
--   asleep    met the pause that the key names; `rouse` brings it back
-- Writes every key but weights, clock and generation. Returns how many were settled.
local worker, runs = ARGV[1], {}
for i = 2, #ARGV, 4 do runs[#runs + 1] = ARGV[i] end
if #runs == 0 then return 0 end
local values = call('HMGET', P .. 'runs', unpack(runs))
local are_weighed = call('EXISTS', P .. 'weights') == 1
local settled, costs = 0, {}

-- The difference between what runs cost and what was charged for them moves their tenants on, or back.
local changes = {}
local function correct(lane, class, tenant, cost)
  costs[lane] = costs[lane] or tonumber(call('HGET', P .. 'cost', lane) or 10)
  local charged = costs[lane]
  costs[lane] = charged + (cost - charged) * 0.05
  if math.abs(cost - charged) < 1 then return end
  local weight = are_weighed and tonumber(call('HGET', P .. 'weights', tenant) or 1) or 1
  local ring = lane .. ':' .. class
  changes[ring] = changes[ring] or { lane = lane, class = class, tenants = {} }
  local tenants = changes[ring].tenants
  tenants[tenant] = (tenants[tenant] or 0) + (cost - charged) / weight
end

local function write_corrections()
  for ring, change in pairs(changes) do
    local key, heads = P .. 'ring:' .. ring, P .. 'head:' .. ring
    local time = tonumber(call('HGET', P .. 'clock:' .. change.lane, 'now:' .. change.class) or 0)
    for tenant, cost in pairs(change.tenants) do
      if call('ZSCORE', key, tenant) then
        call('ZINCRBY', key, cost, tenant)
      else
        -- One that has nothing ready, and whose tag is past, owes nothing.
        local head = call('HGET', heads, tenant)
        local tag = head and string.byte(head) == 61 and tonumber(string.sub(head, 2))
        if tag and tag > time then call('HSET', heads, tenant, '=' .. string.format('%.17g', tag + cost)) end
      end
    end
  end
  for lane, cost in pairs(costs) do call('HSET', P .. 'cost', lane, cost) end
  changes, costs = {}, {}
end

-- Runs without a gate that are done need nothing of each other: they are taken out together.
local done, landed = {}, {}
local function take_out()
  if #done == 0 then return end
  call('HDEL', P .. 'runs', unpack(done))
  call('ZREM', P .. 'leases', unpack(done))
  local tenants, left, gone = {}, {}, {}
  for tenant in pairs(landed) do tenants[#tenants + 1] = tenant end
  local flights = call('HMGET', P .. 'inflight', unpack(tenants))
  for i, tenant in ipairs(tenants) do
    local number = tonumber(flights[i] or 0) - landed[tenant]
    if number > 0 then
      left[#left + 1] = tenant
      left[#left + 1] = number
    else
      gone[#gone + 1] = tenant
    end
  end
  if #left > 0 then call('HSET', P .. 'inflight', unpack(left)) end
  if #gone > 0 then call('HDEL', P .. 'inflight', unpack(gone)) end
  done, landed = {}, {}
  write_corrections()
end

local function settle(run, place, verb, number, key)
  local gate = let_go(run, place)
  if verb == 'done' then
    call('HDEL', P .. 'runs', run)
    if number >= 0 then
      local lane, class, tenant = parts(place)
      correct(lane, class, tenant, math.max(number, 1))
      write_corrections()
    end
  else
    call('HSET', P .. 'runs', run, place)
    if verb == 'after' or verb == 'shut_for' then number = now + number end
    if verb == 'asleep' then
      call('RPUSH', P .. 'asleep:' .. key, run)
      call('SADD', P .. 'naps', key)
    elseif (verb == 'shut' or verb == 'shut_for') and gate ~= '' and number > now then
      call('ZADD', P .. 'shut', number, gate)
      call('RPUSH', P .. 'held:' .. gate, run)
    elseif verb ~= 'front' and number > now then
      wait_until(run, number, place)
    else
      make_ready(run, place, verb == 'front')
    end
  end
  if gate ~= '' then open_gate(gate) end
end

for i, run in ipairs(runs) do
  local value = values[i]
  local at = value and string.find(value, '@', 1, true)
  if at and string.sub(value, at + 1) == worker then
    local place, verb, number = string.sub(value, 1, at - 1), ARGV[4 * i - 1], tonumber(ARGV[4 * i])
    settled = settled + 1
    if verb == 'done' and string.byte(place, -1) == 124 then
      local lane, class, tenant = parts(place)
      done[#done + 1], landed[tenant] = run, (landed[tenant] or 0) + 1
      -- Below a millisecond it is the queue's own work that counts.
      if number >= 0 then correct(lane, class, tenant, math.max(number, 1)) end
    else
      take_out()
      settle(run, place, verb, number, ARGV[4 * i + 1])
    end
  end
end
take_out()
hand_out_tokens()
return settled
