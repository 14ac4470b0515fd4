-- Which program last brought back the events that another one had given up.
ALTER TABLE ghl_vitals ADD COLUMN replayed_by TEXT;
