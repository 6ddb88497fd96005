-- One brand's own data. Runs with the search path set to the brand's schema.

create table settings (
  singleton boolean primary key default true check (singleton),
  zone text not null,
  quiet_from time not null default '22:30',
  quiet_to time not null default '08:00',
  -- When people answer. Until 24:00 where it ends at midnight.
  service_from time not null default '09:00',
  service_to time not null default '23:00',
  core_daily_cap integer not null default 3 check (core_daily_cap between 0 and 50),
  -- How a member counts by the days since joining, and since they last did something.
  tier_new_days integer not null default 7 check (tier_new_days between 0 and 365),
  tier_active_days integer not null default 7 check (tier_active_days between 1 and 365),
  tier_cooling_days integer not null default 13 check (tier_cooling_days between 1 and 365),
  tier_silent_days integer not null default 29 check (tier_silent_days between 1 and 365),
  check (tier_active_days < tier_cooling_days and tier_cooling_days < tier_silent_days),
  state text not null default 'active' check (state in ('active', 'suspended')),
  version integer not null default 1,
  updated_at timestamptz not null default now()
);

create table channels (
  id uuid primary key,
  kind text not null check (kind in ('wecom_robot')),
  name text not null check (length(name) between 1 and 100),
  -- The platform's key, sealed with the brand's data key.
  sealed_secret bytea not null,
  fingerprint text not null unique,
  state text not null default 'active' check (state in ('active', 'paused')),
  paused_reason text,
  parked_until timestamptz,
  -- Messages of a month, in place of the number that the platform documents.
  monthly_quota integer check (monthly_quota between 0 and 1000000),
  version integer not null default 1,
  created_at timestamptz not null default now()
);

-- The instants of the last claims of a channel: its rate is decided here, under this row's lock.
create table channel_windows (
  channel_id uuid primary key references channels on delete cascade,
  claimed timestamptz[] not null default '{}'
);

-- How many messages of a platform's month are used up, by channel or by group, whichever the platform counts. The quota
-- is decided under this row's lock.
create table quota_months (
  kind text not null,
  subject uuid not null,
  month date not null,
  used integer not null default 0 check (used >= 0),
  primary key (kind, subject, month)
);

create table media (
  id uuid primary key,
  name text not null check (length(name) between 1 and 200),
  type text not null check (length(type) between 1 and 100),
  bytes bytea not null,
  sha256 bytea not null,
  created_at timestamptz not null default now()
);

create table groups (
  id uuid primary key,
  name text not null check (length(name) between 1 and 100),
  external_id text check (length(external_id) between 1 and 100),
  platform text check (platform in ('wechat', 'wecom', 'dingtalk', 'feishu', 'other')),
  channel_id uuid references channels,
  kind text check (length(kind) <= 50),
  purpose text check (length(purpose) <= 500),
  region text check (length(region) <= 50),
  tags text[] not null default '{}',
  avatar_id uuid references media,
  -- The name of the account that owns the group in the platform (群主).
  owner text check (length(owner) <= 100),
  -- People of the agency, who are kept in the control database: who answers for the group, who fills in, who helps.
  keeper_id uuid,
  stand_in_id uuid,
  team uuid[] not null default '{}',
  capacity integer not null default 500 check (capacity between 1 and 100000),
  -- How many are in it, as far as anybody knows.
  size integer check (size between 0 and 100000),
  -- Only open and full groups take sends.
  state text not null default 'open' check (state in ('open', 'full', 'merged', 'closed')),
  merged_into_id uuid references groups,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  constraint groups_merged_into_id_check check ((state = 'merged') = (merged_into_id is not null)
    and merged_into_id <> id)
);

create unique index groups_by_external_id on groups (external_id) where external_id is not null;
create index groups_by_channel on groups (channel_id);
create index groups_by_state on groups (state, id);
create index groups_by_keeper on groups (keeper_id, id) where keeper_id is not null;
create index groups_by_name on groups (name collate "zh-x-icu", id);
create index groups_by_size on groups (coalesce(size, -1), id);
create index groups_by_tag on groups using gin (tags);

create table members (
  id uuid primary key,
  name text not null check (length(name) between 1 and 100),
  phone text check (length(phone) <= 20),
  external_id text check (length(external_id) between 1 and 100),
  -- 1993-05-20, or --05-20 where the year is not known.
  birthday text check (birthday ~ '^([0-9]{4}|-)-[0-9]{2}-[0-9]{2}$'),
  birthday_calendar text not null default 'solar' check (birthday_calendar in ('solar', 'lunar')),
  region text check (length(region) <= 50),
  age_band text check (age_band in ('under_18', '18_24', '25_29', '30_34', '35_39', '40_49', '50_59', '60_up')),
  sex text check (sex in ('female', 'male')),
  occupation text check (length(occupation) <= 50),
  tags text[] not null default '{}',
  do_not_disturb boolean not null default false,
  version integer not null default 1,
  created_at timestamptz not null default now()
);

create unique index members_by_external_id on members (external_id) where external_id is not null;
create unique index members_by_phone on members (phone) where phone is not null;
create index members_by_phone_tail on members (right(phone, 4), id) where phone is not null;
create index members_by_tag on members using gin (tags);

-- The latest stay of a member in a group; earlier ones are in past_memberships.
create table memberships (
  group_id uuid not null references groups on delete cascade,
  member_id uuid not null references members on delete cascade,
  joined_at timestamptz,
  left_at timestamptz,
  source text check (length(source) <= 50),
  -- The member who brought them.
  invited_by_id uuid references members,
  -- Whom the team can rely on in the group.
  trusted boolean not null default false,
  primary key (group_id, member_id),
  constraint memberships_invited_by_id_check check (invited_by_id <> member_id)
);

create index memberships_by_member on memberships (member_id);

create table contents (
  id uuid primary key,
  title text not null check (length(title) between 1 and 100),
  kind text not null check (kind in ('text', 'markdown', 'image', 'link_card', 'file')),
  weight text not null check (weight in ('core', 'interactive', 'service')),
  -- The version that new approvals bind; all versions stay.
  version integer not null default 1,
  created_at timestamptz not null default now()
);

create table content_versions (
  content_id uuid not null references contents on delete cascade,
  version integer not null,
  body jsonb not null,
  created_at timestamptz not null default now(),
  primary key (content_id, version)
);

create table plans (
  id uuid primary key,
  name text not null check (length(name) between 1 and 100),
  -- Which pieces, in turn.
  contents uuid[] not null check (cardinality(contents) between 1 and 50),
  audience jsonb not null,
  recurrence jsonb not null,
  grace_minutes integer not null default 60 check (grace_minutes between 1 and 10080),
  state text not null default 'draft' check (state in ('draft', 'approved', 'paused')),
  -- Raised by every edit, pause and withdrawal: touches of an older version never fire.
  version integer not null default 1,
  approved_at timestamptz,
  approved_by text,
  approval_hash bytea,
  -- What the approval bound: the groups, and each piece's version in the order of `contents`.
  approved_groups uuid[],
  approved_versions integer[],
  planned_until timestamptz,
  created_at timestamptz not null default now()
);

create index plans_to_extend on plans (planned_until) where state = 'approved';

-- One thing to send, at a time. Its identity is (source, occurrence): planning again changes only what differs.
create table touches (
  id uuid primary key,
  plan_id uuid not null references plans,
  occurrence text not null,
  version integer not null,
  content_id uuid not null references contents,
  content_version integer not null,
  due_at timestamptz not null,
  wall text not null,
  zone text not null,
  state text not null default 'planned'
    check (state in ('planned', 'fired', 'expanded', 'missed', 'withdrawn')),
  fired_at timestamptz,
  unique (plan_id, occurrence)
);

create index touches_by_plan on touches (plan_id, id);
create index touches_due on touches (due_at) where state = 'planned';

-- The ledger: one touch to one destination.
create table deliveries (
  id uuid primary key,
  touch_id uuid not null references touches,
  group_id uuid not null references groups,
  channel_id uuid references channels,
  state text not null default 'ready'
    check (state in ('ready', 'sending', 'delivered', 'failed', 'skipped', 'waiting', 'unknown')),
  -- Names the one dispatch of one attempt that may settle this row; all that a dispatch carries share it.
  claim uuid,
  claim_run uuid,
  claim_epoch integer,
  attempts integer not null default 0,
  reason text,
  platform_code integer,
  detail text,
  rendered_hash bytea,
  counted_day date,
  -- What a claim has used up of a quota.
  quota_subject uuid,
  quota_month date,
  -- When a person ordered it anew, later than its grace: from then the grace counts once more.
  due_again_at timestamptz,
  created_at timestamptz not null default now(),
  claimed_at timestamptz,
  settled_at timestamptz,
  unique (touch_id, group_id)
) with (fillfactor = 80);

create index deliveries_open on deliveries (touch_id, channel_id, id) where state in ('ready', 'sending');
create index deliveries_by_touch on deliveries (touch_id, id);
create index deliveries_unknown on deliveries (id) where state = 'unknown';
create index deliveries_by_claim on deliveries (claim) where claim is not null;

-- Claims whose deliveries went on without them: a person ordered the send anew, or the database went back. They settle
-- nothing any more; what their holders still learn is kept here as evidence.
create table retired_claims (
  id uuid primary key,
  delivery_id uuid not null references deliveries,
  -- Null where the attempt before had let go of its own.
  claim uuid,
  why text not null check (why in ('resend', 'database_restored')),
  by_whom text not null,
  at timestamptz not null default clock_timestamp(),
  -- How the delivery stood. What was unknown may have arrived; who orders the resend accepts that it arrives twice.
  state text not null,
  reason text,
  past_grace boolean not null default false,
  -- The late word of the claim's holder.
  outcome text check (outcome in ('delivered', 'failed', 'unknown', 'not_sent')),
  detail text,
  outcome_at timestamptz,
  -- A dispatch of many deliveries has one claim for all of them.
  unique (claim, delivery_id)
);

create index retired_claims_by_delivery on retired_claims (delivery_id, id);

-- How many core items a group has had on a day of the brand's zone; the daily cap is decided under this row's lock.
create table group_days (
  group_id uuid not null references groups on delete cascade,
  day date not null,
  core integer not null default 0 check (core >= 0),
  primary key (group_id, day)
);

create table idempotency (
  key text primary key,
  fingerprint bytea not null,
  status smallint not null,
  body text not null,
  created_at timestamptz not null default now()
);

do $$
declare brand text := current_setting('nuanqun.brand_role');
begin
  execute format('grant usage on schema %I to %I', current_schema(), brand);
  execute format(
    'grant select, insert, update on settings, channels, channel_windows, quota_months, groups, members, memberships,
     contents, plans, touches, group_days, idempotency to %I', brand);
  -- What was approved stays as it was: a change is a new row.
  execute format('grant select, insert on media, content_versions to %I', brand);
  execute format('grant delete on memberships, idempotency to %I', brand);
  -- The ledger is written once and then only settled: no row of it can be deleted or moved to another destination.
  execute format('grant select, insert on deliveries to %I', brand);
  execute format(
    'grant update (state, claim, claim_run, claim_epoch, attempts, reason, platform_code, detail, rendered_hash,
     counted_day, due_again_at, quota_subject, quota_month, claimed_at, settled_at) on deliveries to %I', brand);
  execute format('grant select, insert on retired_claims to %I', brand);
  execute format('grant update (outcome, detail, outcome_at) on retired_claims to %I', brand);
  -- These grants change rows of the catalogue that all brands share: two brands made at once would fail on them.
  perform pg_advisory_xact_lock(hashtextextended('nuanqun grants on ops', 0));
  execute format('grant usage on schema ops to %I', brand);
  execute format(
    'grant execute on function ops.current_brand(), ops.require_epoch(uuid, integer), ops.wake_at(timestamptz),
     ops.lock_alarm(), ops.set_alarm(timestamptz), ops.note_act(text, text, text, jsonb),
     ops.note_act(jsonb, text, text, jsonb),
     ops.enqueue(uuid[], text[], text[], text[], text[], text[], jsonb[], text[], timestamptz[], timestamptz[], uuid[],
       text),
     ops.open_batch(uuid, integer, uuid), ops.remove_schedule(text),
     ops.set_schedule(uuid, text, text, text, text, text, text, jsonb, jsonb, text, text, integer, interval, interval,
       timestamptz) to %I', brand);
end $$;
