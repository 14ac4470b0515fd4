-- Roles of the hub and of markets, keys for programs, second factors, identities at other providers.

-- Owners of the hub become operators, members keep the work they had. No role: only memberships count.
ALTER TABLE user_account ADD COLUMN hub_role TEXT;
UPDATE user_account SET hub_role = CASE role WHEN 'owner' THEN 'operator' ELSE 'growth' END;
ALTER TABLE user_account DROP COLUMN role;
ALTER TABLE user_account ADD COLUMN erased_at BIGINT;

-- When the bearer of a session last showed that they are who they are. Sessions from before count as old.
ALTER TABLE user_session ADD COLUMN proven_at BIGINT NOT NULL DEFAULT 0;

-- Markets are named by identifier only: what they are is told elsewhere.
CREATE TABLE membership (
    user_id TEXT NOT NULL REFERENCES user_account (id),
    market_id TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, market_id)
);
CREATE INDEX membership_market ON membership (market_id);

-- Without a market it is a key of the hub. Only the SHA-256 of its secret is kept.
CREATE TABLE api_key (
    id TEXT PRIMARY KEY,
    secret_hash TEXT NOT NULL,
    name TEXT NOT NULL,
    market_id TEXT,
    role TEXT NOT NULL,
    created_by TEXT REFERENCES user_account (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX api_key_market ON api_key (market_id);
CREATE INDEX api_key_maker ON api_key (created_by);

-- A one-time password generator. Without confirmation it is only being set up, and asked for nowhere.
CREATE TABLE second_factor (
    user_id TEXT PRIMARY KEY REFERENCES user_account (id),
    secret_sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    last_step BIGINT NOT NULL
);

CREATE TABLE recovery_code (
    user_id TEXT NOT NULL REFERENCES user_account (id),
    code_hash TEXT NOT NULL,
    PRIMARY KEY (user_id, code_hash)
);

-- Somebody has shown the first factor and is asked for the second.
CREATE TABLE pending_sign_in (
    token_hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES user_account (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX pending_sign_in_user ON pending_sign_in (user_id);

CREATE TABLE oidc_identity (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES user_account (id),
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE UNIQUE INDEX oidc_identity_user ON oidc_identity (user_id, issuer);

-- A browser that was sent to a provider and may come back, once. State, nonce and verifier are derived from a token
-- that only that browser has.
CREATE TABLE oidc_request (
    token_hash TEXT PRIMARY KEY,
    issuer TEXT NOT NULL,
    next TEXT NOT NULL,
    user_id TEXT REFERENCES user_account (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX oidc_request_expiry ON oidc_request (expires_at);
