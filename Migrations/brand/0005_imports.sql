-- Sheets that people bring: the file, what its check found, what its run made, and how that is undone.

create table imports (
  id uuid primary key,
  subject text not null check (subject in ('groups', 'members', 'channels')),
  name text not null check (length(name) between 1 and 200),
  bytes integer not null,
  state text not null default 'uploaded'
    check (state in ('uploaded', 'checking', 'checked', 'running', 'done', 'failed', 'undoing', 'undone')),
  -- What failed, and may be tried again.
  failed_step text check (failed_step in ('check', 'run', 'undo')),
  failure jsonb,
  format text not null check (format in ('csv', 'xlsx')),
  encoding text,
  sheets text[] not null default '{}',
  -- The header, the first rows and what columns have in common, sealed: it may show robots' keys.
  sealed_scan bytea not null,
  -- Which column, counted from 0, holds which field.
  columns jsonb not null,
  -- Of the header: the same header is mapped the same way next time.
  fingerprint bytea not null,
  -- Rows of the file behind the header.
  total integer not null,
  -- How many rows the present step has to do and has done, and the number of the last.
  expected integer not null default 0,
  processed integer not null default 0,
  position integer not null default 0,
  -- What the check foresaw, and then what the run did.
  created integer not null default 0,
  updated integer not null default 0,
  unchanged integer not null default 0,
  refused integer not null default 0,
  -- What was undone, and what an undo had to leave.
  undone integer not null default 0,
  kept integer not null default 0,
  -- Which rows are to run: 'all' needs every row to be sound.
  selection text check (selection in ('all', 'valid', 'chosen')),
  chosen integer[],
  by_whom text not null,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  -- When the file and its rows were forgotten.
  forgotten_at timestamptz
);

-- The file in pieces, sealed with the brand's data key.
create table import_chunks (
  import_id uuid not null references imports on delete cascade,
  position integer not null,
  sealed bytea not null,
  primary key (import_id, position)
);

-- The rows as the check understood them.
create table import_rows (
  import_id uuid not null references imports on delete cascade,
  row integer not null,
  outcome text not null check (outcome in ('created', 'updated', 'unchanged', 'refused')),
  -- Null for a row that is refused.
  row_values jsonb,
  -- A robot's key.
  sealed_secret bytea,
  -- What of the brand's the row speaks of.
  subject_id uuid,
  problems jsonb,
  primary key (import_id, row)
);

create index import_rows_by_subject on import_rows (import_id, subject_id) where subject_id is not null;
create index import_rows_refused on import_rows (import_id, row) where problems is not null;

-- What rows have made, changed or found as they say.
create table import_changes (
  import_id uuid not null references imports on delete cascade,
  thing text not null check (thing in ('group', 'member', 'channel')),
  subject_id uuid not null,
  row integer not null,
  kind text not null check (kind in ('created', 'updated', 'unchanged')),
  -- The version that it had then: only what still stands at it is undone.
  version integer not null,
  -- What could be edited as it was before, where the row changed it.
  before jsonb,
  -- Places in groups that the row gave, each with what was there before.
  places jsonb,
  undo text check (undo in ('undoing', 'undone', 'edited', 'in_use')),
  primary key (import_id, thing, subject_id)
);

create index import_changes_to_undo on import_changes (import_id, thing, row) where undo is null;
create index import_changes_undoing on import_changes (import_id) where undo = 'undoing';
create index import_changes_kept on import_changes (import_id, row) where undo in ('edited', 'in_use');

-- How people matched the columns of a header.
create table import_mappings (
  subject text not null,
  fingerprint bytea not null,
  columns jsonb not null,
  used_at timestamptz not null default now(),
  primary key (subject, fingerprint)
);

-- Takes away what an import made and somebody has marked so: the brand's role cannot delete groups, members and channels
-- in any other way.
create function undo_created(import uuid, thing text) returns void
language plpgsql security definer set search_path from current as $$
begin
  case undo_created.thing
    when 'group' then
      delete from groups g using import_changes c
      where c.import_id = import and c.thing = 'group' and c.kind = 'created' and c.undo = 'undoing' and g.id = c.subject_id;
    when 'member' then
      delete from members m using import_changes c
      where c.import_id = import and c.thing = 'member' and c.kind = 'created' and c.undo = 'undoing' and m.id = c.subject_id;
    when 'channel' then
      delete from channels h using import_changes c
      where c.import_id = import and c.thing = 'channel' and c.kind = 'created' and c.undo = 'undoing' and h.id = c.subject_id;
  end case;
end $$;

revoke all on function undo_created(uuid, text) from public;

do $$
declare brand text := current_setting('nuanqun.brand_role');
begin
  execute format('grant select, insert, update on imports, import_changes, import_mappings to %I', brand);
  execute format('grant select, insert, delete on import_chunks, import_rows to %I', brand);
  execute format('grant update (outcome, problems) on import_rows to %I', brand);
  execute format('grant execute on function undo_created(uuid, text) to %I', brand);
end $$;
