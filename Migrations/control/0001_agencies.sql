-- The agencies' side: who the customers are, which brands they have, and where each brand's data lives.

create table control.agencies (
  id uuid primary key,
  slug text not null unique check (slug ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'),
  name text not null check (length(name) between 1 and 100),
  -- What the agency has agreed upon; null is without a limit.
  brand_limit integer check (brand_limit >= 0),
  people_limit integer check (people_limit >= 0),
  version integer not null default 1,
  created_at timestamptz not null default now()
);

-- A Postgres database that holds brand schemas. Its connection string is a setting; this row names it.
create table control.cells (
  name text primary key,
  profile text not null default 'plain' check (profile in ('plain', 'citus')),
  accepts_brands boolean not null default true,
  created_at timestamptz not null default now()
);

create table control.brands (
  id uuid primary key,
  agency_id uuid not null references control.agencies,
  cell text not null references control.cells,
  slug text not null check (slug ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'),
  name text not null check (length(name) between 1 and 100),
  schema_name text not null unique,
  role_name text not null unique,
  login_name text not null,
  -- The brand's data key, wrapped by a master key that the blob names.
  wrapped_key bytea not null,
  -- preparing: its schema is not ready yet; creation can be called again and goes on.
  -- archived: nothing is sent and nothing can be changed. erased: its schema, role and key are gone, and the row is the proof.
  state text not null default 'preparing' check (state in ('preparing', 'ready', 'archived', 'erased')),
  erased_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  unique (agency_id, slug)
);

create index brands_by_login on control.brands (login_name);

create table control.api_keys (
  id uuid primary key,
  agency_id uuid not null references control.agencies,
  -- Null is a key for the whole agency.
  brand_id uuid references control.brands,
  name text not null check (length(name) between 1 and 100),
  -- What it may do, as the table of permissions names it.
  scopes text[] not null,
  created_by text not null,
  -- SHA-256 of the whole key: it holds 256 random bits, so a slow hash would add nothing.
  digest bytea not null unique,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  expires_at timestamptz,
  revoked_at timestamptz
);

-- A platform account belongs to one channel of the whole deployment: two brands must not share a rate limit unknowingly.
create table control.channel_accounts (
  fingerprint text primary key,
  brand_id uuid not null references control.brands,
  channel_id uuid not null,
  created_at timestamptz not null default now()
);

create table control.idempotency (
  agency_id uuid not null references control.agencies,
  key text not null,
  fingerprint bytea not null,
  status smallint not null,
  body text not null,
  created_at timestamptz not null default now(),
  primary key (agency_id, key)
);

do $$
declare login text := current_setting('nuanqun.login');
begin
  -- Roles belong to the whole server: a migrator of another database may be at this very role.
  for attempt in 1..20 loop
    begin
      if not exists (select from pg_roles where rolname = login) then
        execute format('create role %I login', login);
      end if;
      -- A login that inherits would hold every brand's rights at once.
      if (select rolinherit from pg_roles where rolname = login) then
        execute format('alter role %I noinherit', login);
      end if;
      -- Without a brand's context a query finds no table: an error, never another brand's data.
      if not exists (
        select from pg_db_role_setting s join pg_roles r on r.oid = s.setrole
        where r.rolname = login and s.setdatabase = 0 and 'search_path=""' = any (s.setconfig)
      ) then
        execute format('alter role %I set search_path = ''''', login);
      end if;
      exit;
    exception when unique_violation or duplicate_object or internal_error then
      if attempt = 20 then
        raise;
      end if;
      perform pg_sleep(0.1);
    end;
  end loop;
  execute format('grant usage on schema control to %I', login);
  execute format('grant select on all tables in schema control to %I', login);
  execute format('grant insert, update, delete on control.idempotency, control.channel_accounts to %I', login);
  execute format('grant insert, update (last_used_at, revoked_at) on control.api_keys to %I', login);
  execute format('grant update (name, state, wrapped_key, version) on control.brands to %I', login);
  execute format('grant update (name, version) on control.agencies to %I', login);
end $$;
