-- Makes ready up to 200 runs that a pause had put to sleep. ARGV: the pause's key. Writes asleep, naps and what `push` writes.
-- Returns how many were looked at; called again until it says 0.
local looked_at = 0
while looked_at < 200 do
  local run = call('LPOP', P .. 'asleep:' .. ARGV[1])
  if not run then break end
  looked_at = looked_at + 1
  local place, worker = place_of(run)
  if place and not worker then make_ready(run, place, false) end
end
if call('EXISTS', P .. 'asleep:' .. ARGV[1]) == 0 then call('SREM', P .. 'naps', ARGV[1]) end
hand_out_tokens()
return looked_at
