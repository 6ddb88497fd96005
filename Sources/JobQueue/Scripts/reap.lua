-- Makes ready again, in front, up to 200 runs whose lease has expired. Writes what `settle` writes. Returns how many.
local expired = call('ZRANGEBYSCORE', P .. 'leases', '-inf', now, 'LIMIT', 0, 200)
for _, run in ipairs(expired) do
  local place = place_of(run)
  if place then
    local gate = let_go(run, place)
    call('HSET', P .. 'runs', run, place)
    make_ready(run, place, true)
    if gate ~= '' then open_gate(gate) end
  else
    call('ZREM', P .. 'leases', run)
  end
end
hand_out_tokens()
return #expired
