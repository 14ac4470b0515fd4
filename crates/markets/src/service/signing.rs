//! Signatures under the audit chains.

use audit::checkpoint::Signer;
use boxed::boxed;
use kernel::Moment;
use store::trail::{self, TrailError};

use super::Markets;
use crate::{Market, MarketsError, keyring::HUB};

#[boxed]
impl Market {
    /// What signs this market's audit chain.
    ///
    /// # Errors
    /// When the seed is none: never for one of the keyring.
    pub fn audit_signer(&self) -> Result<Signer, MarketsError> {
        signer(&self.id().to_string(), &self.audit_seed())
    }

    /// Signs its audit chain, if it grew since the last signature.
    ///
    /// # Errors
    /// When the database fails, and when what is there does not continue what was signed.
    pub async fn checkpoint(&self, at: &Moment) -> Result<(), MarketsError> {
        trail::checkpoint(self.db(), &self.audit_signer()?, at.at()).await?;
        Ok(())
    }
}

#[boxed]
impl Markets {
    /// What signs the hub's audit chain.
    ///
    /// # Errors
    /// When the seed is none: never for one of the keyring.
    pub fn audit_signer(&self) -> Result<Signer, MarketsError> {
        signer(HUB, &self.audit_seed())
    }

    /// Signs the hub's audit chain, if it grew since the last signature.
    ///
    /// # Errors
    /// As [`Market::checkpoint`].
    pub async fn checkpoint_hub(&self, at: &Moment) -> Result<(), MarketsError> {
        trail::checkpoint(&self.0.hub, &self.audit_signer()?, at.at()).await?;
        Ok(())
    }
}

pub(super) fn signer(origin: &str, seed: &[u8; 32]) -> Result<Signer, MarketsError> {
    Signer::from_seed(origin, seed).map_err(|error| MarketsError::Signing(error.to_string()))
}

impl From<TrailError> for MarketsError {
    fn from(error: TrailError) -> Self {
        match error {
            TrailError::Store(error) => Self::Store(error),
            other => Self::Chain(other.to_string()),
        }
    }
}
