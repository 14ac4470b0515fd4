//! `ehub growth assess`: who is ready to buy more, how likely, how much, and why.

use clap::Args;
use growth::{
    assess::assess,
    assessment::{Assessment, ReadinessLevel, Tier},
    metrics::ClientMetrics,
    policy::Policy,
    ranking,
    report::AssessmentView,
};
use jiff::civil::Date;
use kernel::{Notice, PolicyKey, Rejection};
use serde::Serialize;

use super::base::{Base, BaseArgs};
use crate::{
    exit::Outcome,
    output::{Answer, Format, Output},
    progress,
    table::{Align, Cell, Table},
};

/// Which clients, as of when, with which constants.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct AssessArgs {
    #[command(flatten)]
    base: BaseArgs,
    /// Only the N best opportunities that pass the policy's gates, best first
    #[arg(long, value_name = "N")]
    top: Option<usize>,
}

const EXAMPLES: &str = "\
Examples:
  ehub growth assess --clients clients.csv
  ehub growth assess --clients clients.xlsx --top 20 --as-of 2026-01-19
  ehub growth assess --clients - --format json < clients.ndjson
  ehub growth assess --clients clients.csv --policy my-policy.toml --format csv > assessments.csv
  ehub growth assess --top 20                        the hub's latest snapshot, as imported
  ehub growth assess --profile ravenstack --dir data/ravenstack --as-of 2024-06-30

Exit status: 0 all good, 2 some rows rejected, 1 nothing done.";

/// The answer for programs.
#[derive(Serialize)]
struct Report<'a> {
    policy: &'a PolicyKey,
    as_of: Date,
    assessments: Vec<Named<'a>>,
    rejected: &'a [Rejection],
    warnings: &'a [Notice],
}

/// An assessment with the client's name beside its identifier.
#[derive(Serialize)]
struct Named<'a> {
    client_name: &'a str,
    #[serde(flatten)]
    assessment: AssessmentView<'a>,
}

/// Clients assessed between two steps of the progress bar.
const STEP: usize = 4096;

/// Reads, assesses and reports.
pub fn run(args: &AssessArgs, out: &Output) -> Outcome {
    let base = Base::load(&args.base, out)?;
    let Base { policy, as_of, clients, .. } = &base;

    let bar = progress::bar("assessing", clients.len(), out.quiet());
    let mut assessments = Vec::with_capacity(clients.len());
    for chunk in clients.chunks(STEP) {
        assessments.extend(chunk.iter().map(|client| assess(client, policy, *as_of)));
        bar.inc(chunk.len() as u64);
    }
    bar.finish_and_clear();

    let pairs: Vec<_> = clients.iter().zip(&assessments).collect();
    let chosen = choose(&pairs, policy, args.top, out.format());
    let json = Report {
        policy: policy.key(),
        as_of: *as_of,
        assessments: chosen
            .iter()
            .map(|(client, assessment)| Named {
                client_name: &client.client_name,
                assessment: assessment.view(),
            })
            .collect(),
        rejected: &base.rejected,
        warnings: &base.notices,
    };
    let mut table = table(&chosen);
    table.note(summary(&assessments, policy, *as_of));
    out.answer(&Answer { json, table })?;
    Ok(base.status())
}

type Pair<'a> = (&'a ClientMetrics, &'a Assessment);

/// The ranked best when asked for; else everybody, in the file's order for programs, by priority for people.
fn choose<'a>(pairs: &[Pair<'a>], policy: &Policy, top: Option<usize>, format: Format) -> Vec<Pair<'a>> {
    if let Some(limit) = top {
        return ranking::top(pairs, policy, limit).iter().map(|ranked| pairs[ranked.index]).collect();
    }
    let mut chosen = pairs.to_vec();
    if format == Format::Table {
        chosen.sort_by(|(_, one), (_, two)| {
            two.priority
                .total_cmp(&one.priority)
                .then(two.success_probability.total_cmp(&one.success_probability))
        });
    }
    chosen
}

fn table(chosen: &[Pair<'_>]) -> Table {
    let mut table = Table::new(&[
        ("client_id", Align::Left),
        ("client_name", Align::Left),
        ("readiness", Align::Right),
        ("level", Align::Left),
        ("coverage", Align::Right),
        ("tier", Align::Left),
        ("potential_arr", Align::Right),
        ("probability", Align::Right),
        ("close_days", Align::Right),
        ("priority", Align::Right),
        ("offer", Align::Left),
        ("next_action", Align::Left),
    ]);
    for (client, assessment) in chosen {
        let offer: Vec<_> = assessment.vehicles.iter().map(|vehicle| vehicle.id.as_str()).collect();
        table.row(vec![
            Cell::text(&client.client_id),
            Cell::text(&client.client_name),
            Cell::number(assessment.readiness.score, 1),
            Cell::text(assessment.readiness.level.id()),
            Cell::percent(assessment.readiness.coverage, 0),
            Cell::text(assessment.tier.id()),
            Cell::number(assessment.potential_arr.to_f64(), 0),
            Cell::percent(assessment.success_probability, 0),
            Cell::number(assessment.close_days.into(), 0),
            Cell::number(assessment.priority, 1),
            if offer.is_empty() { Cell::none() } else { Cell::text(offer.join(";")) },
            Cell::text(assessment.next_action.id()),
        ]);
    }
    table
}

/// "61 clients as of 2026-01-19 under framework v1: ready now 9, ...; tier 1 7, ...".
fn summary(assessments: &[Assessment], policy: &Policy, as_of: Date) -> String {
    let levels: Vec<_> = ReadinessLevel::ALL
        .iter()
        .map(|level| {
            let count = assessments.iter().filter(|one| one.readiness.level == *level).count();
            format!("{} {count}", level.label().to_lowercase())
        })
        .collect();
    let tiers: Vec<_> = Tier::ALL
        .iter()
        .map(|tier| {
            let count = assessments.iter().filter(|one| one.tier == *tier).count();
            format!("{}: {count}", tier.label().to_lowercase())
        })
        .collect();
    format!(
        "{} clients as of {as_of} under {}: {}; {}",
        assessments.len(),
        policy.key(),
        levels.join(", "),
        tiers.join(", ")
    )
}
