//! `ehub leads train`: a model of a market's own outcomes, or of the columns of a file.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use clap::Args;
use kernel::{MarketName, Notice, Rejection};
use leads::{LeadsError, Trained, learning::Kind};
use learn::{
    evaluate::{Estimate, Figure, report::Findings},
    fairness::names::{self, Purpose},
    registry::{Content, Lineage, Measured, ModelFile},
    study::{SplitBy, Study, study},
};
use ring::digest::{SHA256, digest};
use serde::Serialize;

use super::{Subject, SubjectArgs, entered, file::QuestionArgs};
use crate::{
    clock,
    config::StoreArgs,
    exit::{During, Failure, Outcome, Status},
    output::{Answer, Output},
    progress, source,
    table::{Align, Cell, Table},
};

const EXAMPLES: &str = "\
Examples:
  ehub leads train --market alpha
  ehub leads train --market alpha --kind cold
  ehub leads train --data leads.csv --target Converted --drop \"Tags,Close reason\" --to leads.ehmodel

Of a market: its leads and what became of them, once 200 of either end are known; the model predicts beside the rule in
force until a running hub has judged it. Of a file: a model for `ehub leads score`. Columns that say, or stand in for, who
somebody is are refused by name: leave them out with --drop.";

/// What to learn from.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct TrainArgs {
    #[command(flatten)]
    subject: SubjectArgs,
    /// Of a market, which question: goal (whether a lead reaches it) or cold (whether an active one falls silent)
    #[arg(long, value_name = "KIND", default_value = "goal")]
    kind: Kind,
    /// The column that says what became of each row
    #[arg(long, value_name = "COLUMN", required_unless_present = "market", conflicts_with = "market")]
    target: Option<String>,
    /// Where to write the model
    #[arg(long, value_name = "MODEL", required_unless_present = "market", conflicts_with = "market")]
    to: Option<PathBuf>,
    #[command(flatten)]
    question: QuestionArgs,
}

/// Trains and says what the model is worth.
pub async fn run(args: &TrainArgs, out: &Output) -> Outcome {
    match (args.subject.subject()?, &args.target, &args.to) {
        (Subject::Market(market, store), ..) => of_market(args.kind, market, &store, out).await,
        (Subject::File(data), Some(target), Some(to)) => of_file(args, data, target, to, out),
        (Subject::File(_), ..) => Err(Failure::new("a file says neither what to learn nor where to keep it")
            .advise("give --target and --to")),
    }
}

async fn of_market(kind: Kind, name: &MarketName, store: &StoreArgs, out: &Output) -> Outcome {
    let (hub, market) = entered(store, name).await?;
    let spinner = progress::spinner("training", out.quiet());
    let trained = hub.leads.train(&market, kind, &clock::moment()?).await;
    spinner.finish_and_clear();
    hub.close().await;
    let trained = match trained {
        Err(LeadsError::NotEnough { positive, negative, needed }) => {
            return Err(Failure::new(format_args!(
                "there are {positive} leads of one end and {negative} of the other, and a {kind} model needs {needed} of each"
            ))
            .advise("until then the published prior rule answers; `ehub leads import` brings what happened before"));
        }
        trained => trained.during(format_args!("train a {kind} model of {name}"))?,
    };
    let table = worth(&trained);
    out.answer::<Trained>(&Answer { json: trained, table })?;
    Ok(Status::Done)
}

fn worth(trained: &Trained) -> Table {
    let mut table = Table::new(&[
        ("figure", Align::Left),
        ("value", Align::Right),
        ("from", Align::Right),
        ("to", Align::Right),
    ]);
    let Findings::Chances(findings) = &trained.report.findings else { return table };
    let figures = &findings.figures;
    for (name, figure) in [
        ("auc", figures.auc),
        ("log_loss", figures.log_loss),
        ("brier", figures.brier),
        ("ece", figures.ece),
        ("average_precision", figures.average_precision),
    ] {
        let end = |end: fn(&Estimate) -> Option<f64>| match figure {
            Figure::Known(estimate) => Cell::maybe(end(&estimate), |value| Cell::number(value, 4)),
            Figure::Insufficient(_) => Cell::none(),
        };
        let value = Cell::maybe(figure.value(), |value| Cell::number(value, 4));
        let from = end(|estimate| estimate.interval.map(|interval| interval.lower));
        let to = end(|estimate| estimate.interval.map(|interval| interval.upper));
        table.row(vec![Cell::text(name), value, from, to]);
    }
    let rate = figures
        .base_rate
        .map_or_else(String::new, |rate| format!(", {:.1} % of which came about", 100.0 * rate));
    table.note(format!(
        "{} model {}: {}. Trained on {} rows, judged on {}{rate}.",
        trained.kind, trained.version, trained.question, trained.lineage.trained_rows, figures.rows
    ));
    table
        .note("It predicts beside the rule or model in force; a running hub tries it and lets it take over.");
    table
}

/// The answer of a file, for programs.
#[derive(Serialize)]
struct Written {
    model: PathBuf,
    bytes: usize,
    lineage: Lineage,
    rejected: Vec<Rejection>,
    notices: Vec<Notice>,
}

fn of_file(args: &TrainArgs, data: &Path, target: &str, to: &Path, out: &Output) -> Outcome {
    let (inferred, mut rejected) = args.question.read(data)?;
    let frame = &inferred.rows.frame;
    let question = args.question.about(target);
    let by = match &question.split {
        SplitBy::Chance => None,
        SplitBy::Time(column) | SplitBy::Group(column) => Some(column.as_str()),
    };
    let learned_from = frame.schema().columns.iter().filter(|column| {
        let name = column.name.as_str();
        column.left_out.is_none()
            && name != target
            && by != Some(name)
            && !question.dropped.iter().any(|dropped| dropped == name)
    });
    if let Err(refused) = names::refuse(learned_from.map(|column| column.name.as_str()), Purpose::People) {
        let columns: Vec<&str> = refused.findings.iter().map(|finding| finding.column.as_str()).collect();
        return Err(Failure::new(&refused)
            .advise(format_args!("leave them out with --drop \"{}\"", columns.join(","))));
    }
    let spinner = progress::spinner("training", out.quiet());
    let studied = study(frame, &question);
    spinner.finish_and_clear();
    let studied = args.question.judged(studied, format_args!("learn from {}", source::named(data)))?;
    rejected.extend(inferred.rows.rejections.iter().cloned());
    let mut notices = inferred.notices.clone();
    notices.extend(studied.notices.iter().cloned());
    let status = source::status(inferred.rows.numbers.len(), rejected.len());
    let lineage = lineage(data, target, &question.split, question.seed, &studied)?;
    let file = ModelFile {
        content: Content::Chances(Box::new(studied.model)),
        others: BTreeMap::new(),
        intervals: None,
        lineage,
    };
    let bytes = file.to_bytes().during("write the model")?;
    std::fs::write(to, &bytes).during(format_args!("write {}", to.display()))?;
    out.rows(&rejected, &notices);
    let mut table = Table::new(&[("figure", Align::Left), ("value", Align::Right), ("rows", Align::Right)]);
    for measured in &file.lineage.measured {
        let rows = Cell::number(measured.rows as f64, 0);
        table.row(vec![Cell::text(&measured.name), Cell::number(measured.estimate.value, 4), rows]);
    }
    table.note(format!("{} is written; `ehub leads score --model {0} --data FILE` uses it.", to.display()));
    let written =
        Written { model: to.to_owned(), bytes: bytes.len(), lineage: file.lineage, rejected, notices };
    out.answer(&Answer { json: written, table })?;
    Ok(status)
}

fn lineage(data: &Path, target: &str, split: &SplitBy, seed: u64, studied: &Study) -> Outcome<Lineage> {
    // Standard input was read to its end already.
    let hash = if data == Path::new("-") {
        String::new()
    } else {
        let bytes = source::bytes(data)?;
        digest(&SHA256, &bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let test = studied.test;
    let measured = |(name, value): (&str, Option<f64>)| {
        Some(Measured {
            name: name.to_owned(),
            estimate: Estimate { value: value?, interval: None },
            rows: test.rows as u64,
            base_rate: (test.rows > 0).then(|| test.positives as f64 / test.rows as f64),
        })
    };
    let figures = [
        ("auc", test.auc),
        ("log_loss", test.log_loss),
        ("brier", test.brier),
        ("ece", test.ece),
        ("average_precision", test.average_precision),
    ];
    Ok(Lineage {
        name: target.to_owned(),
        version: "1".to_owned(),
        data_hash: hash,
        trained_rows: studied.trained_on.len() as u64,
        split: match split {
            SplitBy::Chance => format!("by chance, seed {seed}"),
            SplitBy::Time(column) => format!("by time, column {column}"),
            SplitBy::Group(column) => format!("by group, column {column}, seed {seed}"),
        },
        seed,
        options: BTreeMap::new(),
        measured: figures.into_iter().filter_map(measured).collect(),
        code_version: env!("CARGO_PKG_VERSION").to_owned(),
        parents: Vec::new(),
        created_at: clock::now().to_string(),
    })
}
