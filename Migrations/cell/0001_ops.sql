-- What a cell runs: the truth about jobs of all its brands. Ids and times only, never content.

create table ops.tenants (
  role_name text primary key,
  brand_id uuid not null unique
);

-- When a brand next has something due: one row for each brand, so that nobody polls thousands of schemas.
create table ops.alarms (
  brand_id uuid primary key references ops.tenants (brand_id),
  due_at timestamptz not null
);

create index alarms_due on ops.alarms (due_at);

-- Redis carries the same id while its index is whole; another or none there means that it was lost. The index counts its
-- reservations: one that counts from less than what was noted here was rolled back to an older snapshot.
create table ops.generation (
  singleton boolean primary key default true check (singleton),
  id uuid not null default gen_random_uuid(),
  ticks bigint not null default 0
);
insert into ops.generation default values;

-- The brand that the caller acts for: taken from the role, which the caller cannot choose.
create function ops.current_brand() returns uuid
language plpgsql stable security definer set search_path = '' as $$
declare brand uuid;
begin
  select t.brand_id into brand from ops.tenants t where t.role_name = current_setting('role');
  if brand is null then
    raise exception 'no brand acts here' using errcode = 'insufficient_privilege';
  end if;
  return brand;
end $$;

-- Locks the brand's alarm until the transaction ends, so that whoever adds something due waits and then compares with
-- what was set. False when somebody else is firing. Nothing fires in a cell that is closed.
create function ops.lock_alarm() returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  perform ops.require_open();
  perform from ops.alarms where brand_id = ops.current_brand() for update skip locked;
  return found;
end $$;

-- Brings the brand's alarm forward to `due` when that is earlier than what it stands at.
create function ops.wake_at(due timestamptz) returns void
language sql security definer set search_path = '' as $$
  insert into ops.alarms as a (brand_id, due_at) values (ops.current_brand(), due)
  on conflict (brand_id) do update set due_at = least(a.due_at, excluded.due_at)
$$;

-- Sets the alarm to what is next after everything due has been fired; null takes it away.
create function ops.set_alarm(due timestamptz) returns void
language plpgsql security definer set search_path = '' as $$
begin
  if due is null then
    delete from ops.alarms where brand_id = ops.current_brand();
  else
    insert into ops.alarms as a (brand_id, due_at) values (ops.current_brand(), due)
    on conflict (brand_id) do update set due_at = excluded.due_at;
  end if;
end $$;

revoke all on all functions in schema ops from public;

do $$
declare login text := current_setting('nuanqun.login');
begin
  execute format('grant usage on schema ops to %I', login);
  execute format('grant select, update on ops.alarms to %I', login);
  execute format('grant select, update on ops.generation to %I', login);
  execute format('grant select on ops.tenants to %I', login);
  -- A table of the session would outlive the transaction, and so the brand, that made it.
  execute format('revoke temporary on database %I from public', current_database());
  -- Who can call set_config can become another brand. Only the login may; brand roles may not.
  -- An owner who is no superuser gets a warning from Postgres here; `nuanqun doctor` then says what a superuser has to do.
  execute format('grant execute on function pg_catalog.set_config(text, text, boolean) to %I', login);
  revoke execute on function pg_catalog.set_config(text, text, boolean) from public;
end $$;
