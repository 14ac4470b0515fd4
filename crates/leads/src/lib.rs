//! Leads: who is worth a call now and why, who should make it, and whether a message may be sent at all.
//!
//! ```no_run
//! # async fn story(contacts: contacts::Contacts, market: markets::Market, ana: kernel::PersonId, at: kernel::Moment)
//! # -> Result<(), leads::LeadsError> {
//! use contacts::Sight;
//! use leads::{BoardQuery, Leads, timeline::{Entry, Happening, What}};
//!
//! let leads = Leads::new(contacts);
//! let what = What::ListingView { listing: "mls-7".into(), price: Some(480_000) };
//! leads.tell(&market, ana, vec![Entry::told("view-1", at.at(), Happening { at: at.at(), what })], &at).await?;
//! // What a worker does, again and again:
//! leads.score_due(&market, at.now, 1_000).await?;
//! for row in leads.board(&market, Sight::All, &BoardQuery::default()).await?.rows {
//!     println!("{:?}: {}", row.contact.id, row.reasons[0]);
//! }
//! # Ok(()) }
//! ```
//!
//! **Flow.** Events become a [`timeline`]; the timeline as of a moment becomes [`features`], a [`score`] and its reasons,
//! by the published [`prior`] until a market has outcomes enough for a model ([`learning`]); its [`band`] says whether the
//! team can get to it; the score and the team's rules become a [`routing`] decision; and nothing goes out to anybody before
//! the gate has judged it: opt-outs ([`optout`]), do-not-call, calling hours ([`calling_hours`]), frequency and wording
//! ([`wording`]), in the order of [`gate`]. [`Leads`] keeps all of it in a market: every contact is a lead, whose changes are
//! heard of in their own transactions, and who listens ([`ScoreWitness`], [`RouteWitness`], [`OptOutWitness`]) hears in
//! the same transaction.
//!
//! **Invariants.** The public modules are pure: values in, values out, no I/O, no clock, no chance; time and zone are
//! arguments. What is told of people, and what is said of them, is sealed under their keys and goes with them. Unknown is
//! not yes: a fact that is missing never lets a message out. Nothing that happened or became known after the moment asked
//! of changes an answer, and no feature tells who somebody is. Rules and keywords are data in `data/leads` and `policies`,
//! each with its source.
//!
//! **To add** a keyword, a phrase, an hour or a word: a row in the data with its source, and a case beside it. A
//! feature: a line in `features/catalogue.rs` and its value in `features/row.rs`; what it means before there is a model, a
//! factor in `policies/leads_prior.toml`. A table: a migration, its rule and what an erasure removes in the `Part` of
//! `records.rs` that it belongs to.

mod channel;
mod error;
mod records;
mod service;
mod share;
mod text;

pub mod band;
pub mod calling_hours;
pub mod features;
pub mod gate;
pub mod learning;
pub mod optout;
pub mod overlay;
pub mod place;
pub mod policy;
pub mod prior;
pub mod reach;
pub mod routing;
pub mod score;
pub mod timeline;
pub mod wording;

pub use channel::Channel;
pub use error::LeadsError;
pub use place::{State, StateError};
pub use records::SCHEMA;
pub use service::{
    Leads,
    agents::{AgentSettings, AgentView, WEIGHT_MAX, WorkingDay},
    board::{BOARD_PAGE_MAX, BoardPage, BoardQuery, BoardSort, LeadRow, REASONS_SHOWN},
    compliance::{Draft, Judgement},
    contacting::{OFFERS_MAX, OfferView, SpeedReport, Timing},
    drifting::Seen,
    exporting::{Export, ExportManifest, ExportedList, ListManifest},
    facts::{
        A2pStanding, Basis, BasisKind, Fact, NewBasis, Reach, Reachability, SCRUBBED_MAX, ScrubReport, ToldBy,
    },
    gate_log::{GATE_PAGE_MAX, GateEntry, GateFigure, GatePage, GateQuery, GateRecord, OutcomeKind, WhyNot},
    importing::{IMPORT_ROWS_MAX, LeadImport},
    judging::{Judged, ModelStep},
    ledger::Addresses,
    models::{BandFairness, KindView, ModelRecord, ModelsView, Switch, TrainingReport},
    offers::{OFFERS_PAGE_MAX, OfferEntry, OfferPage, OfferQuery, OfferStanding},
    optouts::telling::{OptOutTelling, OptOutWitness, ToldOptOut},
    optouts::{ChannelStanding, Inbound, OPT_OUTS_MAX, OptOut, OptOutEntry, OptOutImport, REASON_CHARS_MAX},
    overriding::ScoreOverride,
    routing::{Dismissed, RouteTelling, RouteWitness, Routed, RoutedReport, RoutedWhat},
    scoring::{ScoreTelling, ScoreWitness, ScoredReport, ToldScore},
    training::Trained,
    viewing::{LeadView, PastScore},
};
