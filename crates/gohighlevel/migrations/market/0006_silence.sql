-- Do-not-disturb that was put on there from here: what somebody there put on is not lifted from here.
CREATE TABLE ghl_silence (
    contact TEXT NOT NULL,
    -- As it is called there: SMS, Email, ..
    channel TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    PRIMARY KEY (contact, channel)
);
