-- Ends leases of a worker; a lease that another worker holds by now stays. ARGV: worker, then run, verb, instant or cost
-- (ms), key, … four for each run (at most 200 runs). The verbs:
--   done    the index forgets the run; the number is what it cost, by which its tenant's share is set right
--   later   due at the instant
--   after   due so many milliseconds from now
--   front   ready again, before others
--   shut    due at the instant, and until then nothing passes the run's gate
--   asleep  met the pause that the key names; `rouse` brings it back
-- Writes every key but weights, clock and generation. Returns how many were settled.
local settled = 0

-- The difference between what a run cost and what was charged for it moves its tenant on, or back.
local function correct(place, cost)
  local lane, class, tenant = parts(place)
  local charged = tonumber(call('HGET', P .. 'cost', lane) or 10)
  call('HSET', P .. 'cost', lane, charged + (cost - charged) * 0.05)
  if math.abs(cost - charged) < 1 then return end
  local change = (cost - charged) / tonumber(call('HGET', P .. 'weights', tenant) or 1)
  local ring, owed = P .. 'ring:' .. lane .. ':' .. class, P .. 'owed:' .. lane .. ':' .. class
  if call('ZSCORE', ring, tenant) then
    call('ZINCRBY', ring, change, tenant)
  elseif call('ZSCORE', owed, tenant) then
    call('ZINCRBY', owed, change, tenant)
  end
end

for i = 2, #ARGV, 4 do
  local run, verb, number, key = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3]
  local place, worker = place_of(run)
  if place and worker == ARGV[1] then
    settled = settled + 1
    local gate = let_go(run, place)
    if verb == 'done' then
      call('HDEL', P .. 'runs', run)
      -- Below a millisecond it is the queue's own work that counts.
      if number >= 0 then correct(place, math.max(number, 1)) end
    else
      call('HSET', P .. 'runs', run, place)
      if verb == 'after' then number = now + number end
      if verb == 'asleep' then
        call('RPUSH', P .. 'asleep:' .. key, run)
        call('SADD', P .. 'naps', key)
      elseif verb == 'shut' and gate ~= '' and number > now then
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
end
hand_out_tokens()
return settled
