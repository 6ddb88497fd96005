-- The audit of a cell is chained, a chain for each brand and one for the cell's own: each row's hash is over its content
-- and the hash of the row before, so that a change by whoever can do everything shows (`nuanqun audit verify`).

alter table ops.audit
  -- The brand, or the zero id for what concerns the cell.
  add column chain uuid,
  -- From 1 in its chain, without a gap.
  add column number bigint,
  -- Who, where more is known than a name: kind, id, name, the address and the request.
  add column actor jsonb,
  add column hash bytea;

create table ops.audit_heads (
  chain uuid primary key,
  number bigint not null,
  hash bytea not null
);

-- Times are written out in UTC, since their usual text depends on the session.
create function ops.audit_hash(previous bytea, entry ops.audit) returns bytea
language sql stable set search_path = '' as $$
  select sha256(previous || convert_to(jsonb_build_array(
    entry.chain, entry.number, to_char(entry.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    entry.by_whom, entry.actor, entry.act, entry.brand_id, entry.subject, entry.detail)::text, 'UTF8'))
$$;

-- Whatever a caller gives for number, time and hash, the chain sets them.
create function ops.chain_act() returns trigger
language plpgsql security definer set search_path = '' as $$
declare head ops.audit_heads;
begin
  new.chain := coalesce(new.brand_id, '00000000-0000-0000-0000-000000000000');
  insert into ops.audit_heads (chain, number, hash) values (new.chain, 0, '') on conflict do nothing;
  select * into head from ops.audit_heads h where h.chain = new.chain for update;
  new.number := head.number + 1;
  new.at := clock_timestamp();
  new.hash := ops.audit_hash(head.hash, new);
  update ops.audit_heads h set number = new.number, hash = new.hash where h.chain = new.chain;
  return new;
end $$;

create function ops.refuse_change() returns trigger
language plpgsql set search_path = '' as $$
begin
  raise exception 'the audit is written once and never changed' using errcode = 'insufficient_privilege';
end $$;

alter table ops.audit alter column chain set not null, alter column number set not null, alter column hash set not null;
create unique index audit_by_chain on ops.audit (chain, number);

create trigger chain before insert on ops.audit for each row execute function ops.chain_act();
create trigger keep before update or delete on ops.audit for each row execute function ops.refuse_change();
create trigger keep_all before truncate on ops.audit for each statement execute function ops.refuse_change();

-- What somebody did to what belongs to the current brand, with all that is known of them.
create function ops.note_act(who jsonb, act text, subject text, detail jsonb) returns void
language sql security definer set search_path = '' as $$
  insert into ops.audit (by_whom, actor, act, brand_id, subject, detail)
  values (who ->> 'name', who, act, ops.current_brand(), subject, detail)
$$;

revoke all on all functions in schema ops from public;

do $$
declare login text := current_setting('nuanqun.login');
begin
  execute format('grant select on ops.audit_heads to %I', login);
  execute format('grant execute on function ops.audit_hash(bytea, ops.audit) to %I', login);
end $$;
