-- Each lane of what is to be written is asked for by itself, however long another one is.
CREATE INDEX ghl_write_lane ON ghl_write (state, lane, run_at);
