//! Another key at the top: what it wraps is wrapped anew, nothing below changes.

use boxed::boxed;
use jiff::Timestamp;
use seal::{Key, KeyId};

use super::{
    HUB, KeySource, KeySourceError, Keyring, Purpose, begin, blocking, file,
    records::{self, KnownTop},
    source::Top,
};
use crate::MarketsError;

/// What the proof of the key at the top is wrapped for.
const PROOF: &str = "key-at-top";

#[boxed]
impl Keyring {
    /// The name of the key at the top.
    pub async fn top_id(&self) -> KeyId {
        self.top.read().await.id
    }

    /// Wraps all data keys anew: with a fresh key in the same file ([`KeySource::Own`]), or with the key of `to`.
    /// With a program and no `to`, the service decides which of its keys it uses now. Interrupted at any point, the
    /// keyring opens with the old or the new key. The number of keys wrapped.
    ///
    /// Other processes on the same keyring notice by themselves, from the same file or service.
    ///
    /// # Errors
    /// [`MarketsError::RotationNeedsTarget`] for a file that is not ours to change, and when a key fails.
    pub async fn rotate_top(&self, to: Option<KeySource>, at: Timestamp) -> Result<u64, MarketsError> {
        let mut top = self.top.write().await;
        let next = match to {
            Some(source) => source.open(None, &self.chance).await?,
            None => match &top.source {
                KeySource::Own(path) => {
                    let (id, key) =
                        (KeyId::new(file::fresh_id(&self.chance)), Key::from_bytes(self.chance.bytes()));
                    let (waiting, written) = (file::next(path), key.clone());
                    blocking(move || {
                        // A file left by a rotation that never reached the keyring is of no use.
                        let _ = std::fs::remove_file(&waiting);
                        file::write(&waiting, id, &written)
                    })
                    .await??;
                    Top::held(id, key, top.source.clone())
                }
                KeySource::Program { .. } => top.source.open(None, &self.chance).await?,
                KeySource::Given(_) => return Err(MarketsError::RotationNeedsTarget),
            },
        };
        let mut tx = begin(self).await?;
        tx.one_at_a_time(records::ROTATION).await?;
        let mut count = 0;
        for stored in records::data_keys(&mut tx).await? {
            let context = Purpose::Data.context(&stored.owner);
            let (old, new, nonce) = (top.wrapping(), next.wrapping(), self.chance.bytes());
            let wrapped = stored.wrapped.clone();
            let anew = blocking(move || {
                let key = old.unwrap(&context, &wrapped)?;
                new.wrap(&context, &key, nonce)
            })
            .await??;
            records::set_wrapped(&mut tx, &stored, anew).await?;
            count += 1;
        }
        let proof = self.proof(&next).await?;
        records::set_top(&mut tx, next.id, proof, at).await?;
        tx.commit().await?;
        if let (KeySource::Own(path), KeySource::Own(now)) = (&next.source, &top.source)
            && path == now
        {
            let path = path.clone();
            blocking(move || file::replace(&path)).await??;
        }
        *top = next;
        drop(top);
        self.scrub().await?;
        Ok(count)
    }

    /// Notes which key this new keyring is opened with.
    pub(super) async fn remember_top(&self, at: Timestamp) -> Result<(), MarketsError> {
        let top = self.top.read().await;
        let proof = self.proof(&top).await?;
        let mut tx = begin(self).await?;
        tx.one_at_a_time(records::ROTATION).await?;
        match records::top(&mut tx).await? {
            // Another process was faster; with a file both have the same key.
            Some(known) if matches!(top.source, KeySource::Program { .. }) || known.id == top.id => {}
            Some(known) => return Err(KeySourceError::Other { known: known.id, found: top.id }.into()),
            None => records::set_top(&mut tx, top.id, proof, at).await?,
        }
        tx.commit().await?;
        Ok(())
    }

    /// Makes sure that the key at hand opens what the keyring's key closed.
    pub(super) async fn check_top(&self) -> Result<(), MarketsError> {
        let Some(KnownTop { proof, .. }) = records::top(self.db()).await? else { return Ok(()) };
        self.unwrap_by_top(PROOF.to_owned(), proof).await.map(|_| ())
    }

    async fn proof(&self, top: &Top) -> Result<Vec<u8>, MarketsError> {
        let (wrapping, nonce) = (top.wrapping(), self.chance.bytes());
        let proof = Key::from_bytes([0; 32]).derive(HUB);
        Ok(blocking(move || wrapping.wrap(PROOF, &proof, nonce)).await??)
    }
}
