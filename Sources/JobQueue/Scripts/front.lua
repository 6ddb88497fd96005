-- Moves runs that wait in a line, or for their time, to the front of their line. ARGV: run, … (at most 200). Cost grows with
-- the line's length. Writes due, line and what `push` writes. Returns how many were moved.
local moved = 0
-- The last first, so that they stand in the order in which they were named.
for i = #ARGV, 1, -1 do
  local run = ARGV[i]
  local place, worker = place_of(run)
  if place and not worker then
    local lane, class, tenant, source = parts(place)
    local line = P .. 'line:' .. lane .. ':' .. class .. ':' .. tenant .. ':' .. source
    if call('LREM', line, 1, run) == 1 then
      -- The line may have become empty for a moment: its source and tenant stand where they stood.
      call('LPUSH', line, run)
      moved = moved + 1
    elseif call('ZREM', P .. 'due', run) == 1 then
      make_ready(run, place, true)
      moved = moved + 1
    end
  end
end
hand_out_tokens()
return moved
