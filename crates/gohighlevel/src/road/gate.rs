/// What the hot path of webhooks remembers.
#[derive(Debug, Default)]
pub(crate) struct Gate;
