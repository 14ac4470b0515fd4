use serde::{Deserialize, Serialize};

use crate::message::words;

words! {
    /// What is counted.
    Measure {
        /// Contacts that are open, won or lost.
        Stages = "stages", "Contacts by stage";
        /// New contacts of each of the last twelve months.
        New = "new", "New contacts per month";
        /// Messages from and to contacts.
        Messages = "messages", "Messages";
    }
}

words! {
    /// What markets are put together by.
    Grouping {
        /// Where they do business.
        Region = "region", "Region";
        /// The line of business of the contact's pipeline.
        Vertical = "vertical", "Line of business";
        /// What their amounts are in.
        Currency = "currency", "Currency";
    }
}

/// What an operator wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Question {
    /// What is counted.
    pub measure: Measure,
    /// By what.
    pub by: Grouping,
}
