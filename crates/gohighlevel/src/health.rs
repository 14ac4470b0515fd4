/// Health.
#[derive(Clone, Debug)]
pub struct Health;
