use std::sync::Arc;

use audit::NewEntry;
use boxed::boxed;
use kernel::Moment;
use markets::Market;
use store::{Session, trail};

use crate::{
    Leads, LeadsError,
    band::Capacity,
    policy::{LEADS_TOML, LeadPolicy, LeadPolicyVersion},
    prior::Prior,
    records,
};

/// What a market's leads are scored and ranked by now.
#[derive(Clone)]
pub(crate) struct Current {
    /// The version of the market's policy; 0 while it has none of its own.
    pub version: u32,
    /// All of it.
    pub policy: Arc<LeadPolicy>,
    /// How many leads the team can get to.
    pub capacity: Capacity,
    /// What scores before there is a model.
    pub prior: Arc<Prior>,
}

impl Current {
    pub(super) fn of(version: u32, policy: Arc<LeadPolicy>) -> Self {
        let capacity = *policy.capacity();
        let prior = Arc::new(policy.prior().clone());
        Self { version, policy, capacity, prior }
    }
}

/// The policy in force.
pub(crate) async fn current(leads: &Leads, market: &Market) -> Result<Current, LeadsError> {
    current_in(leads, market, market.db()).await
}

/// The policy in force, as it is in a transaction.
pub(crate) async fn current_in(
    leads: &Leads,
    market: &Market,
    on: impl Into<Session<'_>>,
) -> Result<Current, LeadsError> {
    let saved = records::policy::latest(on).await?;
    let (version, text) =
        saved.as_ref().map_or((0, LEADS_TOML), |saved| (saved.version, saved.text.as_str()));
    if let Some(known) = leads.models.policy(market, text) {
        return Ok(known);
    }
    let policy = LeadPolicy::from_toml(text).map_err(unreadable)?;
    let current = Current::of(version, Arc::new(policy));
    leads.models.keep_policy(market, text, &current);
    Ok(current)
}

/// A stored text that an older program wrote and this one does not take any more.
fn unreadable(error: crate::policy::LeadPolicyError) -> LeadsError {
    LeadsError::Invalid { field: "policy", message: error.to_string() }
}

#[boxed]
impl Leads {
    /// The policy in force: the latest that the market saved, else the shipped one.
    ///
    /// # Errors
    /// [`LeadsError::Invalid`] when the stored text is of a form that is not read any more, or when the market fails.
    pub async fn policy(&self, market: &Market) -> Result<Arc<LeadPolicy>, LeadsError> {
        Ok(current(self, market).await?.policy)
    }

    /// The text of the policy in force: the latest that was saved, else the shipped one as version 0.
    ///
    /// # Errors
    /// When the market fails.
    pub async fn policy_version(&self, market: &Market) -> Result<LeadPolicyVersion, LeadsError> {
        let saved = records::policy::latest(market.db()).await?;
        Ok(saved.unwrap_or_else(|| LeadPolicyVersion {
            version: 0,
            text: LEADS_TOML.to_owned(),
            note: "ships with the product".to_owned(),
            actor: String::new(),
            saved_at: None,
        }))
    }

    /// Every version that the market saved, the newest first.
    ///
    /// # Errors
    /// When the market fails.
    pub async fn policies(&self, market: &Market) -> Result<Vec<LeadPolicyVersion>, LeadsError> {
        Ok(records::policy::all(market.db()).await?)
    }

    /// Saves a policy, which is in force from then on; its version. The text that is in force already saves nothing.
    ///
    /// A policy with another goal asks another question: models that answered the former one are asked no more, and
    /// the prior rule scores until one has learned the new one.
    ///
    /// # Errors
    /// [`LeadsError::Invalid`] for a text that is wrong, with the place, or when the market fails.
    pub async fn save_policy(
        &self,
        market: &Market,
        text: &str,
        note: &str,
        at: &Moment,
    ) -> Result<u32, LeadsError> {
        let policy = LeadPolicy::from_toml(text).map_err(unreadable)?;
        let mut tx = market.db().begin().await?;
        tx.one_at_a_time("lead policy").await?;
        let latest = records::policy::latest(&mut tx).await?;
        if let Some(latest) = latest.as_ref().filter(|latest| latest.text == text) {
            return Ok(latest.version);
        }
        let version = latest.map_or(1, |latest| latest.version + 1);
        records::policy::add(&mut tx, version, text, note.trim(), &at.actor, at.at()).await?;
        records::model::rescore_all(&mut tx, at.at()).await?;
        let entry =
            NewEntry::new(at.at(), &at.actor, "leads.policy_saved", &format!("lead_policy:{version}"))
                .with("version", version)
                .with("goal", policy.question());
        trail::append(&mut tx, entry);
        tx.commit().await?;
        Ok(version)
    }
}
