-- What one tenant has ready in a class of a lane, worked on in the script's memory and written back at the end.
--   flow.order, flow.lines   of one with several sources: they, by start tag, and those of their lines that were looked at;
--                            one with a single source is that source's line itself, with the head as its first run
--   flow.owes                the tag until which its tenant's share is used up, where nothing is left of it
--   line.runs, line.at       the runs that were taken out of Redis, and which of them is the next
--   line.behind              there may be more in Redis
--   known, busy              what the index knows of runs that were looked at, and which gates somebody passes or are shut
local known, busy = {}, {}

-- Learns what the index knows of runs, and whether somebody passes the gates that they would pass.
local function look_at(runs, from, to)
  if from > to then return end
  local values, gates = call('HMGET', P .. 'runs', unpack(runs, from, to)), {}
  for i = 1, to - from + 1 do
    local value = values[i]
    known[runs[from + i - 1]] = value
    -- Without a gate it ends in a bar.
    local gate = value and string.byte(value, -1) ~= 124 and string.match(value, '|([^|@]+)$')
    if gate and busy[gate] == nil then gates[#gates + 1] = gate end
  end
  if #gates == 0 then return end
  local passing, shut = call('HMGET', P .. 'gates', unpack(gates)), call('ZMSCORE', P .. 'shut', unpack(gates))
  for i, gate in ipairs(gates) do busy[gate] = passing[i] ~= false or shut[i] ~= false end
end

local function open_flow(ring, tenant, head)
  -- Not there, or with nothing but what it owes.
  if not head or string.byte(head) == 61 then return { tenant = tenant } end
  if head == '*' then
    return { ring = ring, tenant = tenant, order = open_order(P .. 'sources:' .. ring .. ':' .. tenant, 8), lines = {} }
  end
  local first, source = string.match(head, '^.([^|]*)|(.*)$')
  return { ring = ring, tenant = tenant, source = source, runs = { first }, at = 1, behind = string.byte(head) == 43 }
end

local function key_of(line)
  return P .. 'line:' .. line.ring .. ':' .. line.tenant .. ':' .. line.source
end

-- True when a line has a run more. What is fetched, and how far it is looked at, is as much as it will give.
local function has_more(line, count)
  if line.at <= #line.runs then return true end
  if not line.behind then return false end
  local found = call('LPOP', key_of(line), count)
  line.runs, line.at, line.behind = found or {}, 1, found ~= false and #found == count
  return found ~= false
end

-- The line of the source that is next, the source's tag, and whether there are other sources.
local function next_line(flow)
  -- First, since it may read the set anew.
  local others = reaches(flow.order, 2)
  local source = flow.order.names[flow.order.head]
  local line = flow.lines[source]
  if not line then
    line = { ring = flow.ring, tenant = flow.tenant, source = source, runs = {}, at = 1, behind = true }
    flow.lines[source] = line
  end
  return line, flow.order.tags[flow.order.head], others
end

-- Takes the next run out. Returns it, and whether the flow has others.
local function pop(flow, count, cost)
  local line, tag, others = flow, nil, false
  if flow.order then line, tag, others = next_line(flow) end
  local run = has_more(line, count) and line.runs[line.at]
  if run and known[run] == nil then look_at(line.runs, line.at, #line.runs) end
  line.at = line.at + 1
  local goes_on = has_more(line, count)
  if flow.order then
    if not goes_on then drop(flow.order, 1) elseif others then move(flow.order, 1, tag + cost) end
  end
  flow.is_touched, flow.is_over = true, not goes_on and not others
  return run, not flow.is_over
end

-- Puts back what was taken out of a line and not given out, from a place on.
local function put_back(line, from)
  if from > #line.runs then return false end
  local runs = {}
  for i = #line.runs, from, -1 do runs[#runs + 1] = line.runs[i] end
  call('LPUSH', key_of(line), unpack(runs))
  return true
end

-- Adds a flow's head to what is to be written, or its tenant to those that need none any more.
local function write_flow(flow, time, heads, gone)
  if flow.order then
    for _, line in pairs(flow.lines) do put_back(line, line.at) end
    write_order(flow.order)
  end
  if flow.is_over and flow.owes > time then
    heads[#heads + 1] = flow.tenant
    heads[#heads + 1] = '=' .. text(flow.owes)
  elseif flow.is_over then
    gone[#gone + 1] = flow.tenant
  elseif flow.runs then
    local is_followed = put_back(flow, flow.at + 1) or flow.behind
    heads[#heads + 1] = flow.tenant
    heads[#heads + 1] = (is_followed and '+' or '-') .. flow.runs[flow.at] .. '|' .. flow.source
  end
end
