use super::*;

/// Times that something is created before it counts as impossible.
const CREATED_MAX: u32 = 3;

/// What became of something that was to be there once.
#[derive(Clone, Debug, PartialEq)]
pub enum Created<T> {
    /// It was created, and this is the answer.
    New(T),
    /// It had been created, though nobody said so: found by reading back.
    Found(T),
    /// Something that stands for it was there before: its identifier.
    Exists(String),
}

impl Client {
    /// Creates something exactly once, although GoHighLevel knows no idempotency keys: when it is unclear whether it was
    /// done, `read_back` looks, after a while and again after a longer one, and only when it is not there the request is
    /// repeated. What was refused for a value is looked for as well: refusals that had created it are on record
    /// (issue #64 of GoHighLevel/highlevel-api-docs).
    ///
    /// # Errors
    /// What is left. When `read_back` fails, nothing was repeated, and [`Action::ReadBack`] is still to be done.
    pub async fn create<T, F, R>(
        &self,
        account: &Account,
        call: &Call<T>,
        how: How,
        mut read_back: F,
    ) -> Result<Created<T>, Failure>
    where
        T: FromWire,
        F: FnMut() -> R,
        R: Future<Output = Result<Option<T>, Failure>>,
    {
        self.creating(account, call, how, &mut read_back).await
    }

    /// [`Client::create`] for what may have been tried before: by a process that died before the answer, or with a
    /// [`Failure`] that left [`Action::ReadBack`] to do. Looks first.
    ///
    /// # Errors
    /// As [`Client::create`]; and when looking fails: nothing was sent then.
    pub async fn create_in_doubt<T, F, R>(
        &self,
        account: &Account,
        call: &Call<T>,
        how: How,
        mut read_back: F,
    ) -> Result<Created<T>, Failure>
    where
        T: FromWire,
        F: FnMut() -> R,
        R: Future<Output = Result<Option<T>, Failure>>,
    {
        match read_back().await? {
            Some(found) => Ok(Created::Found(found)),
            None => self.creating(account, call, how, &mut read_back).await,
        }
    }

    async fn creating<T, F, R>(
        &self,
        account: &Account,
        call: &Call<T>,
        how: How,
        read_back: &mut F,
    ) -> Result<Created<T>, Failure>
    where
        T: FromWire,
        F: FnMut() -> R,
        R: Future<Output = Result<Option<T>, Failure>>,
    {
        let mut count = 0;
        loop {
            count += 1;
            let failure = match self.perform(account, call, how).await {
                Ok(done) => return Ok(Created::New(done.value)),
                Err(failure) => failure,
            };
            if let Action::AdoptId(id) = &failure.fault.action {
                return Ok(Created::Exists(id.clone()));
            }
            let is_refused = failure.fault.class == Class::BadValue;
            let is_unclear = failure.fault.action == Action::ReadBack
                // Created, and the answer could not be read.
                || matches!(failure.fault.class, Class::Drift | Class::NotJson);
            let may_be_there =
                call.ask.op.operation().repeat == Repeat::ReadBack && (is_refused || is_unclear);
            if !may_be_there {
                return Err(failure);
            }
            for wait in self.0.options.read_back_waits {
                tokio::time::sleep(wait).await;
                match read_back().await {
                    Ok(Some(found)) => return Ok(Created::Found(found)),
                    Ok(None) => {}
                    Err(error) => {
                        tracing::debug!(%error, "reading back failed, nothing is repeated");
                        return Err(failure);
                    }
                }
            }
            if is_refused || count >= CREATED_MAX {
                return Err(failure);
            }
        }
    }
}
