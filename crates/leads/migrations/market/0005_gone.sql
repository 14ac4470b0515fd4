-- Since when the contact is gone in the system that it came from; NULL: it is not. Such a lead is closed until it is back.
ALTER TABLE lead ADD COLUMN gone_at BIGINT;
