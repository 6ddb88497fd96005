-- Schedules make runs. The rule and the zone are stored, so that a change of the clocks is answered when it comes; the next
-- instant is advanced by whoever is first, by comparing it with what it was.

create table ops.schedules (
  id uuid primary key,
  brand_id uuid not null,
  -- Unique in the brand: setting a schedule again edits it.
  name text not null check (length(name) between 1 and 200),
  kind text not null,
  lane text not null,
  class text not null,
  source text not null default '',
  gate text,
  payload jsonb not null,
  rule jsonb not null,
  zone text not null,
  -- What becomes of occurrences that nobody fired in time.
  missed text not null check (missed in ('skip', 'latest', 'all')),
  missed_most integer not null default 1 check (missed_most between 1 and 1000),
  grace interval not null,
  -- Runs that need not begin on the minute begin so much later, the same for each occurrence.
  phase interval not null default '0',
  state text not null default 'active' check (state in ('active', 'paused')),
  version integer not null default 1,
  -- Null when the rule has no further occurrence.
  next_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  unique (brand_id, name),
  check (lane || source || coalesce(gate, '') !~ '[|@]')
);

create index schedules_due on ops.schedules (next_at) where state = 'active' and next_at is not null;

-- What was fired. A table of its own, so that an instant is fired once whatever becomes of its run.
create table ops.occurrences (
  schedule_id uuid not null references ops.schedules on delete cascade,
  planned_at timestamptz not null,
  -- As the rule says it, in the schedule's zone.
  wall text not null,
  run_id uuid not null,
  primary key (schedule_id, planned_at)
);

alter table ops.runs add column schedule_id uuid;
create index runs_by_schedule on ops.runs (schedule_id) where schedule_id is not null and state = 'ready';

-- Ends runs of a schedule that have not begun: an edit, a pause and a removal kill the old times.
create function ops.end_unstarted(schedule uuid) returns void
language sql security definer set search_path = '' as $$
  update ops.runs set state = 'cancelled', ended_at = clock_timestamp(), cancel_at = clock_timestamp()
  where schedule_id = schedule and state = 'ready' and epoch = 0
$$;

-- Deletes instants that were fired well longer ago than `retention`, some at a time. Only those before the schedule's next
-- one: from there on it may come to them again, and then it is their rows that keep them from being fired twice.
create function ops.tend_occurrences(retention interval) returns integer
language plpgsql security definer set search_path = '' as $$
declare deleted integer;
begin
  delete from ops.occurrences o using (
    select p.schedule_id, p.planned_at from ops.schedules s
    join ops.occurrences p on p.schedule_id = s.id
      and p.planned_at < least(clock_timestamp() - retention, coalesce(s.next_at, 'infinity'))
    limit 5000
  ) old where o.schedule_id = old.schedule_id and o.planned_at = old.planned_at;
  get diagnostics deleted = row_count;
  return deleted;
end $$;

-- Makes or edits a schedule of the current brand, by its name.
create function ops.set_schedule(
  schedule uuid, name text, kind text, lane text, class text, source text, gate text, payload jsonb, rule jsonb, zone text,
  missed text, missed_most integer, grace interval, phase interval, next timestamptz
) returns uuid
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare found uuid;
begin
  insert into ops.schedules as s (
    id, brand_id, name, kind, lane, class, source, gate, payload, rule, zone, missed, missed_most, grace, phase, next_at)
  values (
    schedule, ops.current_brand(), name, kind, lane, class, coalesce(source, ''), gate, payload, rule, zone, missed,
    missed_most, grace, phase, next)
  on conflict (brand_id, name) do update set
    kind = excluded.kind, lane = excluded.lane, class = excluded.class, source = excluded.source, gate = excluded.gate,
    payload = excluded.payload, rule = excluded.rule, zone = excluded.zone, missed = excluded.missed,
    missed_most = excluded.missed_most, grace = excluded.grace, phase = excluded.phase, next_at = excluded.next_at,
    version = s.version + 1
  returning id into found;
  perform ops.end_unstarted(found);
  return found;
end $$;

-- Takes a schedule of the current brand away. False when there is none.
create function ops.remove_schedule(name text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare found uuid;
begin
  delete from ops.schedules s where s.brand_id = ops.current_brand() and s.name = remove_schedule.name
  returning id into found;
  if found is null then return false; end if;
  perform ops.end_unstarted(found);
  return true;
end $$;

revoke all on all functions in schema ops from public;

do $$
declare login text := current_setting('nuanqun.login');
begin
  execute format('grant insert on ops.runs to %I', login);
  execute format('grant select, update on ops.schedules to %I', login);
  execute format('grant select, insert, delete on ops.occurrences to %I', login);
  execute format('grant execute on function ops.end_unstarted(uuid), ops.tend_occurrences(interval) to %I', login);
end $$;
