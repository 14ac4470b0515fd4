//! Scores derived from raw records on some days against what the same records say of the time afterwards.

use std::collections::HashMap;

use growth::{
    assess::assess_all,
    assessment::Assessment,
    backtest::{self, Prediction},
};
use jiff::ToSpan;

use super::{Answered, BacktestArgs, Question};
use crate::{
    exit::{During, Failure, Outcome},
    growth::constants,
    output::Output,
    progress,
    source::Records,
};

/// Starts the resampling behind the intervals, so that the same question has the same answer.
const RESAMPLING_SEED: u64 = 1;

/// A client on a day, and what became of it within the window.
struct Case {
    assessment: Assessment,
    upgraded: bool,
    churned: bool,
}

/// A score read as the chance of an event.
struct Reading {
    prediction: &'static str,
    chance: fn(&Assessment) -> f64,
    event: &'static str,
    happened: fn(&Case) -> bool,
}

/// Raw records say every upgrade and every departure, so a client without one counts as not happened.
const READINGS: [Reading; 3] = [
    Reading {
        prediction: "success_probability",
        chance: |one| one.success_probability,
        event: "upgraded",
        happened: |case| case.upgraded,
    },
    Reading {
        prediction: "readiness",
        chance: |one| one.readiness.score / 100.0,
        event: "upgraded",
        happened: |case| case.upgraded,
    },
    Reading {
        prediction: "unreadiness",
        chance: |one| 1.0 - one.readiness.score / 100.0,
        event: "churned",
        happened: |case| case.churned,
    },
];

pub(super) fn compare(records: &Records, args: &BacktestArgs, out: &Output) -> Outcome<Answered> {
    if args.as_of.is_empty() {
        return Err(Failure::new("no day to predict from is named")
            .advise("name one or more with --as-of DATE, early enough to know what happened afterwards"));
    }
    let policy = constants::policy(args.policy.as_deref().unwrap_or(constants::DEFAULT))?;
    let evidence = records.evidence()?;
    let mut cases = Vec::new();
    let bar = progress::bar("looking back", args.as_of.len(), out.quiet());
    for as_of in &args.as_of {
        let until = as_of
            .checked_add(i64::from(args.window).days())
            .during(format_args!("look {} days beyond {as_of}", args.window))?;
        let clients =
            evidence.metrics(*as_of).during(format_args!("derive the metrics as of {as_of}"))?.clients;
        let fates = evidence.outcomes(*as_of, until);
        let fates: HashMap<_, _> = fates.iter().map(|fate| (&fate.client_id, fate)).collect();
        cases.extend(assess_all(&clients, &policy, *as_of).into_iter().map(|assessment| {
            let fate = fates.get(&assessment.client_id);
            Case {
                upgraded: fate.is_some_and(|fate| fate.upgraded.is_some()),
                churned: fate.is_some_and(|fate| fate.churned.is_some()),
                assessment,
            }
        }));
        bar.inc(1);
    }
    bar.finish_and_clear();
    if cases.is_empty() {
        return Err(Failure::new("the records know no client on any of these days")
            .advise("choose days within the data with --as-of"));
    }
    let questions = READINGS.iter().map(|reading| ask(reading, &cases, args.threshold));
    Ok(Answered {
        policy: Some(policy.key().clone()),
        as_of: args.as_of.clone(),
        window_days: args.window,
        clients: cases.len(),
        questions: questions.collect::<Outcome<Vec<_>>>()?,
    })
}

fn ask(reading: &Reading, cases: &[Case], threshold: f64) -> Outcome<Question> {
    let Reading { prediction, chance, event, happened } = reading;
    let predictions: Vec<Prediction> = cases
        .iter()
        .map(|case| Prediction {
            client_id: case.assessment.client_id.clone(),
            as_of: case.assessment.as_of,
            probability: chance(&case.assessment),
            happened: happened(case),
        })
        .collect();
    let report = backtest::run(&predictions, threshold, RESAMPLING_SEED)
        .during(format_args!("compare {prediction} with {event}"))?;
    Ok(Question { prediction, event, report })
}
