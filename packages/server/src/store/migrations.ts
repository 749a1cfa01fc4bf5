/** @file The steps that make the tables, the same for PGlite and PostgreSQL. A step that was released never changes. */

/** One step. */
export interface Migration {
  readonly name: string
  readonly sql: string
}

/** All steps, oldest first. */
export const migrations: readonly Migration[] = [
  {
    name: '0001-labels',
    sql: `
create table accounts (
  id text primary key,
  name text not null unique,
  role text not null check (role in ('admin', 'reviewer', 'labeler')),
  password_hash text not null,
  created_at timestamptz(3) not null,
  disabled_at timestamptz(3)
);
create table sessions (
  token_hash text primary key,
  account_id text not null references accounts(id),
  expires_at timestamptz(3) not null
);
create index sessions_account on sessions (account_id);
create table projects (
  id text primary key,
  name text not null,
  kind text not null check (kind in ('demonstration', 'comparison', 'ratings')),
  overlap integer not null check (overlap >= 1),
  lease_seconds integer not null check (lease_seconds >= 1),
  ratings_required boolean not null,
  screening_minimum real check (screening_minimum between 0 and 1),
  created_at timestamptz(3) not null,
  archived_at timestamptz(3)
);
create table invites (
  token_hash text primary key,
  role text not null check (role in ('admin', 'reviewer', 'labeler')),
  project_id text references projects(id),
  created_by text not null,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  used_by text
);
create table guidelines (
  project_id text not null references projects(id),
  version integer not null,
  text text not null,
  created_at timestamptz(3) not null,
  primary key (project_id, version)
);
create table members (
  project_id text not null references projects(id),
  account_id text not null references accounts(id),
  screening text not null check (screening in ('none', 'pending', 'review', 'passed', 'failed')),
  screening_score real,
  primary key (project_id, account_id)
);
create table items (
  id text primary key,
  project_id text not null references projects(id),
  position integer not null,
  prompt jsonb not null,
  outputs jsonb not null,
  expected jsonb,
  overlap integer check (overlap >= 1),
  source text,
  created_at timestamptz(3) not null,
  unique (project_id, position)
);
create table assignments (
  id text primary key,
  item_id text not null references items(id),
  account_id text references accounts(id),
  labeler text not null,
  state text not null check (state in ('active', 'submitted', 'skipped', 'expired')),
  permutation jsonb not null,
  guidelines_version integer not null,
  started_at timestamptz(3) not null,
  lease_until timestamptz(3) not null,
  draft jsonb,
  draft_revision bigint not null,
  answer jsonb,
  skip_reason text,
  submitted_at timestamptz(3),
  seconds real,
  unique (item_id, labeler),
  check ((state = 'submitted') = (answer is not null)),
  check ((state = 'skipped') = (skip_reason is not null))
);
create index assignments_account on assignments (account_id);
create table adjudications (
  item_id text primary key references items(id),
  answer jsonb not null,
  reason text not null,
  adjudicator text not null,
  created_at timestamptz(3) not null
);
create table audit_log (
  id bigint primary key generated always as identity,
  at timestamptz(3) not null,
  account_id text,
  action text not null,
  subject text not null,
  details jsonb
);
create index audit_log_subject on audit_log (subject);
create table uploads (
  sha256 text not null,
  account_id text not null references accounts(id),
  created_at timestamptz(3) not null,
  primary key (sha256, account_id)
);
create table key_consents (
  key_hash text primary key,
  label text not null,
  collect boolean not null,
  updated_at timestamptz(3) not null
);
create table prompts (
  id text primary key,
  kind text not null check (kind in ('api', 'plain', 'few-shot', 'user-based')),
  user_hash text not null,
  messages jsonb not null,
  prefix text not null,
  use_case text,
  suggested_use_case text,
  split text not null check (split in ('train', 'validation', 'test')),
  replaced jsonb not null,
  created_at timestamptz(3) not null
);
create index prompts_user on prompts (user_hash);
-- Bytes, not a language's order: neighbours in it share the longest prefix.
create index prompts_prefix on prompts (prefix collate "C");
`,
  },
  {
    name: '0002-issued-keys',
    sql: `
alter table key_consents add column issued_at timestamptz(3);
alter table key_consents add column revoked_at timestamptz(3);
alter table key_consents add column hint text;
-- Which prompts a project has taken already is asked for each of them.
create index items_source on items (project_id, source);
`,
  },
  {
    name: '0003-password-resets',
    sql: `
-- The account is the key: a new link takes the place of the one before.
create table password_resets (
  account_id text primary key references accounts(id),
  token_hash text not null unique,
  expires_at timestamptz(3) not null
);
`,
  },
  {
    name: '0004-prompt-keys',
    sql: `
-- Which key a prompt came through, so that all of a key can be deleted; unknown for those that were stored before.
alter table prompts add column key_hash text;
create index prompts_key on prompts (key_hash);
`,
  },
  {
    name: '0005-gold-items',
    sql: `
alter table items add column gold boolean not null default false;
alter table items add constraint items_gold_expected check (not gold or expected is not null);
create index items_gold on items (project_id) where gold;
alter table projects add column gold_every integer default 10 check (gold_every between 3 and 100);
-- A number of its own for each project that is there already, too.
alter table projects add column gold_key text not null default gen_random_uuid()::text;
`,
  },
]
