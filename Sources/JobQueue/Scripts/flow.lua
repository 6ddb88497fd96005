-- What one tenant has ready in a class of a lane, worked on in the script's memory and written back at the end.
--   flow.line                the line of its only source, with the head as its first run
--   flow.order, flow.lines   of one with several sources: they, by start tag, and those of their lines that were looked at
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
  local flow = { ring = ring, tenant = tenant }
  if head == '*' then
    flow.order, flow.lines = open_order(P .. 'sources:' .. ring .. ':' .. tenant, 8), {}
  elseif head then
    local first, source = string.match(head, '^.([^|]*)|(.*)$')
    flow.line = { source = source, runs = { first }, at = 1, behind = string.byte(head) == 43 }
  end
  return flow
end

local function key_of(line, flow)
  return P .. 'line:' .. flow.ring .. ':' .. flow.tenant .. ':' .. line.source
end

-- True when a line has a run more. What is fetched, and how far it is looked at, is as much as it will give.
local function has_more(line, flow, count)
  if line.at <= #line.runs then return true end
  if not line.behind then return false end
  local found = call('LPOP', key_of(line, flow), count)
  line.runs, line.at, line.behind = found or {}, 1, found ~= false and #found == count
  return found ~= false
end

-- Takes the next run out. Returns it, and whether the flow has others.
local function pop(flow, count, cost)
  local line, others, tag = flow.line, false, nil
  if not line then
    -- First, since it may read the set anew.
    others = reaches(flow.order, 2)
    local source = flow.order.names[flow.order.head]
    tag, line = flow.order.tags[flow.order.head], flow.lines[source]
    if not line then
      line = { source = source, runs = {}, at = 1, behind = true }
      flow.lines[source] = line
    end
  end
  local run = has_more(line, flow, count) and line.runs[line.at]
  if run and known[run] == nil then look_at(line.runs, line.at, #line.runs) end
  line.at = line.at + 1
  local goes_on = has_more(line, flow, count)
  if flow.order then
    if not goes_on then drop(flow.order, 1) elseif others then move(flow.order, 1, tag + cost) end
  end
  flow.is_touched, flow.is_over = true, not goes_on and not others
  return run, not flow.is_over
end

-- Puts back what was taken out of a line and not given out, from a place on.
local function put_back(line, flow, from)
  if from > #line.runs then return false end
  local runs = {}
  for i = #line.runs, from, -1 do runs[#runs + 1] = line.runs[i] end
  call('LPUSH', key_of(line, flow), unpack(runs))
  return true
end

-- Adds a flow's head to what is to be written, or its tenant to those that have none any more.
local function write_flow(flow, heads, gone)
  if flow.order then
    for _, line in pairs(flow.lines) do put_back(line, flow, line.at) end
    write_order(flow.order)
  end
  if flow.is_over then
    gone[#gone + 1] = flow.tenant
  elseif flow.line then
    local line = flow.line
    local is_followed = put_back(line, flow, line.at + 1) or line.behind
    heads[#heads + 1] = flow.tenant
    heads[#heads + 1] = (is_followed and '+' or '-') .. line.runs[line.at] .. '|' .. line.source
  end
end
