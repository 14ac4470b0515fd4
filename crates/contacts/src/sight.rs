use kernel::Ulid;

/// Whose contacts somebody may see within a market. Everything else answers as if it did not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sight {
    /// All of the market.
    All,
    /// Those assigned to this user.
    AssignedTo(Ulid),
}

impl Sight {
    /// Whether a contact with this assignee is in sight.
    pub fn covers(self, assignee: Option<Ulid>) -> bool {
        match self {
            Self::All => true,
            Self::AssignedTo(user) => assignee == Some(user),
        }
    }
}
