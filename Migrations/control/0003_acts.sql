-- The audit of an agency: who did what to what. Nobody may change or delete a row, and each is chained to the one before
-- by its hash, so that a change by whoever can do everything shows too (`nuanqun audit verify`).

create table control.acts (
  agency_id uuid not null references control.agencies,
  -- From 1, without a gap.
  number bigint not null,
  id uuid not null,
  at timestamptz not null,
  -- Who: kind, id, name, the address and the request.
  actor jsonb not null,
  act text not null,
  -- To what: kind, id, name.
  subject jsonb not null,
  brand_id uuid,
  before jsonb,
  after jsonb,
  hash bytea not null,
  primary key (agency_id, number)
);

create index acts_by_brand on control.acts (agency_id, brand_id, number) where brand_id is not null;

-- Where each chain stands: rows that are cut off at its end are missed here.
create table control.act_heads (
  agency_id uuid primary key references control.agencies,
  number bigint not null,
  hash bytea not null
);

-- The hash of a row over its content and the hash of the row before. Times are written out in UTC, since their usual text
-- depends on the session.
create function control.act_hash(previous bytea, entry control.acts) returns bytea
language sql stable set search_path = '' as $$
  select sha256(previous || convert_to(jsonb_build_array(
    entry.agency_id, entry.number, entry.id, to_char(entry.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    entry.actor, entry.act, entry.subject, entry.brand_id, entry.before, entry.after)::text, 'UTF8'))
$$;

-- Whatever a caller gives for number, time and hash, the chain sets them.
create function control.chain_act() returns trigger
language plpgsql security definer set search_path = '' as $$
declare head control.act_heads;
begin
  insert into control.act_heads as h (agency_id, number, hash) values (new.agency_id, 0, '')
  on conflict (agency_id) do nothing;
  select * into head from control.act_heads h where h.agency_id = new.agency_id for update;
  new.number := head.number + 1;
  new.at := clock_timestamp();
  new.hash := control.act_hash(head.hash, new);
  update control.act_heads h set number = new.number, hash = new.hash where h.agency_id = new.agency_id;
  return new;
end $$;

create trigger chain before insert on control.acts for each row execute function control.chain_act();

create function control.refuse_change() returns trigger
language plpgsql set search_path = '' as $$
begin
  raise exception 'the audit is written once and never changed' using errcode = 'insufficient_privilege';
end $$;

create trigger keep before update or delete on control.acts for each row execute function control.refuse_change();
create trigger keep_all before truncate on control.acts for each statement execute function control.refuse_change();

do $$
declare login text := current_setting('nuanqun.login');
begin
  execute format('grant select on control.acts, control.act_heads to %I', login);
  execute format('grant insert on control.acts to %I', login);
  execute format('grant execute on function control.act_hash(bytea, control.acts) to %I', login);
end $$;
