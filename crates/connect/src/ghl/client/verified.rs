use super::*;

impl Client {
    /// Writes, reads, and compares: GoHighLevel drops members in silence. `missing` names what of the present state is
    /// not as it was to be; `again` makes the request that writes only these, once more.
    ///
    /// # Errors
    /// When writing or reading fails; and as [`Class::PartlyDropped`] when the second time is no better, with
    /// [`Action::RetryParts`] naming what is missing.
    pub async fn write_verified<W: FromWire, T: FromWire>(
        &self,
        account: &Account,
        write: &Call<W>,
        read: &Call<T>,
        how: How,
        missing: impl Fn(&T) -> Vec<String>,
        again: impl Fn(&[String]) -> Option<Call<W>>,
    ) -> Result<T, Failure> {
        let first = self.perform(account, write, how).await;
        let mut tried = match first {
            Ok(done) => done.tried,
            // Some of many failed: what is missing shows.
            Err(failure) if failure.fault.class == Class::PartlyDropped => failure.tried,
            Err(failure) => return Err(failure),
        };
        let present = self.perform(account, read, how).await?.value;
        let dropped = missing(&present);
        if dropped.is_empty() {
            return Ok(present);
        }
        let Some(second) = again(&dropped) else {
            return Err(self.dropped(write.ask.op, dropped, tried));
        };
        tried.extend(self.perform(account, &second, how).await?.tried);
        let present = self.perform(account, read, how).await?.value;
        let dropped = missing(&present);
        if dropped.is_empty() { Ok(present) } else { Err(self.dropped(write.ask.op, dropped, tried)) }
    }

    fn dropped(&self, op: Op, members: Vec<String>, mut tried: Vec<Step>) -> Failure {
        let now = self.now();
        for member in &members {
            self.0.capabilities.learn(op, Lesson::Dropped(member.clone()), now);
        }
        let message = Some(format!("taken without effect: {}", members.join(", ")));
        let action = Action::RetryParts(members);
        let fault = Fault { class: Class::PartlyDropped, action, status: Some(200), message, trace_id: None };
        tried.push(Step { at: now, fault: fault.clone() });
        Failure::of(op, fault, tried)
    }
}
