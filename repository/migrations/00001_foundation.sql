-- One text for SQLite and PostgreSQL. Times are microseconds since 1970 in
-- UTC, JSON is TEXT, no value is ''.

-- +goose Up

-- Two processes cannot both commit one migration.
CREATE UNIQUE INDEX goose_db_version_once ON goose_db_version (version_id);

-- Compiled graphs and deployed files, both under their hash and never changed.
CREATE TABLE graphs (
    sha256 TEXT NOT NULL PRIMARY KEY,
    graph  BYTEA NOT NULL
);

CREATE TABLE sources (
    sha256 TEXT NOT NULL PRIMARY KEY,
    media  TEXT NOT NULL,
    source BYTEA NOT NULL
);

-- One row for each version of a process.
CREATE TABLE processes (
    id              TEXT NOT NULL PRIMARY KEY, -- key:version:uuid
    uuid            TEXT NOT NULL UNIQUE,
    process_key     TEXT NOT NULL,
    version         BIGINT NOT NULL,
    name            TEXT NOT NULL,
    type            TEXT NOT NULL,
    description     TEXT NOT NULL,
    category        TEXT NOT NULL,
    executable      BOOLEAN NOT NULL,
    closed          BOOLEAN NOT NULL,
    enabled         BOOLEAN NOT NULL,
    deleted         BOOLEAN NOT NULL DEFAULT FALSE,
    has_none_start  BOOLEAN NOT NULL,
    graph_sha256    TEXT NOT NULL,
    source_sha256   TEXT NOT NULL REFERENCES sources (sha256),
    deployed_at     BIGINT NOT NULL,
    deployed_by     TEXT NOT NULL,
    UNIQUE (process_key, version)
);
CREATE INDEX processes_newest ON processes (deployed_at, id);

-- Start events that something outside sets off. Those of a version count while
-- it is the latest enabled one of its key.
CREATE TABLE start_triggers (
    id         TEXT NOT NULL PRIMARY KEY,
    process_id TEXT NOT NULL REFERENCES processes (id),
    element    TEXT NOT NULL,
    kind       TEXT NOT NULL, -- message, signal or timer
    name       TEXT NOT NULL,
    timer      TEXT NOT NULL,
    due        BIGINT,
    fired      BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX start_triggers_process ON start_triggers (process_id);
CREATE INDEX start_triggers_name ON start_triggers (kind, name);
CREATE INDEX start_triggers_due ON start_triggers (due) WHERE due IS NOT NULL;

CREATE TABLE instances (
    id             TEXT NOT NULL PRIMARY KEY,
    process_id     TEXT NOT NULL,
    process_key    TEXT NOT NULL,
    version        BIGINT NOT NULL,
    process_name   TEXT NOT NULL,
    business_key   TEXT NOT NULL,
    parent_id      TEXT NOT NULL,
    parent_element TEXT NOT NULL,
    start_element  TEXT NOT NULL,
    started_via    TEXT NOT NULL, -- api, message, signal, timer or call
    state          TEXT NOT NULL,
    incidents      BIGINT NOT NULL DEFAULT 0,
    suspended      BOOLEAN NOT NULL DEFAULT FALSE,
    -- Whether tasks, subscriptions or incidents may have to be closed at the end.
    attached       BOOLEAN NOT NULL DEFAULT FALSE,
    sequence       BIGINT NOT NULL DEFAULT 0,
    started_by     TEXT NOT NULL,
    started        BIGINT NOT NULL,
    changed        BIGINT NOT NULL,
    ended          BIGINT,
    exit_code      BIGINT,
    dispatched     BOOLEAN NOT NULL,
    dispatch_due   BIGINT NOT NULL,
    stop_requested BOOLEAN NOT NULL DEFAULT FALSE,
    stop_reason    TEXT NOT NULL DEFAULT '',
    stop_due       BIGINT,
    error_code     TEXT NOT NULL DEFAULT '',
    message        TEXT NOT NULL DEFAULT '',
    input          TEXT NOT NULL,
    output         TEXT NOT NULL DEFAULT ''
);
CREATE INDEX instances_newest ON instances (started, id);
CREATE INDEX instances_process ON instances (process_key, started, id);
CREATE INDEX instances_business_key ON instances (business_key, started, id) WHERE business_key <> '';
CREATE INDEX instances_parent ON instances (parent_id, started, id) WHERE parent_id <> '';
CREATE INDEX instances_running ON instances (started, id) WHERE state = 'running';
CREATE INDEX instances_incidents ON instances (started, id) WHERE incidents > 0;
CREATE INDEX instances_undispatched ON instances (dispatch_due) WHERE NOT dispatched;
CREATE INDEX instances_stops ON instances (stop_due) WHERE stop_due IS NOT NULL;

-- Who waits for a message or a signal. Withdrawn ones are deleted.
CREATE TABLE subscriptions (
    instance_id     TEXT NOT NULL REFERENCES instances (id),
    id              TEXT NOT NULL, -- element instance id
    element         TEXT NOT NULL,
    kind            TEXT NOT NULL, -- message or signal
    name            TEXT NOT NULL,
    correlation_key TEXT NOT NULL,
    process_key     TEXT NOT NULL,
    -- How often the signal had been broadcast when this was made.
    epoch           BIGINT NOT NULL,
    created         BIGINT NOT NULL,
    PRIMARY KEY (instance_id, id)
);
CREATE INDEX subscriptions_messages ON subscriptions (name, correlation_key, process_key, created) WHERE kind = 'message';
CREATE INDEX subscriptions_signals ON subscriptions (name, instance_id) WHERE kind = 'signal';

CREATE TABLE messages (
    id           TEXT NOT NULL PRIMARY KEY,
    name         TEXT NOT NULL,
    receiver     TEXT NOT NULL, -- key:KEY or instance:ID
    variables    TEXT NOT NULL,
    published_by TEXT NOT NULL,
    published    BIGINT NOT NULL,
    expires      BIGINT NOT NULL,
    state        TEXT NOT NULL -- buffered, correlated, dropped or expired
);
CREATE INDEX messages_buffered ON messages (name, receiver, published) WHERE state = 'buffered';
CREATE INDEX messages_expiry ON messages (expires) WHERE state = 'buffered';

CREATE TABLE deliveries (
    id               TEXT NOT NULL PRIMARY KEY,
    message_id       TEXT NOT NULL REFERENCES messages (id),
    instance_id      TEXT NOT NULL,
    subscription     TEXT NOT NULL, -- '' when the message started the instance
    process_key      TEXT NOT NULL,
    state            TEXT NOT NULL, -- pending, done, refused or started
    created          BIGINT NOT NULL,
    attempts         BIGINT NOT NULL DEFAULT 0,
    due              BIGINT NOT NULL,
    last_error       TEXT NOT NULL DEFAULT '',
    -- The batch that claimed it, and its place there.
    claim_sequence   BIGINT,
    claim_position   BIGINT
);
-- A message goes once to each process.
CREATE UNIQUE INDEX deliveries_once ON deliveries (message_id, process_key) WHERE state <> 'refused';
CREATE INDEX deliveries_pending ON deliveries (due) WHERE state = 'pending';
CREATE INDEX deliveries_busy ON deliveries (instance_id, subscription) WHERE state = 'pending';
CREATE INDEX deliveries_claimed ON deliveries (instance_id, claim_sequence) WHERE claim_sequence IS NOT NULL;

-- How often each signal has been broadcast.
CREATE TABLE signals (
    name       TEXT NOT NULL PRIMARY KEY,
    broadcasts BIGINT NOT NULL
);

CREATE TABLE broadcasts (
    id        TEXT NOT NULL PRIMARY KEY,
    name      TEXT NOT NULL,
    epoch     BIGINT NOT NULL,
    thrower   TEXT NOT NULL, -- the instance that threw it, or ''
    variables TEXT NOT NULL,
    thrown_by TEXT NOT NULL,
    thrown    BIGINT NOT NULL,
    targets   BIGINT NOT NULL,
    starts    TEXT NOT NULL, -- instance ids as a JSON array
    state     TEXT NOT NULL, -- pending or done
    progress  TEXT NOT NULL DEFAULT '',
    due       BIGINT NOT NULL
);
CREATE INDEX broadcasts_pending ON broadcasts (due) WHERE state = 'pending';

CREATE TABLE tasks (
    id               TEXT NOT NULL PRIMARY KEY,
    instance_id      TEXT NOT NULL REFERENCES instances (id),
    element_instance TEXT NOT NULL,
    element          TEXT NOT NULL,
    name             TEXT NOT NULL,
    documentation    TEXT NOT NULL,
    process_id       TEXT NOT NULL,
    process_key      TEXT NOT NULL,
    business_key     TEXT NOT NULL,
    assignee         TEXT NOT NULL,
    candidate_users  TEXT NOT NULL, -- JSON arrays, for reading
    candidate_groups TEXT NOT NULL,
    due              BIGINT,
    follow_up        BIGINT,
    priority         BIGINT NOT NULL,
    form             TEXT NOT NULL,
    lane             TEXT NOT NULL,
    state            TEXT NOT NULL, -- open, completed or cancelled
    created          BIGINT NOT NULL,
    ended            BIGINT,
    completed_by     TEXT NOT NULL DEFAULT '',
    variables        TEXT NOT NULL
);
CREATE INDEX tasks_state ON tasks (state, created, id);
CREATE INDEX tasks_assignee ON tasks (assignee, state, created, id) WHERE assignee <> '';
CREATE INDEX tasks_instance ON tasks (instance_id, created, id);

-- Candidates once more, for finding.
CREATE TABLE task_candidates (
    task_id TEXT NOT NULL REFERENCES tasks (id),
    kind    TEXT NOT NULL, -- user or group
    name    TEXT NOT NULL,
    PRIMARY KEY (kind, name, task_id)
);

CREATE TABLE incidents (
    id               TEXT NOT NULL PRIMARY KEY,
    instance_id      TEXT NOT NULL REFERENCES instances (id),
    incident_id      TEXT NOT NULL,
    element          TEXT NOT NULL,
    element_instance TEXT NOT NULL,
    kind             TEXT NOT NULL,
    message          TEXT NOT NULL,
    attempt          BIGINT NOT NULL,
    state            TEXT NOT NULL, -- open or resolved
    raised           BIGINT NOT NULL,
    cleared          BIGINT,
    action           TEXT NOT NULL DEFAULT '',
    cleared_by       TEXT NOT NULL DEFAULT '',
    process_id       TEXT NOT NULL,
    process_key      TEXT NOT NULL
);
CREATE INDEX incidents_state ON incidents (state, raised, id);
CREATE INDEX incidents_instance ON incidents (instance_id, raised, id);

-- Who changed what. Rows are never changed or deleted.
CREATE TABLE audit (
    id           TEXT NOT NULL PRIMARY KEY,
    at           BIGINT NOT NULL,
    user_name    TEXT NOT NULL,
    affiliation  TEXT NOT NULL,
    on_behalf_of TEXT NOT NULL,
    action       TEXT NOT NULL,
    object_type  TEXT NOT NULL,
    object_id    TEXT NOT NULL,
    instance_id  TEXT NOT NULL,
    detail       TEXT NOT NULL
);
CREATE INDEX audit_newest ON audit (at, id);
CREATE INDEX audit_instance ON audit (instance_id, at, id) WHERE instance_id <> '';
CREATE INDEX audit_user ON audit (user_name, at, id) WHERE user_name <> 'system';
CREATE INDEX audit_object ON audit (object_type, object_id, at, id);

-- Answers to requests that may be repeated.
CREATE TABLE idempotency_keys (
    scope       TEXT NOT NULL,
    request_key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    done        BOOLEAN NOT NULL,
    begun       BIGINT NOT NULL,
    status      BIGINT NOT NULL DEFAULT 0,
    header      TEXT NOT NULL DEFAULT '',
    body        BYTEA,
    PRIMARY KEY (scope, request_key)
);
CREATE INDEX idempotency_keys_begun ON idempotency_keys (begun);
