use boxed::boxed;
use kernel::{Moment, Rejection};
use markets::Market;
use store::trail;

use super::{OPT_OUTS_MAX, OptOutImport};
use crate::{
    Channel, Leads, LeadsError,
    service::{ledger, timeline::ids},
};

/// Lines that are recorded in one transaction: whoever else writes waits for no more.
const AT_ONCE: usize = 500;

#[boxed]
impl Leads {
    /// Records earlier opt-outs by number or address, whether or not anybody here has it: each holds for whoever does, now or
    /// later. Telephone numbers stop calls and texts, addresses stop e-mail. What is interrupted is recorded as far as it
    /// got; done again, it finishes.
    ///
    /// # Errors
    /// [`LeadsError::Invalid`] beyond [`OPT_OUTS_MAX`] lines, or when the market fails.
    pub async fn import_opt_outs(
        &self,
        market: &Market,
        reaches: &[String],
        at: &Moment,
    ) -> Result<OptOutImport, LeadsError> {
        if reaches.len() > OPT_OUTS_MAX {
            let message = format!("{} are more than {OPT_OUTS_MAX}: split the file", reaches.len());
            return Err(LeadsError::Invalid { field: "reaches", message });
        }
        let mut report = OptOutImport::default();
        let mut read = Vec::with_capacity(reaches.len());
        for (place, reach) in reaches.iter().enumerate() {
            match read_line(market, reach) {
                Some(found) => read.push(found),
                None => report.rejected.push(Rejection {
                    row: place as u64 + 1,
                    field: "reach".to_owned(),
                    value: reach.chars().take(80).collect(),
                    message: "neither an e-mail address nor a phone number".to_owned(),
                }),
            }
        }
        let mut names = ids(market, at);
        for some in read.chunks(AT_ONCE) {
            let mut tx = market.db().begin().await?;
            tx.one_at_a_time("lead opt-outs").await?;
            let new = ledger::record_loose(&mut tx, some.to_vec(), &mut names, at).await?;
            let added = new.len() as u64;
            report.added += added;
            report.known += some.len() as u64 - added;
            if added > 0 {
                let subject = format!("market:{}", market.id());
                let entry = audit::NewEntry::new(at.at(), &at.actor, "lead.opt_outs_imported", &subject);
                trail::append(&mut tx, entry.with("added", added));
                self.tell_whoever_has(&mut tx, market, None, &new, false, at).await?;
                tx.commit().await?;
            }
        }
        Ok(report)
    }
}

/// What a line is about: the index of a number or address, and the channels that it stops.
fn read_line(market: &Market, reach: &str) -> Option<(Vec<u8>, &'static [Channel])> {
    match (ledger::email_index(market, reach), ledger::number_index(market, reach)) {
        (Some(index), _) => Some((index, Channel::Email.siblings())),
        (None, Some(index)) => Some((index, Channel::Sms.siblings())),
        (None, None) => None,
    }
}
