-- Moves runs that wait in a line, or for their time, to the front of their line. ARGV: run, … (at most 200). Cost grows with
-- the line's length. Writes due, head, line and what `push` writes. Returns how many were moved.
local moved = 0
-- The last first, so that they stand in the order in which they were named.
for i = #ARGV, 1, -1 do
  local run = ARGV[i]
  local place, worker = place_of(run)
  if place and not worker then
    local lane, class, tenant, source = parts(place)
    local heads = P .. 'head:' .. lane .. ':' .. class
    local line = P .. 'line:' .. lane .. ':' .. class .. ':' .. tenant .. ':' .. source
    local head = call('HGET', heads, tenant)
    local first = head and string.match(head, '^[+-]([^|]*)')
    if first == run then
      moved = moved + 1
    elseif call('LREM', line, 1, run) == 1 then
      -- Where one run is the head, what stands in a line stands behind it.
      if first then call('HSET', heads, tenant, '+' .. run .. '|' .. source) end
      call('LPUSH', line, first or run)
      moved = moved + 1
    elseif call('ZREM', P .. 'due', run) == 1 then
      make_ready(run, place, true)
      moved = moved + 1
    end
  end
end
hand_out_tokens()
return moved
