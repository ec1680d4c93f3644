CREATE TABLE scim_audit (
    tenant TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    target TEXT COLLATE "C" NOT NULL,
    changes TEXT NOT NULL,
    detail TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant, at, id)
);

CREATE INDEX scim_audit_target ON scim_audit (tenant, target);

CREATE TABLE scim_binding (
    tenant TEXT COLLATE "C" NOT NULL,
    resource TEXT COLLATE "C" NOT NULL,
    type TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C",
    state TEXT COLLATE "C" NOT NULL,
    connection TEXT COLLATE "C" NOT NULL,
    since BIGINT NOT NULL,
    due BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant, resource)
);

CREATE INDEX scim_binding_account ON scim_binding (tenant, account);

CREATE INDEX scim_binding_due ON scim_binding (tenant, due, resource);

CREATE TABLE scim_guard (
    tenant TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    turns BIGINT NOT NULL,
    PRIMARY KEY (tenant, name)
);

CREATE TABLE scim_meta (
    name TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE scim_outbox (
    tenant TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    nth BIGINT NOT NULL,
    type TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    payload TEXT COLLATE "C" NOT NULL,
    due BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    attempts BIGINT NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (tenant, key)
);

CREATE INDEX scim_outbox_order ON scim_outbox (tenant, at, nth);

CREATE INDEX scim_outbox_waiting ON scim_outbox (tenant, state, at, nth, due);

CREATE TABLE scim_resource (
    tenant TEXT COLLATE "C" NOT NULL,
    type TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    created BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    connection TEXT COLLATE "C" NOT NULL,
    unique_key TEXT COLLATE "C" NOT NULL,
    external_key TEXT COLLATE "C",
    display_key TEXT COLLATE "C",
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
    tenant TEXT COLLATE "C" NOT NULL,
    holder_type TEXT COLLATE "C" NOT NULL,
    holder_id TEXT COLLATE "C" NOT NULL,
    relation TEXT COLLATE "C" NOT NULL,
    target_id TEXT COLLATE "C" NOT NULL,
    target_type TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, holder_type, holder_id, relation, target_id, target_type),
    FOREIGN KEY(tenant, holder_type, holder_id) REFERENCES scim_resource (tenant, type, id) ON DELETE CASCADE,
    FOREIGN KEY(tenant, target_type, target_id) REFERENCES scim_resource (tenant, type, id) ON DELETE CASCADE
);

CREATE INDEX scim_link_target ON scim_link (tenant, target_type, target_id, relation, holder_id, holder_type);

CREATE TABLE scim_value (
    tenant TEXT COLLATE "C" NOT NULL,
    type TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    path TEXT COLLATE "C" NOT NULL,
    position INTEGER NOT NULL,
    key TEXT COLLATE "C",
    kind TEXT COLLATE "C",
    is_primary SMALLINT,
    PRIMARY KEY (tenant, type, id, path, position),
    FOREIGN KEY(tenant, type, id) REFERENCES scim_resource (tenant, type, id) ON DELETE CASCADE
);

CREATE INDEX scim_value_key ON scim_value (tenant, type, path, key, id);

INSERT INTO scim_meta (name, value) VALUES ('schema_version', '1');
