use jiff::civil::Date;
use kernel::Arr;
use rust_decimal::Decimal;
use serde::Serialize;

use super::{definition::OutcomeRule, evidence::Evidence, table::Datum};
use crate::metrics::ClientId;

/// What became of a client in a span of days.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClientOutcome {
    /// The client.
    pub client_id: ClientId,
    /// The first time it bought more.
    pub upgraded: Option<Event>,
    /// The first time it left.
    pub churned: Option<Event>,
}

/// Something that happened to a client.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Event {
    /// The day.
    pub on: Date,
    /// The annual amount it was about, where the data says.
    pub arr: Option<Arr>,
}

impl Evidence<'_> {
    /// What became of every client that was known on `after`, in the days after it up to and including `until`;
    /// told by what was known on `until`.
    pub fn outcomes(&self, after: Date, until: Date) -> Vec<ClientOutcome> {
        let rules = &self.profile.outcomes;
        let first = |rule: &Option<OutcomeRule>, client: &str| {
            rule.as_ref().and_then(|rule| self.first_event(rule, client, after, until))
        };
        self.clients(after)
            .map(|(id, _, _)| ClientOutcome {
                upgraded: first(&rules.upgraded, &id),
                churned: first(&rules.churned, &id),
                client_id: ClientId::new(id),
            })
            .collect()
    }

    fn first_event(&self, rule: &OutcomeRule, client: &str, after: Date, until: Date) -> Option<Event> {
        self.known_rows(&rule.table, client, until)
            .filter_map(|row| {
                let datum = |column: &str| self.datum(&rule.table, column, row, until);
                let holds = rule.conditions.iter().all(|condition| condition.holds(datum(&condition.column)));
                match datum(&rule.on) {
                    Datum::Date(on) if holds && *on > after && *on <= until => {
                        let amount = rule.amount_per_year.as_deref().map(datum);
                        Some(Event { on: *on, arr: amount.and_then(|amount| self.arr(amount)) })
                    }
                    _ => None,
                }
            })
            .min_by_key(|event| event.on)
    }

    fn arr(&self, amount: &Datum) -> Option<Arr> {
        match amount {
            Datum::Number(amount) if *amount >= Decimal::ZERO => {
                Some(Arr::new(*amount, self.profile.currency))
            }
            _ => None,
        }
    }
}
