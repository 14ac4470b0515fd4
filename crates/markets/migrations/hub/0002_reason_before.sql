-- Why a market was closed before the work began, so that giving the work up does not forget it.
ALTER TABLE market_work ADD COLUMN reason_before TEXT;
