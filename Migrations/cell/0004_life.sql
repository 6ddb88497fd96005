-- Whether the cell may work. A Postgres that was restored, rewound or promoted may have forgotten claims: what it takes for
-- unsent may have been sent. So a cell works only on the history on which it was opened, and a person opens it anew.

-- Where this server stands in the history of its data: every recovery to a point in time and every promotion begins
-- another timeline. A restart and a crash do not.
create function ops.timeline() returns text
language sql volatile set search_path = '' as $$
  select substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 1, 8)
$$;

-- Which server's files these are; another after a dump was loaded elsewhere. Null where the owner may not ask.
create function ops.server() returns bigint
language plpgsql volatile set search_path = '' as $$
begin
  return (select c.system_identifier from pg_catalog.pg_control_system() c);
exception when insufficient_privilege then
  return null;
end $$;

create table ops.life (
  singleton boolean primary key default true check (singleton),
  -- Of the server on which the cell was opened.
  timeline text not null default ops.timeline(),
  server bigint default ops.server(),
  opened_at timestamptz not null default clock_timestamp(),
  opened_by text,
  closed_at timestamptz,
  closed_because text check (closed_because in ('other_timeline', 'other_server', 'rewound', 'person')),
  -- An opening that is under way: when it began, up to when nothing is forgotten here, and up to when others may have
  -- worked on the history that is lost.
  opening_at timestamptz,
  proven_until timestamptz,
  lost_until timestamptz,
  check ((closed_at is null) = (closed_because is null)),
  check (opening_at is null or (closed_at is not null and proven_until is not null and lost_until is not null))
);
insert into ops.life default values;

-- Counts starts. Workers remember outside Postgres how far they saw it: one that stands lower went back, even where no
-- other timeline says so, as when the files of a copy were put back.
create sequence ops.beats;

create function ops.is_open() returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (select from ops.life l where l.closed_at is null and l.timeline = ops.timeline())
$$;

create function ops.require_open() returns void
language plpgsql security definer set search_path = '' as $$
begin
  if not ops.is_open() then raise exception 'the cell is closed' using errcode = 'NQ002'; end if;
end $$;

-- Asked by whoever starts runs: refuses where the cell is closed or has gone back behind `known`, else counts one up.
-- Postgres writes a sequence down for 32 numbers ahead, and after a crash goes on from there: a step of 33 lets the number
-- of a restored copy never come near one that was seen since.
create function ops.beat(known bigint) returns bigint
language plpgsql security definer set search_path = '' as $$
begin
  if not ops.is_open() or (select b.last_value from ops.beats b) < known
    or (select l.server <> ops.server() from ops.life l)
  then
    raise exception 'the cell is closed' using errcode = 'NQ002';
  end if;
  return (select max(nextval('ops.beats')) from generate_series(1, 33));
end $$;

-- Closes the cell where it has gone back, and returns why it is closed; null when it is open.
create function ops.examine(known bigint, who text) returns text
language plpgsql security definer set search_path = '' as $$
declare
  life ops.life;
  why text;
begin
  select * into life from ops.life;
  if life.closed_at is not null then return life.closed_because; end if;
  why := case
    when life.timeline <> ops.timeline() then 'other_timeline'
    when life.server <> ops.server() then 'other_server'
    when (select b.last_value from ops.beats b) < known then 'rewound'
  end;
  if why is null then return null; end if;
  update ops.life set closed_at = clock_timestamp(), closed_because = why where closed_at is null;
  if found then
    insert into ops.audit (by_whom, act, subject, detail)
    values (who, 'close cell', 'cell', jsonb_build_object('because', why));
  end if;
  return why;
end $$;

-- Somebody committed something here at that instant, and nothing of it is left: an older copy of the files was put back.
-- Closes the cell and keeps what he knows. Where it was opened since, whoever did so has settled that. True when it is
-- closed now.
create function ops.forgotten(committed timestamptz, who text, evidence jsonb) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  insert into ops.audit (by_whom, act, subject, detail) values (who, 'miss claim', 'cell', evidence);
  -- Where a timeline or another server says why, that is the reason.
  if ops.examine(0, who) is null then
    update ops.life set closed_at = clock_timestamp(), closed_because = 'rewound'
    where closed_at is null and opened_at < committed;
    if found then
      insert into ops.audit (by_whom, act, subject, detail)
      values (who, 'close cell', 'cell', jsonb_build_object('because', 'rewound'));
    end if;
  end if;
  return not ops.is_open();
end $$;

revoke all on all functions in schema ops from public;

do $$
declare login text := current_setting('nuanqun.login');
begin
  execute format('grant select on ops.life to %I', login);
  execute format(
    'grant execute on function ops.is_open(), ops.require_open(), ops.beat(bigint), ops.examine(bigint, text),
     ops.forgotten(timestamptz, text, jsonb) to %I', login);
end $$;
