use std::collections::HashMap;

use directory::Directory;

use crate::{problem::Problem, viewer::Viewer};

/// What people call those who acted: a chain knows them by identifier only.
pub struct Names(HashMap<String, String>);

impl Names {
    /// The names that the viewer may know: in a market, of its members; in the hub, of everybody.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn known(viewer: &Viewer, directory: &Directory) -> Result<Self, Problem> {
        let users: Vec<directory::User> = match &viewer.market {
            Some(entered) => {
                directory.members(entered.market.id()).await?.into_iter().map(|member| member.user).collect()
            }
            None => directory.users().await?,
        };
        let named = |user: directory::User| {
            let name = if user.name.is_empty() { user.email.to_string() } else { user.name };
            (format!("user:{}", user.id), name)
        };
        Ok(Self(users.into_iter().map(named).collect()))
    }

    /// How `actor` is called.
    pub fn of(&self, actor: &str) -> String {
        if let Some(name) = self.0.get(actor) {
            return name.clone();
        }
        match actor.split_once(':') {
            Some(("user", id)) => format!("User …{}", ending(id)),
            Some(("key", id)) => format!("API key …{}", ending(id)),
            _ if actor == "hub" => "The hub itself".to_owned(),
            _ => actor.to_owned(),
        }
    }
}

/// The last letters of an identifier, enough to recognise it by.
pub fn ending(id: &str) -> &str {
    id.char_indices().rev().nth(5).map_or(id, |(at, _)| &id[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_acted_is_called_by_name_where_that_is_known() {
        let names = Names(HashMap::from([("user:01J".to_owned(), "Ana".to_owned())]));
        for (actor, called) in [
            ("user:01J", "Ana"),
            ("user:01ARZ3NDEKTSV4RRFFQ69G5FAV", "User …9G5FAV"),
            ("key:01ARZ3NDEKTSV4RRFFQ69G5FAV", "API key …9G5FAV"),
            ("hub", "The hub itself"),
            ("ehub market create (root)", "ehub market create (root)"),
        ] {
            assert_eq!(names.of(actor), called);
        }
        assert_eq!(ending("ä"), "ä");
    }
}
