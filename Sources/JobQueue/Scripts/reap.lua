-- Makes ready again, in front, up to 200 runs whose lease has expired. Writes leases, holders, ready, ring, wake.
-- Returns how many.
local expired = redis.call('ZRANGEBYSCORE', P .. 'leases', '-inf', now, 'LIMIT', 0, 200)
for _, run in ipairs(expired) do
  let_go(run)
  local lane, tenant = place_of(run)
  if lane then make_ready(run, lane, tenant, true) end
end
return #expired
