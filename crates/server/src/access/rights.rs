//! Which role may do what: the matrix, in one place. `docs/roles.md` shows it to users and a test holds the two
//! together.
//!
//! A right is a set of roles with a name. Routes declare rights, not roles, so that a decision about a role is
//! made here and nowhere else.
//!
//! **In a market** (a membership gives exactly one role; a hub role gives none):
//!
//! | right | owner | manager | analyst | agent | viewer |
//! |---|---|---|---|---|---|
//! | `SEE_MARKET` | x | x | x | x | x |
//! | `SEE_FIGURES` | x | x | x | | x |
//! | `READ_CONTACTS` | x | x | | own | |
//! | `WRITE_CONTACTS` | x | x | | own | |
//! | `ASSIGN_CONTACTS` | x | x | | | |
//! | `EXPORT_CONTACTS` | x | x | | | |
//! | `ERASE_CONTACTS` | x | x | | | |
//! | `READ_LEADS` | x | x | | own | |
//! | `WRITE_LEADS` | x | x | | own | |
//! | `EXPORT_LEADS` | x | x | | | |
//! | `READ_MODELS` | x | x | x | | |
//! | `MANAGE_MODELS` | x | x | | | |
//! | `READ_INTEGRATION` | x | x | x | | |
//! | `MANAGE_INTEGRATION` | x | x | | | |
//! | `READ_WEBHOOKS` | x | x | x | | |
//! | `MANAGE_WEBHOOKS` | x | x | | | |
//! | `READ_AUDIT` | x | x | x | | |
//! | `CONFIGURE` | x | x | | | |
//! | `READ_MEMBERS` | x | x | | | |
//! | `MANAGE_MEMBERS` | x | x | | | |
//! | `MANAGE_KEYS` | x | | | | |
//! | `EXPORT_MARKET` | x | | | | |
//!
//! Managers give and take every role but owner. *own*: an agent reaches the contacts assigned to them; everybody else's answer as if they did not exist.
//!
//! **In the hub:**
//!
//! | right | operator | growth | auditor |
//! |---|---|---|---|
//! | `READ_GROWTH` | x | x | x |
//! | `WRITE_GROWTH` | x | x | |
//! | `RULE_GROWTH` | x | | |
//! | `SEE_MARKETS` | x | | x |
//! | `RUN_MARKETS` | x | | |
//! | `READ_ANALYTICS` | x | | x |
//! | `SPEND_PRIVACY` | x | | |
//! | `READ_USERS` | x | | x |
//! | `MANAGE_USERS` | x | | |
//! | `READ_AUDIT` | x | | x |
//! | `READ_METRICS` | x | | x |

use std::fmt;

use kernel::{HubRole, MarketRole};

macro_rules! roles {
    ($(#[$doc:meta])* $set:ident of $role:ident { $($(#[$right_doc:meta])* $right:ident = $($member:ident)|+;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $set(u8);

        impl $set {
            $($(#[$right_doc])* pub const $right: Self = Self($(1 << $role::$member as u8)|+);)+

            /// Every right with its name, in the order of the matrix.
            pub const ALL: &'static [(&'static str, Self)] = &[$((stringify!($right), Self::$right)),+];

            /// Whether `role` is among them.
            pub const fn has(self, role: $role) -> bool {
                self.0 & (1 << role as u8) != 0
            }

            /// The roles, as the kernel orders them.
            pub fn roles(self) -> impl Iterator<Item = $role> {
                $role::ALL.iter().copied().filter(move |role| self.has(*role))
            }
        }

        impl fmt::Display for $set {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                let roles: Vec<_> = self.roles().map($role::id).collect();
                out.write_str(&roles.join("+"))
            }
        }

        impl fmt::Debug for $set {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "{self}")
            }
        }
    };
}

roles! {
    /// Roles of the hub that may do something.
    HubRoles of HubRole {
        /// Look at client expansion: clients, forecasts, plans.
        READ_GROWTH = Operator | Growth | Auditor;
        /// Import, plan, record outcomes, write propositions.
        WRITE_GROWTH = Operator | Growth;
        /// Decide which policy is in force.
        RULE_GROWTH = Operator;
        /// See which markets there are, and how they fare; nothing of what is in them.
        SEE_MARKETS = Operator | Auditor;
        /// Create, suspend, back up, restore, move and delete markets.
        RUN_MARKETS = Operator;
        /// Counts and rates over markets, disclosure-controlled.
        READ_ANALYTICS = Operator | Auditor;
        /// Publish noisy figures, which uses up the privacy budget.
        SPEND_PRIVACY = Operator;
        /// See users, their roles and the hub's API keys.
        READ_USERS = Operator | Auditor;
        /// Invite and disable users, give roles, make and revoke keys.
        MANAGE_USERS = Operator;
        /// Search, verify and export the audit chains.
        READ_AUDIT = Operator | Auditor;
        /// Read `/metrics` from elsewhere.
        READ_METRICS = Operator | Auditor;
    }
}

roles! {
    /// Roles of a market that may do something.
    MarketRoles of MarketRole {
        /// The market's home: profile, health, what is still missing.
        SEE_MARKET = Owner | Manager | Analyst | Agent | Viewer;
        /// Counts and rates of the market, without persons.
        SEE_FIGURES = Owner | Manager | Analyst | Viewer;
        /// Contacts with their notes and messages; an agent's own ones.
        READ_CONTACTS = Owner | Manager | Agent;
        /// Add and change contacts, notes and messages; an agent's own ones.
        WRITE_CONTACTS = Owner | Manager | Agent;
        /// Give contacts to agents; import many.
        ASSIGN_CONTACTS = Owner | Manager;
        /// Take contacts out of the hub as a file.
        EXPORT_CONTACTS = Owner | Manager;
        /// Erase a person, for good.
        ERASE_CONTACTS = Owner | Manager;
        /// Leads with their scores and why, their timelines, what was refused to be sent to them; an agent's own ones.
        READ_LEADS = Owner | Manager | Agent;
        /// Tell what happened, set a chance by a person's word, ask the gate, record an opt-out; an agent's own ones.
        WRITE_LEADS = Owner | Manager | Agent;
        /// Take leads out of the hub as a file.
        EXPORT_LEADS = Owner | Manager;
        /// What scores rest on and how good they are, the policy of leads, the team, what the gate decided.
        READ_MODELS = Owner | Manager | Analyst;
        /// Train, promote and retire models, change the policy of leads and the team, tell the gate what holds for the market.
        MANAGE_MODELS = Owner | Manager;
        /// How the connection to GoHighLevel fares: events, writes, what failed.
        READ_INTEGRATION = Owner | Manager | Analyst;
        /// Connect GoHighLevel, disconnect it, fetch everything again, repeat what failed.
        MANAGE_INTEGRATION = Owner | Manager;
        /// See endpoints and what was delivered.
        READ_WEBHOOKS = Owner | Manager | Analyst;
        /// Add, rotate, replay and remove endpoints.
        MANAGE_WEBHOOKS = Owner | Manager;
        /// Search, verify and export the market's audit chain.
        READ_AUDIT = Owner | Manager | Analyst;
        /// Change the market's profile and settings.
        CONFIGURE = Owner | Manager;
        /// See who else is in the market.
        READ_MEMBERS = Owner | Manager;
        /// Let people in, give them roles, let them go; who may give which role says `directory::may_appoint`.
        MANAGE_MEMBERS = Owner | Manager;
        /// Make and revoke the market's API keys.
        MANAGE_KEYS = Owner;
        /// Take the whole market out of the hub.
        EXPORT_MARKET = Owner;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a table whose first column is a right in backticks: `(right, roles with a mark)`.
    fn table(text: &str, heads: &[&str]) -> Vec<(String, Vec<String>)> {
        let lines: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.trim_start_matches("//!").trim())
            .filter(|line| line.starts_with('|'))
            .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
            .collect();
        let start = lines.iter().position(|cells| cells.iter().skip(1).eq(heads.iter())).expect("the table");
        lines[start + 2..]
            .iter()
            .take_while(|cells| cells[0].starts_with('`'))
            .map(|cells| {
                let held = heads.iter().zip(&cells[1..]).filter(|(_, mark)| !mark.is_empty());
                (cells[0].trim_matches('`').to_owned(), held.map(|(role, _)| (*role).to_owned()).collect())
            })
            .collect()
    }

    #[test]
    fn the_matrix_in_words_is_the_one_in_force() {
        let guide = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/roles.md"))
            .expect("the guide");
        for text in [include_str!("rights.rs"), guide.as_str()] {
            let market: Vec<_> = MarketRoles::ALL
                .iter()
                .map(|(name, set)| {
                    ((*name).to_owned(), set.roles().map(|role| role.id().to_owned()).collect())
                })
                .collect();
            assert_eq!(table(text, &["owner", "manager", "analyst", "agent", "viewer"]), market);
            let hub: Vec<_> = HubRoles::ALL
                .iter()
                .map(|(name, set)| {
                    ((*name).to_owned(), set.roles().map(|role| role.id().to_owned()).collect())
                })
                .collect();
            assert_eq!(table(text, &["operator", "growth", "auditor"]), hub);
        }
    }

    #[test]
    fn whoever_may_change_something_may_see_it() {
        for (change, see) in [
            (HubRoles::WRITE_GROWTH, HubRoles::READ_GROWTH),
            (HubRoles::RULE_GROWTH, HubRoles::READ_GROWTH),
            (HubRoles::RUN_MARKETS, HubRoles::SEE_MARKETS),
            (HubRoles::SPEND_PRIVACY, HubRoles::READ_ANALYTICS),
            (HubRoles::MANAGE_USERS, HubRoles::READ_USERS),
        ] {
            assert!(change.roles().all(|role| see.has(role)), "{change} within {see}");
        }
        for (change, see) in [
            (MarketRoles::WRITE_CONTACTS, MarketRoles::READ_CONTACTS),
            (MarketRoles::ERASE_CONTACTS, MarketRoles::READ_CONTACTS),
            (MarketRoles::WRITE_LEADS, MarketRoles::READ_LEADS),
            (MarketRoles::EXPORT_LEADS, MarketRoles::READ_LEADS),
            (MarketRoles::READ_LEADS, MarketRoles::READ_CONTACTS),
            (MarketRoles::MANAGE_MODELS, MarketRoles::READ_MODELS),
            (MarketRoles::MANAGE_INTEGRATION, MarketRoles::READ_INTEGRATION),
            (MarketRoles::MANAGE_WEBHOOKS, MarketRoles::READ_WEBHOOKS),
            (MarketRoles::MANAGE_MEMBERS, MarketRoles::READ_MEMBERS),
        ] {
            assert!(change.roles().all(|role| see.has(role)), "{change} within {see}");
        }
    }
}
