-- People: those of the agencies and of their clients. One identity may be in several agencies.

create table control.people (
  id uuid primary key,
  -- As its owner writes it; compared without regard to case.
  email text not null check (length(email) between 3 and 254),
  name text not null check (length(name) between 1 and 100),
  language text not null default 'zh-Hans' check (language in ('zh-Hans', 'en')),
  zone text not null default 'Asia/Shanghai',
  -- In PHC form, argon2id. Null until they have set one.
  password text,
  password_set_at timestamptz,
  -- Sealed under a master key.
  totp_secret bytea,
  -- Null while they have not shown a code of it yet: the secret then asks nothing of them.
  totp_since timestamptz,
  -- The last step of which a code was taken: none is taken twice.
  totp_step bigint,
  version integer not null default 1,
  created_at timestamptz not null default now()
);

create unique index people_by_email on control.people (lower(email));

-- SHA-256 of what lets somebody in who has lost their second factor; each is random, and good once.
create table control.recovery_codes (
  person_id uuid not null references control.people on delete cascade,
  digest bytea not null,
  used_at timestamptz,
  primary key (person_id, digest)
);

create table control.agency_people (
  agency_id uuid not null references control.agencies,
  person_id uuid not null references control.people,
  state text not null default 'active' check (state in ('active', 'left')),
  joined_at timestamptz not null default now(),
  left_at timestamptz,
  version integer not null default 1,
  primary key (agency_id, person_id)
);

create index agency_people_by_person on control.agency_people (person_id);

-- A role for the whole agency, or for one brand of it.
create table control.grants (
  id uuid primary key,
  agency_id uuid not null,
  person_id uuid not null,
  brand_id uuid references control.brands,
  role text not null check (role in ('owner', 'account_manager', 'operator', 'viewer', 'client')),
  granted_by text not null,
  granted_at timestamptz not null default now(),
  foreign key (agency_id, person_id) references control.agency_people,
  unique nulls not distinct (agency_id, person_id, brand_id),
  -- A client belongs to a brand, and nobody owns a single one.
  check (case role when 'client' then brand_id is not null when 'owner' then brand_id is null else true end)
);

create index grants_by_brand on control.grants (brand_id) where brand_id is not null;

create table control.invitations (
  id uuid primary key,
  agency_id uuid not null references control.agencies,
  email text not null check (length(email) between 3 and 254),
  name text not null check (length(name) between 1 and 100),
  language text not null check (language in ('zh-Hans', 'en')),
  -- As the grants will be: [{"role": …, "brand": …}].
  grants jsonb not null,
  invited_by text not null,
  -- Who invites no longer when they have left. Null where the command did.
  inviter_id uuid references control.people,
  -- SHA-256 of the token in the link.
  digest bytea not null unique,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  revoked_at timestamptz
);

create index invitations_by_agency on control.invitations (agency_id, id);

create table control.sessions (
  id uuid primary key,
  person_id uuid not null references control.people on delete cascade,
  -- Null until somebody of several agencies has chosen one.
  agency_id uuid references control.agencies,
  -- SHA-256 of the token. The one before is taken for a minute after a rotation: requests under way still hold it.
  digest bytea not null unique,
  previous_digest bytea unique,
  rotated_at timestamptz not null default now(),
  -- The password was right, and the second factor is awaited.
  awaits_code boolean not null default false,
  -- When they last proved who they are: what is dangerous asks for it anew.
  proven_at timestamptz not null default now(),
  address text not null,
  user_agent text not null check (length(user_agent) <= 300),
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  -- However busy it is, a session ends then.
  expires_at timestamptz not null,
  ended_at timestamptz
);

create index sessions_by_person on control.sessions (person_id, id);

-- A link by which a password can be set anew.
create table control.password_resets (
  id uuid primary key,
  person_id uuid not null references control.people on delete cascade,
  digest bytea not null unique,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);

create index password_resets_by_person on control.password_resets (person_id, created_at);

-- How often something failed that must not be tried at will, and until when it has to wait. The subject is a digest of
-- what is guessed at (an account, a device that the account knows, a network), never a name.
create table control.attempt_gates (
  subject bytea primary key,
  failures integer not null,
  last_at timestamptz not null default now(),
  shut_until timestamptz not null
);

-- Devices from which somebody has signed in before. Whoever guesses at an account from elsewhere slows themselves down,
-- and not its owner.
create table control.known_devices (
  digest bytea not null,
  person_id uuid not null references control.people on delete cascade,
  last_used_at timestamptz not null default now(),
  primary key (person_id, digest)
);

-- A key that was revoked stays so.
create function control.keep_revoked() returns trigger
language plpgsql set search_path = '' as $$
begin
  if old.revoked_at is not null and new.revoked_at is distinct from old.revoked_at then
    raise exception 'a revoked key stays revoked' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;

create trigger keep_revoked before update of revoked_at on control.api_keys
  for each row execute function control.keep_revoked();

do $$
declare login text := current_setting('nuanqun.login');
begin
  execute format(
    'grant select, insert, update on control.people, control.recovery_codes, control.agency_people, control.grants,
     control.invitations, control.sessions, control.password_resets, control.attempt_gates, control.known_devices
     to %I', login);
  execute format(
    'grant delete on control.recovery_codes, control.grants, control.sessions, control.password_resets,
     control.attempt_gates, control.known_devices to %I', login);
end $$;
