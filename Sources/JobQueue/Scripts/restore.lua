-- Puts back runs that Postgres knows as running and the index does not know: leased to the worker that Postgres names,
-- who goes on extending if it lives. ARGV: lease (ms), then run, place, worker, … three for each (at most 200).
-- Writes runs, leases, inflight, gates. Returns how many were put back.
local restored = 0
for i = 2, #ARGV, 3 do
  local run, place = ARGV[i], ARGV[i + 1]
  if call('HSETNX', P .. 'runs', run, place .. '@' .. ARGV[i + 2]) == 1 then
    local _, _, tenant, _, gate = parts(place)
    call('ZADD', P .. 'leases', now + tonumber(ARGV[1]), run)
    call('HINCRBY', P .. 'inflight', tenant, 1)
    if gate ~= '' then call('HSETNX', P .. 'gates', gate, run) end
    restored = restored + 1
  end
end
return restored
