-- What is forgotten for its age is found by it.
CREATE INDEX lead_score_at ON lead_score (at);
CREATE INDEX lead_prediction_at ON lead_prediction (at);
