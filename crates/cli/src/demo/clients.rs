//! The simulated client base, moved to the present.

use growth::{
    import::{self, ColumnMapping, ImportOptions, Imported},
    metrics::ClientMetrics,
    service::NewSnapshot,
};
use jiff::{
    Span, ToSpan,
    civil::{Date, date},
};
use kernel::Currency;
use tabular::Hint;

use crate::exit::{During, Outcome};

/// The day that the files' dates are anchored to.
const ANCHOR: Date = date(2026, 10, 31);

/// A file of the client base.
pub struct Month {
    name: &'static str,
    content: &'static str,
    as_of: Date,
}

/// The client base a month before the demo's first start.
pub const BEFORE: Month = Month {
    name: "clients-month-before.csv",
    content: include_str!("../../../../data/demo/clients-month-before.csv"),
    as_of: date(2026, 9, 30),
};

/// The client base on the day of the demo's first start.
pub const NOW: Month =
    Month { name: "clients.csv", content: include_str!("../../../../data/demo/clients.csv"), as_of: ANCHOR };

impl Month {
    /// The snapshot of this month when the demo's first start is on `today`.
    ///
    /// # Errors
    /// When the calendar ends before `today`.
    pub fn snapshot(&self, today: Date) -> Outcome<NewSnapshot> {
        let days = ANCHOR.until(today).during("count the days since the demo's files were made")?.get_days();
        let options = ImportOptions { as_of: self.as_of, currency: Currency::USD };
        let bytes = self.content.as_bytes();
        let mapping = ColumnMapping::default();
        let mut imported: Imported = import::read(bytes, &Hint::named(self.name), &mapping, &options)
            .during("read the demo's clients")?;
        for client in &mut imported.clients {
            shift(client, days.days());
        }
        Ok(NewSnapshot {
            source: format!("Simulated demo data: {}", self.name),
            content_sha256: NewSnapshot::digest([bytes]),
            profile: None,
            simulated: true,
            as_of: self.as_of.saturating_add(days.days()),
            currency: Currency::USD,
            imported,
        })
    }
}

fn shift(client: &mut ClientMetrics, by: Span) {
    for date in
        [&mut client.implementation_date, &mut client.last_interaction_date, &mut client.contract_end_date]
            .into_iter()
            .flatten()
    {
        *date = date.saturating_add(by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_good_and_marked_and_the_present_is_always_now() {
        for today in [date(2025, 2, 28), ANCHOR, date(2031, 5, 1)] {
            for (month, days_ago) in [(&BEFORE, 31), (&NOW, 0)] {
                let snapshot = month.snapshot(today).expect("valid");
                assert_eq!(snapshot.as_of, today - days_ago.days());
                assert!(snapshot.simulated && snapshot.source.contains("Simulated"));
                assert_eq!(snapshot.imported.rejected, []);
                assert_eq!(snapshot.imported.clients.len(), 61);
                for client in &snapshot.imported.clients {
                    assert_eq!(client.extra.get("origin").map(String::as_str), Some("simulated"));
                    assert!(client.last_interaction_date.is_some_and(|date| date <= snapshot.as_of));
                }
            }
        }
    }
}
