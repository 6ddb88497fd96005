#!lua flags=allow-oom
-- Leases calls out of the budget that all processes of a deployment share for one platform. Stands alone: it knows
-- nothing of the index.
-- KEYS: the budget, a hash. `server` is the run id of the server that has counted since `opens` (ms); every other field
-- is the beginning of a slice of time (ms), with how many calls were leased in it: at most 66 of them.
-- ARGV: calls, window (ms), how many are wanted. Reads and writes the hash.
-- Returns how many calls are leased now and, if none are, how long until there may be one (ms).
local budget = KEYS[1]
local limit, window, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local server = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local length = math.ceil(window / 64)
local current = now - now % length

local counter, opens, slices = nil, 0, {}
local fields = redis.call('HGETALL', budget)
for i = 1, #fields, 2 do
  local name, value = fields[i], fields[i + 1]
  if name == 'server' then
    counter = value
  elseif name == 'opens' then
    opens = tonumber(value)
  else
    slices[#slices + 1] = { start = tonumber(name), calls = tonumber(value) }
  end
end

-- Nothing is there, or another server wrote it: the state was lost, or may be older than what was leased. Whatever it was,
-- it has left every window when one has passed.
if counter ~= server then
  redis.call('DEL', budget)
  redis.call('HSET', budget, 'server', server, 'opens', now + window)
  return { 0, window }
end
-- The second is for a clock that was set back.
if opens > now + window then
  opens = now + window
  redis.call('HSET', budget, 'opens', opens)
end
if now < opens then return { 0, opens - now } end

local used, counted = 0, {}
for _, slice in ipairs(slices) do
  if slice.start > current then
    -- The clock was set back; when the calls were leased is not known, so it was now.
    redis.call('HDEL', budget, slice.start)
    redis.call('HINCRBY', budget, current, slice.calls)
    slice.start = current
  end
  -- A slice counts until the window has passed since its end.
  if slice.start + length + window <= now then
    redis.call('HDEL', budget, slice.start)
  else
    used = used + slice.calls
    counted[#counted + 1] = slice
  end
end

local granted = math.min(wanted, limit - used)
if granted > 0 then
  redis.call('HINCRBY', budget, current, granted)
  return { granted, 0 }
end
table.sort(counted, function(a, b) return a.start < b.start end)
for _, slice in ipairs(counted) do
  used = used - slice.calls
  if used < limit then return { 0, slice.start + length + window - now } end
end
return { 0, window }
