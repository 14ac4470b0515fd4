//! Workflows: which there are. Enrolment is the contacts' matter.

use super::wire::{Call, Fields, FromWire, Op};

/// A workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workflow {
    /// Its identifier.
    pub id: String,
    /// Its name: what workflows are mapped by.
    pub name: String,
    /// Whether it runs: a draft takes nobody.
    pub is_published: bool,
}

impl FromWire for Workflow {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        let is_published =
            fields.text("status").is_some_and(|status| status.eq_ignore_ascii_case("published"));
        Some(Self { id: fields.text("id")?, name: fields.text("name")?, is_published })
    }
}

impl FromWire for Vec<Workflow> {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        fields.get("workflows")?;
        Some(fields.list("workflows"))
    }
}

/// Workflows of a location.
pub fn list(location: &str) -> Call<Vec<Workflow>> {
    Call::new(Op::WorkflowList, &[]).with("locationId", location)
}
