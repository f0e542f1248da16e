/**
 * The tables of the store, and how they came to be: version n is what the first n steps make. Each engine has its own first
 * steps, as they were released; from then on the tables are the same in both. Steps are never changed, only added.
 *
 *   jobs      one row a segmentation or comparison (jobs.ts)
 *   effects   what must follow the end of a job, one row each (effects.ts)
 *   audit     what was done, one hash chain a writer (audit.ts)
 *   pacs_*    sources of studies, studies that arrive, and what was made of them (studies.ts)
 *   sessions  browsers that are signed in (sessions.ts)
 */

/** Tables that both engines have since their second version. */
const effectsAndAudit = (schema: string, number: string, identity: string) => `
   CREATE TABLE ${schema}effects (
     seq ${identity},                       -- the order in which they came
     id text NOT NULL UNIQUE,
     job_id text NOT NULL,
     kind text NOT NULL,
     target text NOT NULL,
     key text NOT NULL UNIQUE,              -- the same thing is asked for once
     body text NOT NULL,                    -- JSON
     names text NOT NULL,                   -- JSON
     state text NOT NULL,
     tries ${number} NOT NULL DEFAULT 0,    -- ever: the token of whoever holds it
     tries_before ${number} NOT NULL DEFAULT 0, -- somebody asked for it anew
     due_ms ${number} NOT NULL,             -- while it is being sent: when somebody else may
     created_ms ${number} NOT NULL,
     done_ms ${number},
     last_error text
   );
   CREATE INDEX effects_open ON ${schema}effects (kind, due_ms) WHERE state IN ('pending', 'sending');
   CREATE INDEX effects_done ON ${schema}effects (done_ms) WHERE done_ms IS NOT NULL;
   CREATE INDEX effects_job ON ${schema}effects (job_id);
   CREATE INDEX effects_state ON ${schema}effects (state, seq);
   CREATE TABLE ${schema}audit (
     writer text NOT NULL,
     number ${number} NOT NULL,             -- of the line in its writer's chain, from 1
     key text NOT NULL UNIQUE,              -- the same thing is written once
     line text NOT NULL,
     hash text NOT NULL,                    -- of the line: what the next one carries
     PRIMARY KEY (writer, number)
   );
   ALTER TABLE ${schema}jobs ADD COLUMN started_ms ${number};
   ALTER TABLE ${schema}jobs ADD COLUMN changed_by text; -- the call that changed it last, for whoever lost its answer
   DROP INDEX ${schema}jobs_unfinished; -- SQLite takes a partial index only for the very words of its condition
   CREATE INDEX jobs_state ON ${schema}jobs (state, seq);
   CREATE INDEX jobs_owner ON ${schema}jobs (owner, seq);`

/** Tables that both engines have since their third version. */
const pacs = (schema: string, number: string, identity: string) => `
   CREATE TABLE ${schema}pacs_sources (
     name text PRIMARY KEY,
     cursor text,                           -- null: never read
     hints ${number} NOT NULL DEFAULT 0,    -- ever
     hints_seen ${number} NOT NULL DEFAULT 0, -- when it was taken last
     takes ${number} NOT NULL DEFAULT 0,    -- the token of whoever reads it
     due_ms ${number} NOT NULL,
     held_until_ms ${number} NOT NULL DEFAULT 0,
     read_ms ${number}                      -- when that succeeded last
   );
   CREATE TABLE ${schema}pacs_studies (
     seq ${identity},                       -- the order in which they came
     id text NOT NULL UNIQUE,
     source text NOT NULL,
     source_key text NOT NULL,              -- what the source calls it
     rule text NOT NULL,
     study_uid text NOT NULL,
     stamp text NOT NULL,                   -- of the source: another one when something came
     state text NOT NULL,
     reason text,
     facts text,                            -- JSON
     chosen text,                           -- JSON
     intake_key text,
     job_id text,
     outcome text,                          -- how its last job left it
     touches ${number} NOT NULL DEFAULT 1,  -- how often something came
     touches_seen ${number} NOT NULL DEFAULT 0, -- when it was taken last
     takes ${number} NOT NULL DEFAULT 0,    -- the token of whoever is at it
     failures ${number} NOT NULL DEFAULT 0, -- since the last look that succeeded
     due_ms ${number} NOT NULL,
     held_until_ms ${number} NOT NULL DEFAULT 0,
     opened_ms ${number} NOT NULL,          -- since when it is waited for
     created_ms ${number} NOT NULL,
     last_error text,
     UNIQUE (source, source_key, rule)
   );
   CREATE INDEX pacs_studies_state ON ${schema}pacs_studies (state, seq);
   CREATE TABLE ${schema}pacs_intakes (
     key text NOT NULL,                     -- dicom/intake-key.ts
     rule text NOT NULL,
     study_id text NOT NULL,
     study_uid text NOT NULL,
     created_ms ${number} NOT NULL,
     PRIMARY KEY (key, rule)                -- the same thing is computed once
   );
   CREATE INDEX pacs_intakes_study ON ${schema}pacs_intakes (study_id);
   CREATE INDEX pacs_intakes_uid ON ${schema}pacs_intakes (study_uid);`

/** Tables that both engines have since their fourth version. */
const cohorts = (schema: string) => `
   ALTER TABLE ${schema}jobs ADD COLUMN cohort text; -- of task, to be found by
   CREATE INDEX jobs_cohort ON ${schema}jobs (owner, cohort, seq) WHERE cohort IS NOT NULL;`

/** Tables that both engines have since their fifth version. */
const sessions = (schema: string, number: string) => `
   CREATE TABLE ${schema}sessions (
     id_hash text PRIMARY KEY,              -- SHA-256 of what the browser holds
     owner text NOT NULL,
     key_hash text,                         -- SHA-256 of the key it began with; null: it began at a token provider
     scopes text,                           -- JSON; null: those that the key has now
     expires_ms ${number} NOT NULL
   );
   CREATE INDEX sessions_owner ON ${schema}sessions (owner, expires_ms);
   ALTER TABLE ${schema}jobs ADD COLUMN correction text; -- JSON: what a person made of the label map`

/** A column that both engines have since their sixth version. */
const kinds = (schema: string) => `
   ALTER TABLE ${schema}jobs ADD COLUMN kind text NOT NULL DEFAULT 'segmentation'; -- of task, to be listed by
   DROP INDEX ${schema}jobs_owner;
   CREATE INDEX jobs_owner ON ${schema}jobs (owner, kind, seq);`

export const SQLITE_STEPS: readonly string[] = [
  `CREATE TABLE jobs (
     seq INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of submission
     id TEXT NOT NULL UNIQUE,
     owner TEXT NOT NULL,
     task TEXT NOT NULL,                    -- JSON
     input_bytes INTEGER NOT NULL,
     cache_key TEXT,
     idempotency_key TEXT,
     body_hash TEXT,
     traceparent TEXT,
     state TEXT NOT NULL,
     created_ms INTEGER NOT NULL,
     finished_ms INTEGER,
     progress TEXT NOT NULL,                -- JSON
     report TEXT,                           -- JSON
     fault TEXT,                            -- JSON
     labels_key TEXT,
     attempt INTEGER NOT NULL DEFAULT 0,
     kills INTEGER NOT NULL DEFAULT 0,
     sequence INTEGER NOT NULL DEFAULT 1,
     cancel_requested INTEGER NOT NULL DEFAULT 0,
     worker TEXT,
     lease_until_ms INTEGER
   ) STRICT;
   CREATE UNIQUE INDEX jobs_idempotency ON jobs (owner, idempotency_key) WHERE idempotency_key IS NOT NULL;
   CREATE INDEX jobs_unfinished ON jobs (state, seq) WHERE state IN ('queued', 'running');
   CREATE INDEX jobs_cache ON jobs (cache_key) WHERE cache_key IS NOT NULL;
   CREATE INDEX jobs_finished ON jobs (finished_ms) WHERE finished_ms IS NOT NULL;`,
  `ALTER TABLE jobs ADD COLUMN lease_ms INTEGER;
   ${effectsAndAudit('', 'INTEGER', 'INTEGER PRIMARY KEY AUTOINCREMENT')}`,
  pacs('', 'INTEGER', 'INTEGER PRIMARY KEY AUTOINCREMENT'),
  cohorts(''),
  sessions('', 'INTEGER'),
  kinds(''),
]

export const POSTGRES_STEPS: readonly string[] = [
  `CREATE TABLE onelabel.jobs (
     seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the order of submission
     id text NOT NULL UNIQUE,
     owner text NOT NULL,
     task json NOT NULL,
     input_bytes bigint NOT NULL,
     cache_key text,
     idempotency_key text,
     body_hash text,
     traceparent text,
     state text NOT NULL,
     created_ms bigint NOT NULL,
     finished_ms bigint,
     progress json NOT NULL,
     report json,
     fault json,
     labels_key text,
     attempt integer NOT NULL DEFAULT 0,
     kills integer NOT NULL DEFAULT 0,
     sequence integer NOT NULL DEFAULT 1,
     cancel_requested boolean NOT NULL DEFAULT false,
     worker text,
     lease_ms bigint,
     lease_until_ms bigint
   );
   CREATE UNIQUE INDEX jobs_idempotency ON onelabel.jobs (owner, idempotency_key) WHERE idempotency_key IS NOT NULL;
   CREATE INDEX jobs_unfinished ON onelabel.jobs (state, seq) WHERE state IN ('queued', 'running');
   CREATE INDEX jobs_cache ON onelabel.jobs (cache_key) WHERE cache_key IS NOT NULL;
   CREATE INDEX jobs_finished ON onelabel.jobs (finished_ms) WHERE finished_ms IS NOT NULL;`,
  // Tickets of pg-boss said who may look at which row; the row's own lock says it now (docs/decisions/0030).
  `DROP SCHEMA IF EXISTS onelabel_boss CASCADE;
   ALTER TABLE onelabel.jobs ALTER COLUMN task TYPE text, ALTER COLUMN progress TYPE text, ALTER COLUMN report TYPE text,
     ALTER COLUMN fault TYPE text, ALTER COLUMN cancel_requested DROP DEFAULT,
     ALTER COLUMN cancel_requested TYPE integer USING cancel_requested::integer,
     ALTER COLUMN cancel_requested SET DEFAULT 0;
   ${effectsAndAudit('onelabel.', 'bigint', 'bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY')}`,
  pacs('onelabel.', 'bigint', 'bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY'),
  cohorts('onelabel.'),
  sessions('onelabel.', 'bigint'),
  kinds('onelabel.'),
]
