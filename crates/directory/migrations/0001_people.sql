-- Who may come in, how, and what they keep.

CREATE TABLE user_account (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT
);

-- Tokens are never stored: only their SHA-256, so that a stolen copy of this file opens no door.
CREATE TABLE sign_in_link (
    token_hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES user_account (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX sign_in_link_user ON sign_in_link (user_id);
CREATE INDEX sign_in_link_expiry ON sign_in_link (expires_at);

CREATE TABLE user_session (
    token_hash TEXT PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES user_account (id),
    label TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX user_session_user ON user_session (user_id);
CREATE INDEX user_session_expiry ON user_session (expires_at);

CREATE TABLE failed_sign_in (
    subject TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX failed_sign_in_subject ON failed_sign_in (subject, at);
CREATE INDEX failed_sign_in_at ON failed_sign_in (at);

CREATE TABLE saved_view (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES user_account (id),
    page TEXT NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (user_id, page, name)
);
