/// Markets whose contacts all have a lead.
#[derive(Clone, Default)]
pub(crate) struct Adopted;
