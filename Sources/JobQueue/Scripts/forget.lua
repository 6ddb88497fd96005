-- Takes runs out that Postgres no longer wants, unless they are leased: their end is on its way. Entries of theirs in
-- lines are skipped when they come up, and its gate lets the next one through. ARGV: run, … (at most 200). Writes runs, due
-- and what `push` writes. Returns how many were taken out.
local forgotten = 0
for i = 1, #ARGV do
  local place, worker = place_of(ARGV[i])
  if place and not worker then
    call('HDEL', P .. 'runs', ARGV[i])
    call('ZREM', P .. 'due', ARGV[i])
    forgotten = forgotten + 1
    local _, _, _, _, gate = parts(place)
    if gate ~= '' then open_gate(gate) end
  end
end
hand_out_tokens()
return forgotten
