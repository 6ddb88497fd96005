-- Extends the leases that a worker still holds.
-- ARGV: worker, lease (ms), run, … (at most 200 runs). Writes leases. Returns the runs that it holds no longer, or -2 while
-- the index is not whole: then what is missing may only not be back yet.
if call('EXISTS', P .. 'generation') == 0 then return -2 end
local lost, held = {}, {}
for i = 3, #ARGV do
  local _, worker = place_of(ARGV[i])
  if worker == ARGV[1] then
    held[#held + 1] = now + tonumber(ARGV[2])
    held[#held + 1] = ARGV[i]
  else
    lost[#lost + 1] = ARGV[i]
  end
end
if #held > 0 then call('ZADD', P .. 'leases', unpack(held)) end
return lost
