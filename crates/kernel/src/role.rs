use crate::word::words;

words! {
    /// What somebody may do in one market. It is given per market and says nothing about any other.
    MarketRole, MarketRoleError, "market role";
    /// Everything in the market, its people and keys included.
    Owner = "owner", "Owner";
    /// The daily business: contacts, assignments, webhooks, exports.
    Manager = "manager", "Manager";
    /// Reads everything, changes nothing.
    Analyst = "analyst", "Analyst";
    /// Sees and works the contacts assigned to them.
    Agent = "agent", "Agent";
    /// Sees figures, never contacts.
    Viewer = "viewer", "Viewer";
}

words! {
    /// What somebody may do in the hub. It gives no right to the contacts of any market.
    HubRole, HubRoleError, "hub role";
    /// Runs the hub: markets, users, keys, backups.
    Operator = "operator", "Operator";
    /// Client expansion: the operator's own business.
    Growth = "growth", "Growth";
    /// Reads and verifies audit chains.
    Auditor = "auditor", "Auditor";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Vertical;

    #[test]
    fn every_word_reads_back_from_its_text_and_no_other_word_is_taken() {
        for role in MarketRole::ALL {
            assert_eq!(role.id().parse::<MarketRole>().as_ref(), Ok(role));
        }
        for role in HubRole::ALL {
            assert_eq!(HubRole::from_id(role.id()).as_ref(), Some(role));
        }
        for vertical in Vertical::ALL {
            let json = serde_json::to_string(vertical).expect("json");
            assert_eq!(serde_json::from_str::<Vertical>(&json).expect("reads back"), *vertical);
        }
        let error = "Owner".parse::<MarketRole>().expect_err("ids are small");
        assert_eq!(
            error.to_string(),
            "`Owner` is not a market role: one of owner, manager, analyst, agent, viewer"
        );
    }
}
