//! The client base that a verb works on, with the policy and the day: from a file, from raw records, or the
//! hub's latest snapshot.

use std::sync::Arc;

use clap::Args;
use growth::{BoardQuery, metrics::ClientMetrics, policy::Policy, proposition::Sender};
use jiff::civil::Date;
use kernel::{Notice, Rejection};

use super::constants;
use crate::{
    clock,
    config::StoreArgs,
    exit::{During, Outcome, Status},
    hub::{self, Hub},
    output::Output,
    source::{self, ClientsArgs},
};

/// Which clients, as of when, under which policy.
#[derive(Debug, Args)]
pub struct BaseArgs {
    #[command(flatten)]
    clients: ClientsArgs,
    /// Policy to use: framework, legacy, or the path of a TOML file [default: framework; of the hub: the active one]
    #[arg(long, value_name = "NAME|PATH")]
    policy: Option<String>,
    /// The day to speak of [default: today; of the hub: the snapshot's]
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    #[command(flatten)]
    store: StoreArgs,
}

/// Clients, with the policy and the day to assess them by.
pub struct Base {
    /// The constants.
    pub policy: Policy,
    /// The day.
    pub as_of: Date,
    /// The clients, in the source's order.
    pub clients: Arc<[ClientMetrics]>,
    /// The rows that were not taken.
    pub rejected: Vec<Rejection>,
    /// What was noticed about rows that were.
    pub notices: Vec<Notice>,
    /// Who sends propositions, as the hub has it.
    pub sender: Sender,
}

impl Base {
    /// Reads what the arguments name, and tells about rows that were not taken.
    ///
    /// # Errors
    /// When nothing at all can be read.
    pub fn load(args: &BaseArgs, out: &Output) -> Outcome<Self> {
        if args.clients.names_something() {
            Self::read(args, out)
        } else {
            hub::block_on(Self::remembered(args))
        }
    }

    fn read(args: &BaseArgs, out: &Output) -> Outcome<Self> {
        let policy = constants::policy(args.policy.as_deref().unwrap_or(constants::DEFAULT))?;
        let as_of = args.as_of.unwrap_or_else(clock::today);
        let imported = source::read(&args.clients, as_of, out)?.imported;
        out.rows(&imported.rejected, &imported.notices);
        Ok(Self {
            policy,
            as_of,
            clients: imported.clients.into(),
            rejected: imported.rejected,
            notices: imported.notices,
            sender: Sender::default(),
        })
    }

    async fn remembered(args: &BaseArgs) -> Outcome<Self> {
        let policy = args.policy.as_deref().map(constants::policy).transpose()?;
        let hub = Hub::open(&args.store.load(args.store.layer())?).await?;
        let board = hub.growth.board(BoardQuery::default()).await.during("use the hub's latest snapshot")?;
        Ok(Self {
            policy: policy.unwrap_or_else(|| board.policy.clone()),
            as_of: args.as_of.unwrap_or(board.snapshot.as_of),
            clients: board.clients.clone(),
            rejected: Vec::new(),
            notices: Vec::new(),
            sender: board.settings.sender.clone(),
        })
    }

    /// The status that the rows deserve.
    pub fn status(&self) -> Status {
        source::status(self.clients.len(), self.rejected.len())
    }
}
