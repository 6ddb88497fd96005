-- What a brand tells programs outside: events, and the endpoints that want them.

create table webhooks (
  id uuid primary key,
  name text not null check (length(name) between 1 and 100),
  url text not null check (length(url) between 1 and 2000),
  -- The types of events that it wants.
  types text[] not null check (cardinality(types) between 1 and 100),
  -- What its requests are signed with, sealed with the brand's data key.
  sealed_secret bytea not null,
  secret_made_at timestamptz not null default now(),
  -- The one before signs beside it until then.
  sealed_old_secret bytea,
  old_secret_until timestamptz,
  state text not null default 'active' check (state in ('active', 'disabled')),
  disabled_why text check (disabled_why in ('person', 'gone', 'failing')),
  -- Failed attempts since the last one that went well, and when they began.
  failures integer not null default 0,
  failing_since timestamptz,
  -- Nothing is sent before: the endpoint did not answer, or wants a pause.
  rest_until timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default now()
);

-- Written in the transaction of what happened, and only where a webhook wants it. Ids and states, never content.
create table events (
  id uuid primary key,
  type text not null,
  at timestamptz not null default now(),
  data jsonb not null
);

-- One event to one webhook.
create table webhook_deliveries (
  id uuid primary key,
  webhook_id uuid not null references webhooks on delete cascade,
  event_id uuid not null references events on delete cascade,
  state text not null default 'ready' check (state in ('ready', 'sending', 'delivered', 'failed')),
  attempts integer not null default 0,
  -- When it may be tried; of no meaning once it is settled.
  next_at timestamptz not null default now(),
  claim_run uuid,
  attempted_at timestamptz,
  -- What the last attempt met: a status and the beginning of an answer, or why there was none.
  status integer,
  fault text,
  answer text,
  settled_at timestamptz,
  unique (webhook_id, event_id)
) with (fillfactor = 80);

create index webhook_deliveries_due on webhook_deliveries (webhook_id, next_at, id) where state = 'ready';
create index webhook_deliveries_claimed on webhook_deliveries (claim_run) where state = 'sending';
create index webhook_deliveries_failed on webhook_deliveries (webhook_id, id) where state = 'failed';
create index webhook_deliveries_by_webhook on webhook_deliveries (webhook_id, id);
create index webhook_deliveries_by_event on webhook_deliveries (event_id);

do $$
declare brand text := current_setting('nuanqun.brand_role');
begin
  execute format('grant select, insert, update, delete on webhooks, webhook_deliveries to %I', brand);
  execute format('grant select, insert, delete on events to %I', brand);
end $$;
