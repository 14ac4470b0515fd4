//! `ehub leads score`: scores of a market's leads, or of the rows of a file.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use clap::Args;
use kernel::{MarketName, Rejection};
use learn::{
    frame::{Frame, Record},
    registry::{Content, ModelFile},
};
use serde::Serialize;

use super::{Subject, SubjectArgs, entered, file::Records};
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
  ehub leads score --market alpha
  ehub leads score --model leads.ehmodel --data new.csv --id Lead --format csv

Of a market: every lead of which there are news, or whose score has grown old, as a running hub does by itself. Of a file:
the probability of the outcome that the model was trained for, row by row.";

/// What to score.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ScoreArgs {
    #[command(flatten)]
    subject: SubjectArgs,
    /// A model that `ehub leads train` wrote
    #[arg(long, value_name = "MODEL", required_unless_present = "market", conflicts_with = "market")]
    model: Option<PathBuf>,
    /// A column that names the rows, to be repeated in the answer
    #[arg(long, value_name = "COLUMN", conflicts_with = "market")]
    id: Option<String>,
}

/// Scores.
pub async fn run(args: &ScoreArgs, out: &Output) -> Outcome {
    match (args.subject.subject()?, &args.model) {
        (Subject::Market(market, store), _) => of_market(market, &store, out).await,
        (Subject::File(data), Some(model)) => of_file(model, data, args.id.as_deref(), out),
        (Subject::File(_), None) => Err(Failure::new("a file cannot score itself")
            .advise("give --model MODEL, which `ehub leads train` writes")),
    }
}

/// The answer of a market, for programs.
#[derive(Serialize)]
struct MarketScored {
    scored: u64,
    next: Option<jiff::Timestamp>,
}

/// Leads that are scored in one step.
const AT_ONCE: usize = 500;

async fn of_market(name: &MarketName, store: &StoreArgs, out: &Output) -> Outcome {
    let (hub, market) = entered(store, name).await?;
    let spinner = progress::spinner("scoring", out.quiet());
    let mut answer = MarketScored { scored: 0, next: None };
    loop {
        let report = hub.leads.score_due(&market, clock::now(), AT_ONCE).await;
        let report = report.during(format_args!("score the leads of {name}"))?;
        answer.scored += report.scored.len() as u64;
        answer.next = report.next;
        if !report.more {
            break;
        }
    }
    spinner.finish_and_clear();
    hub.close().await;
    let mut table = Table::new(&[("market", Align::Left), ("scored", Align::Right), ("next", Align::Left)]);
    let scored = Cell::number(answer.scored as f64, 0);
    table.row(vec![Cell::text(name), scored, Cell::maybe(answer.next, Cell::text)]);
    out.answer(&Answer { json: answer, table })?;
    Ok(Status::Done)
}

/// The answer of a file, for programs.
#[derive(Serialize)]
struct FileScored {
    target: String,
    trained_on: u64,
    rows: Vec<RowScored>,
    rejected: Vec<Rejection>,
}

#[derive(Serialize)]
struct RowScored {
    row: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    probability: f64,
}

fn of_file(model: &Path, data: &Path, id: Option<&str>, out: &Output) -> Outcome {
    let bytes = source::bytes(model)?;
    let file = ModelFile::read(&bytes).during(format_args!("read {}", model.display()))?;
    let Content::Chances(chances) = &file.content else {
        return Err(Failure::new(format_args!("{} predicts amounts and no chances", model.display())));
    };
    let Records { header, records, bad, remarks } = Records::read(data)?;
    let doing = format!("score {}", source::named(data));
    let place = match id {
        Some(id) => Some(header.iter().position(|name| name == id).ok_or_else(|| {
            Failure::new(format_args!("there is no column {id:?} in {}", source::named(data)))
                .advise(format_args!("its columns are {}", header.join(", ")))
        })?),
        None => None,
    };
    let rows = Frame::read(&chances.schema, &header, &records).during(doing)?;
    let probabilities = chances.predict_all(&rows.frame);
    let records: BTreeMap<u64, &Record> = records.iter().map(|record| (record.number, record)).collect();
    let named = |number: u64| records.get(&number)?.cells.get(place?).cloned();
    let scored: Vec<RowScored> = rows
        .numbers
        .iter()
        .zip(probabilities)
        .map(|(row, probability)| RowScored { row: *row, id: named(*row), probability })
        .collect();
    let mut rejected = bad;
    rejected.extend(rows.rejections);
    out.rows(&rejected, &remarks);
    let status = source::status(scored.len(), rejected.len());
    let mut columns = vec![("row", Align::Right), ("probability", Align::Right)];
    if place.is_some() {
        columns.insert(1, ("id", Align::Left));
    }
    let mut table = Table::new(&columns);
    for row in &scored {
        let mut cells = vec![Cell::text(row.row), Cell::number(row.probability, 4)];
        if let Some(id) = &row.id {
            cells.insert(1, Cell::text(id));
        } else if place.is_some() {
            cells.insert(1, Cell::none());
        }
        table.row(cells);
    }
    let (target, trained_on) = (file.lineage.name, file.lineage.trained_rows);
    table.note(format!("The chance of {target}, by a model trained on {trained_on} rows."));
    out.answer(&Answer { json: FileScored { target, trained_on, rows: scored, rejected }, table })?;
    Ok(status)
}
