use std::fmt::Write as _;

use super::*;
use crate::{
    chance::Generator,
    frame::{Reading, Record},
};

/// A table of `rows` rows whose outcome depends on `visits` and `source`; `when` grows.
fn table(rows: usize, seed: u64) -> (Vec<String>, Vec<Record>) {
    let header = ["id", "when", "visits", "source", "note", "won"].map(str::to_owned).to_vec();
    let mut chance = Generator::seeded(seed);
    let mut records = Vec::new();
    for number in 1..=rows as u64 {
        let visits = chance.below(12);
        let source = ["web", "fair", "friend"][chance.below(3)];
        let odds = visits as f64 * 0.4 - 2.5 + if source == "friend" { 1.5 } else { 0.0 };
        let won = chance.unit() < crate::odds::probability(odds);
        let visits = if chance.unit() < 0.1 { String::new() } else { visits.to_string() };
        let day = format!("2026-{:02}-{:02}", 1 + number % 12, 1 + number % 28);
        let word = if won { "Won" } else { "Lost" };
        let cells =
            [format!("k{number}"), day, visits, source.to_owned(), "same".to_owned(), word.to_owned()];
        records.push(Record { number, cells: cells.to_vec() });
    }
    (header, records)
}

fn framed((header, records): &(Vec<String>, Vec<Record>)) -> Frame {
    Frame::infer(header, records, &Reading::default()).unwrap().rows.frame
}

fn frame(rows: usize) -> Frame {
    framed(&table(rows, 11))
}

/// A question that is answered quickly.
fn question() -> Question {
    let effort = Effort { folds: 3, patience: 10, bags: 1, ..Effort::default() };
    Question { positive: Some("Won".to_owned()), effort, ..Question::about("won") }
}

#[test]
fn what_can_be_known_is_learned_and_judged_on_rows_that_were_not_seen() {
    let studied = study(&frame(1500), &question()).unwrap();
    assert_eq!((studied.trained_on.len(), studied.test.rows), (1200, 300));
    // The best possible ranking of these rows has an AUC of about 0.80.
    assert!(studied.test.auc > Some(0.72), "{:?}", studied.test);
    assert!(studied.test.log_loss < Some(0.60), "{:?}", studied.test);
    assert!(studied.test.log_loss <= studied.baseline.log_loss.map(|loss| loss + 0.01));
    assert!(studied.trained_on.iter().all(|row| !studied.judged_on.contains(row)));
}

#[test]
fn columns_that_teach_nothing_are_told_and_not_learned_from() {
    let studied = study(&frame(300), &question()).unwrap();
    let names: Vec<&str> = studied.model.schema.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["when", "visits", "source"]);
    let told: Vec<&str> = studied.notices.iter().map(|notice| notice.field.as_str()).collect();
    assert_eq!(told, ["id", "note"]);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let frame = frame(400);
    let one = study(&frame, &question()).unwrap();
    let mut question = question();
    question.effort.threads = 3;
    assert_eq!(one, study(&frame, &question).unwrap());
}

#[test]
fn by_time_the_test_is_later_and_time_is_not_learned_from() {
    let frame = frame(600);
    let question = Question { split: SplitBy::Time("when".to_owned()), ..question() };
    let studied = study(&frame, &question).unwrap();
    let when = |row: &usize| match frame.column("when").unwrap().value(*row) {
        Value::Number(day) => day,
        other => panic!("{other:?}"),
    };
    let last = studied.trained_on.iter().map(when).fold(f64::MIN, f64::max);
    assert!(studied.judged_on.iter().map(when).all(|day| day > last));
    assert_eq!(studied.model.schema.position("when"), None);
}

#[test]
fn by_group_nobody_is_on_both_sides() {
    let frame = frame(600);
    let question = Question { split: SplitBy::Group("when".to_owned()), ..question() };
    let studied = study(&frame, &question).unwrap();
    let day = |row: &usize| frame.column("when").unwrap().value(*row);
    let learned: Vec<Value> = studied.trained_on.iter().map(day).collect();
    assert!(studied.judged_on.iter().all(|row| !learned.contains(&day(row))));
}

#[test]
fn the_test_part_has_no_part_in_the_model() {
    let (header, mut records) = table(400, 11);
    let before = study(&framed(&(header.clone(), records.clone())), &question()).unwrap();
    for row in &before.judged_on {
        // Another outcome, other visits, a source that nobody else has.
        records[*row].cells[5] = if records[*row].cells[5] == "Won" { "Lost" } else { "Won" }.to_owned();
        records[*row].cells[2] = "999".to_owned();
        records[*row].cells[3] = "planted".to_owned();
    }
    let after = study(&framed(&(header, records)), &question()).unwrap();
    assert_eq!(before.model, after.model);
    assert_ne!(before.test, after.test);
}

#[test]
fn the_target_in_other_spellings_is_the_same_target() {
    let (header, records) = table(300, 11);
    let as_written = |won: &str, lost: &str, positive: Option<&str>| {
        let mut records = records.clone();
        records.iter_mut().for_each(|r| r.cells[5] = if r.cells[5] == "Won" { won } else { lost }.to_owned());
        let positive = positive.map(str::to_owned);
        study(&framed(&(header.clone(), records)), &Question { positive, ..question() }).unwrap().predictions
    };
    let expected = as_written("Won", "Lost", Some("won"));
    assert_eq!(as_written("yes", "no", None), expected);
    assert_eq!(as_written("TRUE", "FALSE", None), expected);
    assert_eq!(as_written("1", "0", None), expected);
    assert_eq!(as_written("0", "1", Some("0")), expected);
    assert_eq!(as_written("2", "7", Some("2")), expected);
    assert_eq!(as_written("no", "yes", Some("No")), expected);
}

#[test]
fn errors_say_what_to_do() {
    let frame = frame(300);
    let said = |question: Question| study(&frame, &question).unwrap_err().to_string();
    let mut all = String::new();
    for question in [
        Question { target: "one".to_owned(), ..question() },
        Question { positive: None, ..question() },
        Question { positive: Some("maybe".to_owned()), ..question() },
        Question { split: SplitBy::Time("source".to_owned()), ..question() },
        Question { split: SplitBy::Time("won".to_owned()), ..question() },
        Question { split: SplitBy::Group("won".to_owned()), ..question() },
        Question { test_share: 1.0, ..question() },
        Question { dropped: ["when", "visits", "source"].map(str::to_owned).to_vec(), ..question() },
        Question { dropped: vec!["vists".to_owned()], ..question() },
        Question { target: "note".to_owned(), positive: Some("same".to_owned()), ..question() },
    ] {
        writeln!(all, "{}", said(question)).unwrap();
    }
    assert_eq!(
        all,
        "there is no column \"one\"; the table has id, when, visits, source, note, won\n\
         \"won\" has the values \"Lost\", \"Won\"; say which of them is the outcome to predict\n\
         no row of \"won\" says \"maybe\"; it has the values \"Lost\", \"Won\"\n\
         \"source\" holds neither numbers nor dates to split by; write dates such as 2026-01-31\n\
         \"won\" is what is to be predicted: rows cannot be split by it; name a column that is known before\n\
         \"won\" is what is to be predicted: rows cannot be split by it; name a column that is known before\n\
         the share to judge by is 1; it must be above 0 and below 1\n\
         no column is left to learn from: all are dropped, empty, constant or identifiers\n\
         there is no column \"vists\"; the table has id, when, visits, source, note, won\n\
         of 300 rows to learn from 300 have the outcome; it takes at least 5 with it and 5 without\n"
    );
}

#[test]
fn a_category_of_very_many_levels_is_learned_from() {
    let studied = study(&shops(8000, 1200), &question()).unwrap();
    assert_eq!(studied.model.schema.columns[0].name, "shop");
    // Knowing the rates, one would reach 0.77; five rows of each shop tell less.
    assert!(studied.test.auc > Some(0.66), "{:?}", studied.test);
}

/// Rows of `levels` shops, each with a rate of its own.
fn shops(rows: u64, levels: usize) -> Frame {
    let mut chance = Generator::seeded(3);
    let records: Vec<Record> = (1..=rows)
        .map(|number| {
            let shop = chance.below(levels);
            let won = chance.unit() < 0.1 + 0.8 * (shop * 37 % levels) as f64 / levels as f64;
            let cells = vec![
                format!("shop {shop}"),
                chance.below(9).to_string(),
                (if won { "Won" } else { "Lost" }).to_owned(),
            ];
            Record { number, cells }
        })
        .collect();
    framed(&(["shop", "visits", "won"].map(str::to_owned).to_vec(), records))
}

#[test]
fn the_baseline_of_many_rows_is_not_held_back_where_levels_are_many() {
    let mut question = question();
    question.effort.fold_rows_max = 1000;
    let studied = study(&shops(8000, 1200), &question).unwrap();
    assert_eq!(studied.penalties.len(), 3);
    assert!(studied.baseline.auc > Some(0.66), "{:?}", studied.baseline);
    assert!(studied.baseline.log_loss < Some(0.66), "{:?}", studied.baseline);
}

#[test]
fn categories_are_asked_in_two_ways_and_numbers_in_one() {
    let ways = |frame: &Frame| {
        let trials = study(frame, &question()).unwrap().trials;
        let from = trials.iter().map(|trial| trial.parameters.categories.statistics_from);
        from.collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!(ways(&shops(600, 12)), 2);
    assert_eq!(ways(&shops(600, 12).select(|column| column.name != "shop")), 1);
}

#[test]
fn tiny_tables_are_refused_and_small_ones_are_studied() {
    assert_eq!(study(&frame(30), &question()).unwrap_err(), StudyError::TooFewRows { rows: 30 });
    let studied = study(&frame(60), &question()).unwrap();
    assert_eq!(studied.test.rows, 12);
    assert!(studied.predictions.iter().all(|p| *p > 0.0 && *p < 1.0));
}

#[test]
fn rows_without_an_outcome_are_left_aside_and_told() {
    let (header, mut records) = table(300, 11);
    records[7].cells[5] = String::new();
    let studied = study(&framed(&(header, records)), &question()).unwrap();
    assert_eq!(studied.trained_on.len() + studied.judged_on.len(), 299);
    let notice = studied.notices.iter().find(|notice| notice.field == "won").unwrap();
    assert_eq!(notice.message, "1 rows are left aside: this is not known of them");
}

#[test]
fn a_model_laid_out_for_speed_says_the_same() {
    let frame = frame(300);
    let studied = study(&frame, &question()).unwrap();
    let ready = studied.model.ready();
    let features = frame.select(|column| studied.model.schema.position(&column.name).is_some());
    let mut row = Vec::new();
    for (at, together) in studied.model.predict_all(&features).into_iter().enumerate() {
        features.row_into(at, &mut row);
        assert_eq!(ready.predict(&row).to_bits(), studied.model.predict(&row).to_bits());
        assert_eq!(together.to_bits(), studied.model.predict(&row).to_bits());
    }
}

#[test]
fn what_rises_with_time_is_expected_to_have_risen() {
    // The same rows, with an outcome that grows more frequent by the row.
    let mut chance = Generator::seeded(8);
    let rows = 3000;
    let records: Vec<Record> = (1..=rows)
        .map(|number| {
            let visits = chance.below(12);
            let odds = visits as f64 * 0.4 - 2.7 + number as f64 / rows as f64;
            let won = if chance.unit() < crate::odds::probability(odds) { "Won" } else { "Lost" };
            Record { number, cells: vec![number.to_string(), visits.to_string(), won.to_owned()] }
        })
        .collect();
    let frame = framed(&(["when", "visits", "won"].map(str::to_owned).to_vec(), records));
    let off_by = |split: SplitBy| {
        let studied = study(&frame, &Question { split, ..question() }).unwrap();
        let expected = studied.predictions.iter().sum::<f64>() / studied.predictions.len() as f64;
        (
            studied.model.calibration.method(),
            studied.test.positives as f64 / studied.test.rows as f64 - expected,
        )
    };
    let (method, off) = off_by(SplitBy::Time("when".to_owned()));
    assert_eq!(method, crate::calibrate::Method::Level);
    // As the rows learned from say, it would be about 0.11 less.
    assert!(off.abs() < 0.07, "{off}");
}
