-- Runs: one row for each planned execution of a job.
--
-- The ids are UUIDv7 and begin with the milliseconds of their making, so a range of ids is a day: partitions are found by
-- id alone, and a day that is over is dropped as a whole.

create table ops.runs (
  id uuid primary key,
  -- A brand of ops.tenants. No foreign key: ops.enqueue takes it from there, and the check would cost every row a look-up.
  brand_id uuid not null,
  kind text not null,
  lane text not null,
  class text not null default 'normal' check (class in ('interactive', 'normal', 'bulk')),
  -- What the brand's runs are shared out among: a plan, a campaign. Without one they stand in one line.
  source text not null default '',
  -- One run at a time passes a gate, such as a channel.
  gate text,
  payload jsonb not null,
  state text not null default 'ready'
    check (state in ('ready', 'running', 'done', 'dead', 'quarantined', 'cancelled')),
  due_at timestamptz not null,
  -- The sweep has seen it: the index had its chance to hear of it twice.
  swept boolean not null default false,
  -- The fence: raised by every start; what an older start writes is refused.
  epoch integer not null default 0,
  attempts integer not null default 0,
  crashes integer not null default 0,
  worker text,
  -- What the attempt said last about itself, the evidence when it ends without a word.
  step text,
  progress real check (progress between 0 and 1),
  error text,
  evidence jsonb,
  -- Somebody wants it to end; the worker that performs it looks for this.
  cancel_at timestamptz,
  batch_id uuid,
  -- Its key of ops.run_keys, which it has while it lives: whoever tries it again needs it once more.
  unique_key text,
  -- Where in a trace the run was enqueued, as https://www.w3.org/TR/trace-context/ writes it.
  trace text check (octet_length(trace) between 55 and 128),
  created_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  ended_at timestamptz,
  -- The index writes them into one text with these signs between.
  check (lane || source || coalesce(gate, '') !~ '[|@]')
) partition by range (id);

-- For ids of other days, and of clocks that are wrong.
create table ops.runs_other partition of ops.runs default with (fillfactor = 80);

create index runs_ready on ops.runs (swept, due_at, id) where state = 'ready';
create index runs_running on ops.runs (id) where state = 'running';
create index runs_to_cancel on ops.runs (id) where state = 'running' and cancel_at is not null;
create index runs_failed on ops.runs (id) where state in ('dead', 'quarantined', 'cancelled');
create index runs_by_brand on ops.runs (brand_id, id);

-- Keys of runs of which a brand has one at a time. A table of its own, since an index over partitions cannot hold it.
create table ops.run_keys (
  brand_id uuid not null,
  key text not null,
  run_id uuid not null,
  -- The key stays taken until then, also when the run has ended before.
  until timestamptz,
  has_ended boolean not null default false,
  primary key (brand_id, key)
);

create index run_keys_by_run on ops.run_keys (run_id);

-- Many runs with one that follows when all have ended.
create table ops.batches (
  id uuid primary key,
  brand_id uuid not null,
  total integer not null check (total > 0),
  open integer not null check (open between 0 and total),
  failed integer not null default 0,
  completion uuid not null,
  created_at timestamptz not null default clock_timestamp()
);

-- What is paused by a person: runs that match are not started. The keys: brand:B, source:B:S, gate:B:G, kind:K.
create table ops.pauses (
  key text primary key,
  by_whom text not null,
  at timestamptz not null default clock_timestamp()
);

-- What people did to the queue. Nobody may change or delete a row.
create table ops.audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  by_whom text not null,
  act text not null,
  brand_id uuid,
  subject text not null,
  detail jsonb not null default '{}'
);

create index audit_by_brand on ops.audit (brand_id, id);

-- What somebody did to what belongs to the current brand.
create function ops.note_act(who text, act text, subject text, detail jsonb) returns void
language sql security definer set search_path = '' as $$
  insert into ops.audit (by_whom, act, brand_id, subject, detail)
  values (who, act, ops.current_brand(), subject, detail)
$$;

-- Adds runs of the current brand and returns those it added: where a live run has the same key, nothing is added.
create function ops.enqueue(
  ids uuid[], kinds text[], lanes text[], classes text[], sources text[], gates text[], payloads jsonb[], keys text[],
  untils timestamptz[], dues timestamptz[], batches uuid[], trace text default null
) returns table (id uuid, due_at timestamptz)
language plpgsql security definer set search_path = '' as $$
declare brand uuid := ops.current_brand();
begin
  return query
  with wanted as (
    select w.* from unnest(ids, kinds, lanes, classes, sources, gates, payloads, keys, untils, dues, batches)
      as w (id, kind, lane, class, source, gate, payload, key, until, due_at, batch_id)
  ), keyed as (
    insert into ops.run_keys as k (brand_id, key, run_id, until)
    select distinct on (w.key) brand, w.key, w.id, w.until from wanted w where w.key is not null order by w.key, w.id
    on conflict (brand_id, key) do update
      set run_id = excluded.run_id, until = excluded.until, has_ended = false
      where k.has_ended and k.until <= clock_timestamp()
    returning k.run_id
  ), added as (
    insert into ops.runs as r (
      id, brand_id, kind, lane, class, source, gate, payload, due_at, batch_id, unique_key, trace)
    select w.id, brand, w.kind, w.lane, w.class, coalesce(w.source, ''), w.gate, w.payload,
      coalesce(w.due_at, clock_timestamp()), w.batch_id, w.key, enqueue.trace
    from wanted w where w.key is null or w.id in (select k.run_id from keyed k)
    on conflict do nothing
    returning r.id, r.due_at
  )
  select a.id, a.due_at from added a;
end $$;

-- Refuses an attempt that has been overtaken: the run was started again, ended, or is another brand's. In a cell that is
-- closed nothing new may begin either.
create function ops.require_epoch(run uuid, epoch integer) returns void
language plpgsql security definer set search_path = '' as $$
begin
  perform ops.require_open();
  if not exists (
    select from ops.runs r
    where r.id = require_epoch.run and r.epoch = require_epoch.epoch and r.state = 'running'
      and r.brand_id = ops.current_brand()
  ) then
    raise exception 'run % is no longer at epoch %', run, epoch using errcode = 'NQ001';
  end if;
end $$;

-- Opens a batch whose runs, and the one that follows them, are enqueued in the same transaction. The follower waits with
-- a due time that never comes.
create function ops.open_batch(batch uuid, total integer, completion uuid) returns void
language sql security definer set search_path = '' as $$
  insert into ops.batches (id, brand_id, total, open, completion)
  values (batch, ops.current_brand(), total, total, completion)
$$;

-- The first id of a day, in UTC.
create function ops.first_id(day date) returns uuid
language sql immutable set search_path = '' as $$
  select (lpad(to_hex((extract(epoch from day::timestamp at time zone 'UTC') * 1000)::bigint), 12, '0')
    || repeat('0', 20))::uuid
$$;

-- Makes the partitions of today and the days to come, deletes runs that ended well longer ago than `retention`, and drops
-- days that are empty then. Whoever finds somebody else doing it, or a partition in use, leaves it for the next time.
create function ops.tend_runs(retention interval, ahead integer default 3) returns integer
language plpgsql security definer set search_path = '' set lock_timeout = '200ms' as $$
declare
  day date;
  name text;
  deleted integer := 0;
  count integer;
  is_new boolean := false;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('nuanqun runs', 0)) then return 0; end if;
  for day in select generate_series(current_date - 1, current_date + ahead, interval '1 day')::date loop
    name := 'runs_' || to_char(day, 'YYYYMMDD');
    if to_regclass('ops.' || name) is null then
      begin
        execute format('create table ops.%I partition of ops.runs for values from (%L) to (%L) with (fillfactor = 80)',
          name, ops.first_id(day), ops.first_id(day + 1));
        is_new := true;
      exception when check_violation or lock_not_available then
        -- Runs of that day stand among the others already, or the table is busy: they may stay there.
        null;
      end;
    end if;
  end loop;
  -- A new partition holds a lock on the whole table until the end: nothing slow behind it.
  if is_new then return 0; end if;
  for name in
    select c.relname from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'ops.runs'::regclass order by c.relname
  loop
    begin
      execute format(
        'delete from ops.%I where id in (
           select id from ops.%I where state in (''done'', ''cancelled'') and ended_at < clock_timestamp() - $1
           limit 5000 for update skip locked)',
        name, name) using retention;
      get diagnostics count = row_count;
      deleted := deleted + count;
    exception when lock_not_available then null;
    end;
    if name < 'runs_' || to_char(current_date - 1 - retention, 'YYYYMMDD') and name <> 'runs_other' then
      begin
        execute format('select count(*) from (select from ops.%I limit 1) one', name) into count;
        if count = 0 then execute format('drop table ops.%I', name); end if;
      exception when lock_not_available then null;
      end;
    end if;
  end loop;
  delete from ops.run_keys where has_ended and until < clock_timestamp();
  delete from ops.batches where open = 0 and created_at < clock_timestamp() - retention;
  return deleted;
end $$;

select ops.tend_runs(interval '7 days');

revoke all on all functions in schema ops from public;

do $$
declare login text := current_setting('nuanqun.login');
begin
  execute format('grant select, update on ops.runs to %I', login);
  execute format('grant select, insert, update, delete on ops.run_keys to %I', login);
  execute format('grant select, update on ops.batches to %I', login);
  execute format('grant select, insert, delete on ops.pauses to %I', login);
  execute format('grant select, insert on ops.audit to %I', login);
  execute format('grant execute on function ops.tend_runs(interval, integer) to %I', login);
end $$;
