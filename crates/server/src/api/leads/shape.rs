//! What the endpoints of leads send and what some of them take.

mod agent;
mod gate;
mod lead;
mod model;
mod offer;
mod reach;
mod timeline;
mod words;

pub use agent::{LeadAgent, LeadAgentSettings};
pub use gate::{GateDecision, GateFigure, GateLog, GateRecord, LeadWhyNot};
pub use lead::{LeadDetail, LeadExportManifest, Leads, Override, PastScore};
pub use model::{LeadModelTrained, LeadModels};
pub use offer::{LeadFairness, LeadOffer, LeadOfferLog, LeadSpeed};
pub use reach::LeadReachability;
pub use timeline::{Happened, Timeline, TimelineEntry};
pub use words::{
    A2pWord, BandWord, BasisWord, ChannelWord, OutcomeWord, SourceWord, StepWord, ToldByWord, word,
};
