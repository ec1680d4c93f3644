CREATE TABLE scim_audit (
    tenant TEXT NOT NULL,
    at BIGINT NOT NULL,
    id TEXT NOT NULL,
    target TEXT NOT NULL,
    changes TEXT NOT NULL,
    detail TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant, at, id)
);

CREATE INDEX scim_audit_target ON scim_audit (tenant, target);

CREATE TABLE scim_binding (
    tenant TEXT NOT NULL,
    resource TEXT NOT NULL,
    type TEXT NOT NULL,
    account TEXT,
    state TEXT NOT NULL,
    connection TEXT NOT NULL,
    since BIGINT NOT NULL,
    due BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant, resource)
);

CREATE INDEX scim_binding_account ON scim_binding (tenant, account);

CREATE INDEX scim_binding_due ON scim_binding (tenant, due, resource);

CREATE TABLE scim_guard (
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    turns BIGINT NOT NULL,
    PRIMARY KEY (tenant, name)
);

CREATE TABLE scim_meta (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE scim_outbox (
    tenant TEXT NOT NULL,
    "key" TEXT NOT NULL,
    at BIGINT NOT NULL,
    nth BIGINT NOT NULL,
    type TEXT NOT NULL,
    account TEXT NOT NULL,
    payload TEXT NOT NULL,
    due BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (tenant, "key")
);

CREATE INDEX scim_outbox_order ON scim_outbox (tenant, at, nth);

CREATE INDEX scim_outbox_waiting ON scim_outbox (tenant, state, at, nth, due);

CREATE TABLE scim_resource (
    tenant TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    created BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    connection TEXT NOT NULL,
    unique_key TEXT NOT NULL,
    external_key TEXT,
    display_key TEXT,
    active SMALLINT,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, type, id),
    UNIQUE (tenant, type, unique_key)
);

CREATE INDEX scim_resource_active ON scim_resource (tenant, type, active, id);

CREATE INDEX scim_resource_created ON scim_resource (tenant, type, created, id, connection, active);

CREATE INDEX scim_resource_display ON scim_resource (tenant, type, display_key, id);

CREATE INDEX scim_resource_external ON scim_resource (tenant, type, external_key, id);

CREATE INDEX scim_resource_modified ON scim_resource (tenant, type, modified, id);

CREATE TABLE scim_link (
    tenant TEXT NOT NULL,
    holder_type TEXT NOT NULL,
    holder_id TEXT NOT NULL,
    relation TEXT NOT NULL,
    target_id TEXT NOT NULL,
    target_type TEXT NOT NULL,
    PRIMARY KEY (tenant, holder_type, holder_id, relation, target_id, target_type),
    FOREIGN KEY(tenant, holder_type, holder_id) REFERENCES scim_resource (tenant, type, id) ON DELETE CASCADE,
    FOREIGN KEY(tenant, target_type, target_id) REFERENCES scim_resource (tenant, type, id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX scim_link_target ON scim_link (tenant, target_type, target_id, relation, holder_id, holder_type);

CREATE TABLE scim_value (
    tenant TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    path TEXT NOT NULL,
    position INTEGER NOT NULL,
    "key" TEXT,
    kind TEXT,
    is_primary SMALLINT,
    PRIMARY KEY (tenant, type, id, path, position),
    FOREIGN KEY(tenant, type, id) REFERENCES scim_resource (tenant, type, id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX scim_value_key ON scim_value (tenant, type, path, "key", id);

INSERT INTO scim_meta (name, value) VALUES ('schema_version', '1');
