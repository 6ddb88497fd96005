-- What a brand keeps about its groups and members beside themselves: announcements, rules, goals, daily records, earlier
-- stays, and what members agreed to. Runs with the search path set to the brand's schema.
-- People of the agency (by_id) are in the control database, so no foreign key can lead to them.

-- Every announcement that a group has had; a row without a text took the one before it down.
create table announcements (
  id uuid primary key,
  group_id uuid not null references groups,
  text text check (length(text) between 1 and 2000),
  by_id uuid,
  created_at timestamptz not null default clock_timestamp()
);

create index announcements_by_group on announcements (group_id, id);

-- A document that many groups may share (群规). Its versions never change once they are there.
create table rules (
  id uuid primary key,
  title text not null check (length(title) between 1 and 100),
  version integer not null default 1,
  created_at timestamptz not null default now()
);

create table rules_versions (
  rules_id uuid not null references rules,
  version integer not null,
  title text not null,
  text text not null check (length(text) between 1 and 10000),
  by_id uuid,
  created_at timestamptz not null default clock_timestamp(),
  primary key (rules_id, version)
);

alter table groups
  -- What is announced now; null when nothing is.
  add announcement_id uuid references announcements,
  add rules_id uuid references rules;

create table goals (
  id uuid primary key,
  group_id uuid not null references groups,
  title text not null check (length(title) between 1 and 100),
  unit text check (length(unit) <= 20),
  target double precision not null check (target > 0 and target <= 1e12),
  due_on date not null,
  progress double precision not null default 0 check (progress >= 0 and progress <= 1e12),
  state text not null default 'open' check (state in ('open', 'reached', 'missed', 'dropped')),
  version integer not null default 1,
  created_at timestamptz not null default now()
);

create index goals_by_group on goals (group_id, id);

-- What operators write down of a group in the evening.
create table daily_records (
  group_id uuid not null references groups,
  day date not null,
  members integer check (members between 0 and 100000),
  joins integer check (joins between 0 and 100000),
  leaves integer check (leaves between 0 and 100000),
  speakers integer check (speakers between 0 and 100000),
  messages integer check (messages between 0 and 10000000),
  orders integer check (orders between 0 and 10000000),
  remarks text check (length(remarks) between 1 and 500),
  by_id uuid,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (group_id, day)
);

create index daily_records_by_day on daily_records (day, group_id);

-- Stays that ended before the member came back.
create table past_memberships (
  id uuid primary key,
  group_id uuid not null references groups,
  member_id uuid not null references members,
  joined_at timestamptz,
  left_at timestamptz not null,
  source text,
  invited_by_id uuid
);

create index past_memberships_by_member on past_memberships (member_id, id);

-- What a member agreed to, and until when. Nothing of it is ever forgotten.
create table consents (
  id uuid primary key,
  member_id uuid not null references members,
  kind text not null check (kind in ('messages', 'profiling', 'publication', 'sharing')),
  given_at timestamptz not null,
  source text not null check (length(source) between 1 and 100),
  by_id uuid,
  withdrawn_at timestamptz check (withdrawn_at >= given_at),
  withdrawn_by_id uuid,
  noted_at timestamptz not null default clock_timestamp()
);

create index consents_by_member on consents (member_id, id);
create unique index consents_standing on consents (member_id, kind) where withdrawn_at is null;

do $$
declare brand text := current_setting('nuanqun.brand_role');
begin
  execute format('grant select, insert, update on rules, goals, daily_records to %I', brand);
  -- A record that is emptied is none.
  execute format('grant delete on daily_records to %I', brand);
  -- History: a change is a new row.
  execute format('grant select, insert on announcements, rules_versions, past_memberships, consents to %I', brand);
  execute format('grant update (withdrawn_at, withdrawn_by_id) on consents to %I', brand);
end $$;
