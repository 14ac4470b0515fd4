//! `ehub growth policy diff`: what a draft would change, client by client, before it is saved.

use clap::Args;
use growth::{
    assessment::{ReadinessLevel, Tier},
    metrics::ClientId,
    movement::ClientMovement,
    whatif::{self, PolicyDiff, PolicyEffect},
};

use crate::{
    exit::{During, Outcome},
    growth::{
        base::{Base, BaseArgs},
        constants,
    },
    output::{Answer, Output},
    table::{Align, Cell, Table, grouped},
};

/// Which draft, against what, on which clients.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct DiffArgs {
    /// The draft: a shipped policy's name, or the path of a TOML file
    draft: String,
    #[command(flatten)]
    base: BaseArgs,
}

const EXAMPLES: &str = "\
Examples:
  ehub growth policy diff my-policy.toml --clients clients.csv
  ehub growth policy diff my-policy.toml                 the hub's latest snapshot, against its active policy
  ehub growth policy diff legacy --clients clients.csv --policy framework";

/// Assesses under both and reports who moves.
pub fn run(args: &DiffArgs, out: &Output) -> Outcome {
    let draft = constants::policy(&args.draft)?;
    let base = Base::load(&args.base, out)?;
    let diff = whatif::preview(&base.clients, &base.policy, &draft, base.as_of).during(format_args!(
        "compare {} with {}",
        draft.key(),
        base.policy.key()
    ))?;
    let name = |id: &ClientId| base.clients.iter().find(|client| client.client_id == *id);
    let mut table = Table::new(&[
        ("client_id", Align::Left),
        ("client_name", Align::Left),
        ("score_before", Align::Right),
        ("score_after", Align::Right),
        ("level_before", Align::Left),
        ("level_after", Align::Left),
        ("tier_before", Align::Left),
        ("tier_after", Align::Left),
        ("most", Align::Left),
    ]);
    for moved in &diff.movement.changed {
        let ClientMovement { client_id, score, level, tier, factors, .. } = moved;
        table.row(vec![
            Cell::text(client_id),
            Cell::maybe(name(client_id), |client| Cell::text(&client.client_name)),
            Cell::number(score.before, 1),
            Cell::number(score.after, 1),
            Cell::text(level.before.id()),
            Cell::text(level.after.id()),
            Cell::text(tier.before.id()),
            Cell::text(tier.after.id()),
            Cell::maybe(factors.first(), |factor| {
                Cell::text(format_args!("{} {:+.1}", factor.name, factor.delta))
            }),
        ]);
    }
    let PolicyDiff { live, draft, movement } = &diff;
    for effect in [live, draft] {
        table.note(sentence(effect));
    }
    table.note(format!(
        "{} clients change level or tier, {} do not move at all.",
        diff.reclassified(),
        movement.unchanged
    ));
    out.answer(&Answer { json: &diff, table })?;
    Ok(base.status())
}

/// "framework v1: mean score 61.2; ready now 7, ...; weighted ARR 612,345".
fn sentence(effect: &PolicyEffect) -> String {
    let levels = ReadinessLevel::ALL
        .iter()
        .map(|level| format!("{} {}", level.label().to_lowercase(), effect.levels.get(level).unwrap_or(&0)));
    let tiers = Tier::ALL
        .iter()
        .map(|tier| format!("{}: {}", tier.label().to_lowercase(), effect.tiers.get(tier).unwrap_or(&0)));
    format!(
        "{}: mean score {}; {}; {}; weighted ARR {}",
        effect.policy,
        effect.mean_score.map_or_else(|| "-".to_owned(), |mean| grouped(mean, 1)),
        levels.collect::<Vec<_>>().join(", "),
        tiers.collect::<Vec<_>>().join(", "),
        grouped(effect.weighted_arr.to_f64(), 0)
    )
}
