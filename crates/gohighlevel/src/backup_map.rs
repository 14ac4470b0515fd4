//! Which pipeline, stage, calendar, workflow, user and field there is which here.
