//! Users of locations and companies: whom work can be assigned to.

use super::wire::{Call, Fields, FromWire, Op};

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its identifier.
    pub id: String,
    /// Name.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Phone number.
    pub phone: Option<String>,
    /// `admin` or `user`.
    pub role: Option<String>,
    /// Whether it is gone.
    pub is_deleted: bool,
}

impl FromWire for User {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        let roles = fields.object("roles");
        let names = [fields.text("firstName"), fields.text("lastName")];
        let joined = names.iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ");
        Some(Self {
            id: fields.first_text(&["id", "_id"])?,
            name: fields.text("name").or_else(|| Some(joined).filter(|name| !name.is_empty())),
            email: fields.text("email"),
            phone: fields.text("phone"),
            role: roles.text("role").or_else(|| fields.text("role")),
            is_deleted: fields.flag("deleted").unwrap_or(false),
        })
    }
}

impl FromWire for Vec<User> {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        fields.get("users")?;
        Some(fields.list("users"))
    }
}

/// Users of a location.
pub fn list(location: &str) -> Call<Vec<User>> {
    Call::new(Op::UserList, &[]).with("locationId", location)
}

/// One user.
pub fn get(id: &str) -> Call<User> {
    Call::new(Op::UserGet, &[id])
}

/// Users of a company. Without the company the answer would be a 401.
pub fn search(company: &str, skip: u64, limit: u32) -> Call<Vec<User>> {
    Call::new(Op::UserSearch, &[])
        .with("companyId", company)
        .with("skip", skip.to_string())
        .with("limit", limit.to_string())
}
