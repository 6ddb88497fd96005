-- What people are told, and by which ways: in the console always, by mail and through the agency's internal robot as they
-- choose. Never through a channel of a brand.

create table control.notices (
  id uuid primary key,
  agency_id uuid not null references control.agencies,
  person_id uuid not null references control.people on delete cascade,
  kind text not null,
  brand_id uuid references control.brands,
  -- What it is about, to be led to.
  subject text,
  subject_id uuid,
  -- What is filled in when it is read: names, counts, instants.
  words jsonb not null default '{}',
  -- What is told once: the same occurrence is no second notice to the same person.
  occurrence text not null,
  at timestamptz not null default clock_timestamp(),
  read_at timestamptz,
  -- The way of the mail. What was claimed and not settled is unknown, and not sent again.
  mail text not null check (mail in ('off', 'waiting', 'sending', 'sent', 'failed', 'unknown')),
  mail_due_at timestamptz,
  mail_attempts integer not null default 0,
  mail_claim uuid,
  mail_claimed_at timestamptz,
  mail_detail text,
  unique (agency_id, person_id, occurrence)
);

create index notices_by_person on control.notices (agency_id, person_id, id);
create index notices_unread on control.notices (agency_id, person_id, id) where read_at is null;
create index notices_by_brand on control.notices (brand_id) where brand_id is not null;
create index notices_to_mail on control.notices (mail_due_at) where mail = 'waiting';
create index notices_in_mail on control.notices (mail_claim) where mail = 'sending';

-- How somebody wants to be told.
create table control.notice_settings (
  person_id uuid primary key references control.people on delete cascade,
  -- By the clocks of the person's zone. No mail and no name in the robot's group within.
  quiet_from time not null,
  quiet_to time not null,
  digest_at time not null,
  -- By kind what differs from the kind's own: {"channel.parked": {"mail": "off", "robot": false}}.
  choices jsonb not null default '{}',
  version integer not null default 1
);

-- The robot in the agency's own group. Its account is no brand's channel, and no channel can become one with it.
create table control.internal_robots (
  agency_id uuid primary key references control.agencies,
  name text not null check (length(name) between 1 and 100),
  -- Sealed under a master key.
  sealed_key bytea not null,
  fingerprint text not null unique,
  -- Its next message not before: the platform's limit, with much room.
  next_at timestamptz not null default now(),
  version integer not null default 1,
  created_at timestamptz not null default now()
);

-- What the robot has to say: each occurrence once, with the names of those who want it said.
create table control.robot_posts (
  id uuid primary key,
  agency_id uuid not null references control.agencies,
  kind text not null,
  brand_id uuid references control.brands,
  words jsonb not null default '{}',
  occurrence text not null,
  names text[] not null,
  at timestamptz not null default clock_timestamp(),
  state text not null default 'waiting' check (state in ('waiting', 'sending', 'sent', 'failed', 'unknown')),
  due_at timestamptz not null,
  attempts integer not null default 0,
  claim uuid,
  claimed_at timestamptz,
  detail text,
  unique (agency_id, occurrence)
);

create index robot_posts_due on control.robot_posts (due_at) where state = 'waiting';
create index robot_posts_claimed on control.robot_posts (claim) where state = 'sending';

-- A platform account is a brand's or the agency's own. Whoever comes second adds nothing, and is told that it is taken.
create function control.keep_accounts_apart() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('nuanqun account ' || new.fingerprint, 0));
  if tg_table_name = 'channel_accounts'
    and exists (select from control.internal_robots r where r.fingerprint = new.fingerprint)
    or tg_table_name = 'internal_robots'
    and exists (select from control.channel_accounts a where a.fingerprint = new.fingerprint)
  then
    return null;
  end if;
  return new;
end $$;

create trigger keep_apart before insert or update of fingerprint on control.channel_accounts
  for each row execute function control.keep_accounts_apart();
create trigger keep_apart before insert or update of fingerprint on control.internal_robots
  for each row execute function control.keep_accounts_apart();

do $$
declare login text := current_setting('nuanqun.login');
begin
  execute format(
    'grant select, insert, update, delete on control.notices, control.notice_settings, control.internal_robots,
     control.robot_posts to %I', login);
end $$;
