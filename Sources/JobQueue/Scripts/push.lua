-- Adds runs to the index; a run that it knows already stays where it is.
-- ARGV: run, place, due (ms), … three for each run (at most 200 runs). Writes runs, due, head, line, sources, ring, clock, wake.
-- Returns how many were added.
local added = 0
for i = 1, #ARGV, 3 do
  local run, place, due = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  if call('HSETNX', P .. 'runs', run, place) == 1 then
    added = added + 1
    if due <= now then make_ready(run, place, false) else wait_until(run, due, place) end
  end
end
hand_out_tokens()
return added
