//! `ehub growth plan`: the 30/60/90-day plan.

mod owner;
mod show;

use clap::{Args, Subcommand, ValueEnum};
use growth::{
    plan::{ActionStatus, OwnerId},
    plan_record::ActionEdit,
    service::PlanRequest,
};
use jiff::civil::Date;
use kernel::Ulid;

use crate::{
    clock,
    config::StoreArgs,
    exit::{During, Outcome, Status},
    hub::{self, Hub},
    output::Output,
    progress,
};

/// What to do with the plan.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct PlanArgs {
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  ehub growth plan owner add 'Ana Ortiz' ana@example.org --hours 12
  ehub growth plan generate
  ehub growth plan show --open";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make a plan from the latest snapshot and the owners' hours; work that was begun stays
    #[command(after_help = GENERATE)]
    Generate(GenerateArgs),
    /// Show the current plan
    #[command(after_help = SHOW)]
    Show(ShowArgs),
    /// Change an action: tick it off, move it, give it to somebody else
    #[command(after_help = SET)]
    Set(SetArgs),
    /// The people who work on opportunities, and their hours
    Owner(owner::OwnerArgs),
}

const GENERATE: &str = "\
Examples:
  ehub growth plan generate
  ehub growth plan generate --start 2026-02-02 --days 60
  ehub growth plan owner add 'Ana Ortiz' ana@example.org --hours 12     owners come first";

const SHOW: &str = "\
Examples:
  ehub growth plan show
  ehub growth plan show --open --owner ana@example.org
  ehub growth plan show --format csv > plan.csv";

const SET: &str = "\
Examples:
  ehub growth plan set 01KA7Q4W6Z9X8Y7V6T5S4R3Q2P --status done
  ehub growth plan set 01KA7Q4W6Z9X8Y7V6T5S4R3Q2P --due 2026-02-09 --note 'Asked for a week'";

#[derive(Debug, Args)]
struct GenerateArgs {
    /// First day [default: today]
    #[arg(long, value_name = "DATE")]
    start: Option<Date>,
    /// Length in days
    #[arg(long, value_name = "N", default_value_t = 90)]
    days: u32,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Args)]
struct ShowArgs {
    #[command(flatten)]
    filter: show::Filter,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Args)]
struct SetArgs {
    /// The action's identifier, as `show` prints it
    action: Ulid,
    #[command(flatten)]
    change: Change,
    #[command(flatten)]
    store: StoreArgs,
}

/// What changes; the rest stays.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct Change {
    /// Where it stands
    #[arg(long, value_enum)]
    status: Option<StatusName>,
    /// Who does it: an owner's e-mail
    #[arg(long, value_name = "EMAIL")]
    owner: Option<String>,
    /// Until when
    #[arg(long, value_name = "DATE")]
    due: Option<Date>,
    /// Effort in hours
    #[arg(long, value_name = "N")]
    hours: Option<f64>,
    /// A remark
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum StatusName {
    Planned,
    Doing,
    Done,
    Skipped,
}

impl From<StatusName> for ActionStatus {
    fn from(name: StatusName) -> Self {
        match name {
            StatusName::Planned => Self::Planned,
            StatusName::Doing => Self::Doing,
            StatusName::Done => Self::Done,
            StatusName::Skipped => Self::Skipped,
        }
    }
}

/// Runs the verb.
pub fn run(args: &PlanArgs, out: &Output) -> Outcome {
    hub::block_on(async {
        match &args.verb {
            Verb::Generate(args) => generate(args, out).await,
            Verb::Show(args) => {
                let hub = Hub::open(&args.store.load(args.store.layer())?).await?;
                show::current(&hub, &args.filter, out).await
            }
            Verb::Set(args) => set(args, out).await,
            Verb::Owner(args) => owner::run(args, out).await,
        }
    })
}

async fn generate(args: &GenerateArgs, out: &Output) -> Outcome {
    let hub = Hub::open(&args.store.load(args.store.layer())?).await?;
    let request = PlanRequest { starts_on: args.start, horizon_days: args.days };
    let spinner = progress::spinner("weighing opportunities against hours", out.quiet());
    let made = hub.growth.generate_plan(&request, &clock::moment()?).await;
    spinner.finish_and_clear();
    made.during("make a plan")?;
    show::current(&hub, &show::Filter::default(), out).await
}

async fn set(args: &SetArgs, out: &Output) -> Outcome {
    let hub = Hub::open(&args.store.load(args.store.layer())?).await?;
    let owner = match &args.change.owner {
        Some(email) => Some(OwnerId::new(owner::by_email(&hub, email).await?.id.to_string())),
        None => None,
    };
    let edit = ActionEdit {
        status: args.change.status.map(ActionStatus::from),
        owner,
        due: args.change.due,
        hours: args.change.hours,
        note: args.change.note.clone(),
    };
    let changed = hub
        .growth
        .update_action(args.action, &edit, &clock::moment()?)
        .await
        .during(format_args!("change the action {}", args.action))?;
    show::actions(&hub, vec![changed], out).await?;
    Ok(Status::Done)
}
