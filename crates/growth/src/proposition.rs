//! The value proposition for one client: what its figures show, what answers that, what it costs and
//! what it has to bring, whose experience supports it, and what happens next.
//!
//! ```
//! use growth::{assess::assess, metrics::ClientMetrics, policy::Policy};
//! use growth::proposition::{Format, Sender, propose, render};
//!
//! let client: ClientMetrics = serde_json::from_value(serde_json::json!({
//!     "client_id": "b-1", "client_name": "Bayview Realty",
//!     "current_arr": { "amount": "24000", "currency": "USD" },
//!     "current_mrr": { "amount": "2000", "currency": "USD" },
//!     "satisfaction_score": 4.2, "usage_intensity": 0.7, "usage_derived": false, "upsell_history": [],
//! }))?;
//! let (policy, as_of) = (Policy::framework(), jiff::civil::date(2026, 1, 19));
//! let assessment = assess(&client, &policy, as_of);
//! let proposition = propose(&client, &assessment, &policy, &[], as_of, &Sender::default());
//! let letter = render(&proposition, Format::Text)?;
//! assert!(letter.bytes.starts_with(b"Subject: "));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Flow.** metrics + assessment + policy + [`CommercialPolicy`] -> sections of blocks, every number of
//! which is a [`Fact`] -> (a person may edit the sections) -> [`render`].
//!
//! **Invariants.** Text takes its numbers from facts only, and a fact is an input, a policy constant or
//! a stated calculation. Success stories come from documented clients of the same data. Urgency comes
//! from dates and growth in the data. What cannot be said truthfully is absent, never padded.
//!
//! **To add a section**: a key in [`SectionKey`], a file beside this one that returns
//! `Option<Section>`, a line in [`Brief::propose`]. To add a kind of block: [`Block`] and each renderer.

mod account;
mod block;
mod commercial;
mod evidence;
mod figures;
mod findings;
mod offer;
mod render;
mod returns;
mod steps;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::civil::Date;
use kernel::{Currency, PolicyKey};
use serde::{Deserialize, Serialize};

pub use self::{
    block::{Block, Column, Finding, Measure, Point, Question, Section, SectionKey, Step},
    commercial::{
        CommercialPolicy, CommercialPolicyError, Discount, FindingRule, Objection, StepRule, StoryNames,
        VehicleText,
    },
    figures::Fact,
    render::{Format, RenderError, Rendered, render},
};
use self::{figures::Figures, offer::Scope};
use crate::{
    assessment::Assessment,
    metrics::{ClientId, ClientMetrics},
    policy::{Policy, Values},
};

/// Who sends the proposition. What is not known is left out of every rendering.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sender {
    /// The operator's name, shown as the brand.
    pub operator: Option<String>,
    /// The person.
    pub name: Option<String>,
    /// The person's role.
    pub role: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
}

/// A proposition: sections that a person can edit, and the facts behind their numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposition {
    /// The client.
    pub client_id: ClientId,
    /// Its name.
    pub client_name: Arc<str>,
    /// The day it speaks of.
    pub as_of: Date,
    /// The policy behind assessment and prices.
    pub policy: PolicyKey,
    /// The commercial policy behind terms and texts.
    pub commercial: PolicyKey,
    /// The currency of its amounts.
    pub currency: Currency,
    /// Title without the client's name (`Growth proposal`).
    pub title: String,
    /// Subject line of the e-mail.
    pub subject: String,
    /// Who sends it.
    pub sender: Sender,
    /// Sections in reading order; one without content is absent.
    pub sections: Vec<Section>,
    /// Every number in the sections as they were generated.
    pub facts: Vec<Fact>,
}

impl Proposition {
    /// The section with this key.
    pub fn section(&self, key: SectionKey) -> Option<&Section> {
        self.sections.iter().find(|section| section.key == key)
    }
}

/// Everything a proposition is written from.
#[derive(Clone, Copy, Debug)]
pub struct Brief<'a> {
    /// The client.
    pub client: &'a ClientMetrics,
    /// What the policy says of it.
    pub assessment: &'a Assessment,
    /// The policy that said it.
    pub policy: &'a Policy,
    /// What may be said, under which numbers.
    pub commercial: &'a CommercialPolicy,
    /// All clients of the snapshot, for success stories.
    pub peers: &'a [ClientMetrics],
    /// The day of the proposition.
    pub as_of: Date,
    /// Who sends it.
    pub sender: &'a Sender,
}

/// The proposition for a client under the commercial policy that ships; [`Brief::propose`] takes another.
pub fn propose(
    client: &ClientMetrics,
    assessment: &Assessment,
    policy: &Policy,
    peers: &[ClientMetrics],
    as_of: Date,
    sender: &Sender,
) -> Proposition {
    let commercial = &CommercialPolicy::standard();
    Brief { client, assessment, policy, commercial, peers, as_of, sender }.propose()
}

impl Brief<'_> {
    /// Writes the proposition. Pure: the same brief gives the same proposition.
    pub fn propose(&self) -> Proposition {
        let mut figures = Figures::new(self.client.current_arr.currency());
        let figures = &mut figures;
        figures.date("Day of this proposition", self.as_of, "as-of date");
        let values = Values::of(self.client, self.as_of);
        let scope = Scope::of(self);

        let situation = account::situation(self, &values, figures);
        let findings = findings::section(self, &values, &scope, figures);
        let offer = offer::section(self, &values, &scope, figures);
        let investment = returns::section(self, &values, &scope, figures);
        let evidence = evidence::section(self, &values, figures);
        let urgency = account::urgency(self, figures);
        let steps = steps::section(self, figures);
        let questions = offer::questions(self, &scope);
        let terms = offer::terms(self, &values, &scope, figures);
        let summary = account::summary(self, &values, &scope, figures);

        let title = if scope.is_empty() { "Account review" } else { "Growth proposal" }.to_owned();
        Proposition {
            client_id: self.client.client_id.clone(),
            client_name: self.client.client_name.clone(),
            as_of: self.as_of,
            policy: self.policy.key().clone(),
            commercial: PolicyKey { name: self.commercial.name.clone(), version: self.commercial.version },
            currency: self.client.current_arr.currency(),
            subject: format!("{title} for {}", self.client.client_name),
            title,
            sender: self.sender.clone(),
            sections: [
                Some(summary),
                situation,
                findings,
                offer,
                investment,
                evidence,
                urgency,
                steps,
                questions,
                terms,
            ]
            .into_iter()
            .flatten()
            .collect(),
            facts: figures.clone().into_facts(),
        }
    }

    /// `framework v1: what`, as a source.
    fn policy_source(&self, what: &str) -> String {
        format!("{} policy v{}: {what}", self.policy.key().name, self.policy.key().version)
    }
}
