/// Incident.
#[derive(Clone, Debug)]
pub struct Incident;
