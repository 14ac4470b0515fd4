//! Who the users behind identifiers are.

use std::collections::HashMap;

use kernel::Ulid;

use crate::{access::MarketRoles, app::AppState, problem::Problem, viewer::InMarket};

/// The people of a market, as its pages name them.
pub struct Names {
    names: HashMap<Ulid, String>,
    /// Those who can look after contacts: identifier and name, by name.
    pub agents: Vec<(String, String)>,
}

impl Names {
    /// Of everybody in the market.
    pub async fn of(state: &AppState, here: &InMarket) -> Result<Self, Problem> {
        let members = state.directory().members(here.market.id()).await?;
        let mut agents: Vec<(String, String)> = members
            .iter()
            .filter(|member| MarketRoles::READ_CONTACTS.has(member.membership.role))
            .map(|member| (member.user.id.to_string(), member.user.name.clone()))
            .collect();
        agents.sort_by(|one, two| one.1.cmp(&two.1));
        let names = members.into_iter().map(|member| (member.user.id, member.user.name)).collect();
        Ok(Self { names, agents })
    }

    /// Who looks after a contact.
    pub fn assignee(&self, user: Option<Ulid>) -> String {
        match user {
            None => "Nobody".to_owned(),
            Some(user) => self.names.get(&user).cloned().unwrap_or_else(|| "A former member".to_owned()),
        }
    }

    /// A word of a text, or the name of the user whom it names by identifier, with what follows it (`01J..:`).
    pub fn in_text(&self, word: &str) -> String {
        let id = word.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric());
        match id.parse::<Ulid>().ok().and_then(|user| self.names.get(&user)) {
            Some(name) => format!("{name}{}", &word[id.len()..]),
            None => word.to_owned(),
        }
    }

    /// Who did something, from `user:<id>` or `key:<id>`.
    pub fn actor(&self, actor: &str) -> String {
        if let Some(user) = actor.strip_prefix("user:").and_then(|id| id.parse().ok()) {
            return self.assignee(Some(user));
        }
        if actor.starts_with("key:") { "A program".to_owned() } else { actor.to_owned() }
    }
}
