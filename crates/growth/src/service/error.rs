use jiff::civil::Date;
use kernel::{Currency, CurrencyMismatch, PolicyKey, Ulid};
use store::StoreError;

use crate::{
    backtest::BacktestError, metrics::ClientId, owner::OwnerError, plan::PlanError, policy::PolicyError,
    projection::ProjectionError, settings::SettingsError,
};

/// Why a use case did nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GrowthError {
    /// Nothing was imported yet.
    #[error("there is no snapshot yet: import a client file first")]
    NoSnapshot,
    /// No such snapshot.
    #[error("there is no snapshot {0}")]
    UnknownSnapshot(Ulid),
    /// No such policy.
    #[error("there is no policy {0}")]
    UnknownPolicy(PolicyKey),
    /// No such client.
    #[error("there is no client `{0}` in any snapshot")]
    UnknownClient(ClientId),
    /// No such owner.
    #[error("there is no owner {0}")]
    UnknownOwner(Ulid),
    /// No such action.
    #[error("there is no action {0}")]
    UnknownAction(Ulid),
    /// No such outcome, or it was withdrawn before.
    #[error("there is no outcome {0} that stands")]
    UnknownOutcome(Ulid),
    /// No such proposition.
    #[error("there is no proposition {0}")]
    UnknownProposition(Ulid),
    /// No row of the source could be taken.
    #[error("none of {rows} rows could be taken; nothing was imported")]
    NothingToImport {
        /// Data rows in the source.
        rows: u64,
    },
    /// The policy cannot be.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The settings cannot be.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The owner cannot be.
    #[error(transparent)]
    Owner(#[from] OwnerError),
    /// Two owners with one e-mail.
    #[error("there is an owner with this e-mail already")]
    OwnerEmailTaken,
    /// An outcome lies in the future.
    #[error("an outcome happened on {occurred_on}, after today, {today}")]
    OutcomeInFuture {
        /// The day given.
        occurred_on: Date,
        /// The day of recording.
        today: Date,
    },
    /// A win without its revenue, or revenue that cannot be.
    #[error("a win needs its added annual revenue, more than zero; a loss has none")]
    OutcomeArr,
    /// A proposition that went out is not changed.
    #[error("this proposition was sent: draft a new one")]
    PropositionSent,
    /// An edited proposition is for somebody else.
    #[error("the edited text is for `{found}`, the proposition for `{expected}`")]
    PropositionClient {
        /// Whose it is.
        expected: ClientId,
        /// Whose the text is.
        found: ClientId,
    },
    /// Amounts of two currencies met.
    #[error(transparent)]
    Currency(#[from] CurrencyMismatch),
    /// Goal and clients are in two currencies.
    #[error("the settings are in {settings}, the snapshot in {snapshot}: change one of them")]
    SettingsCurrency {
        /// The settings' currency.
        settings: Currency,
        /// The snapshot's.
        snapshot: Currency,
    },
    /// The projection cannot be made.
    #[error(transparent)]
    Projection(#[from] ProjectionError),
    /// The posterior cannot be made.
    #[error("the policy's posterior section gives no belief: {0}")]
    Posterior(#[from] finance::BetaError),
    /// The back-test makes no sense.
    #[error(transparent)]
    Backtest(#[from] BacktestError),
    /// The plan cannot be made.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The week has no such hours.
    #[error("an action takes between 0 and 168 hours, not {0}")]
    ActionHours(f64),
    /// A worker ended early.
    #[error("the work was interrupted")]
    Interrupted,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
