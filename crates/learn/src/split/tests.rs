use proptest::prelude::*;

use super::*;

fn all(parts: &Parts) -> Vec<usize> {
    let mut rows = [parts.training.clone(), parts.validation.clone(), parts.test.clone()].concat();
    rows.sort_unstable();
    rows
}

#[test]
fn time_runs_from_training_over_validation_to_test() {
    let times = [5.0, 1.0, 4.0, 2.0, 3.0, 9.0, 8.0, 7.0, 6.0, 10.0];
    let parts = Parts::by_time(&times, Shares::default()).unwrap();
    assert_eq!(parts.training, [0, 1, 2, 3, 4, 8]);
    assert_eq!(parts.validation, [6, 7]);
    assert_eq!(parts.test, [5, 9]);
}

#[test]
fn a_row_without_time_is_named() {
    let error = Parts::by_time(&[1.0, f64::NAN, 2.0], Shares::default()).unwrap_err();
    assert_eq!(error, SplitError::NoTime { row: 1 });
}

#[test]
fn rows_of_one_time_only_cannot_be_split_by_time() {
    let error = Parts::by_time(&[3.0; 50], Shares::default()).unwrap_err();
    assert_eq!(error, SplitError::EmptyPart { rows: 50 });
}

#[test]
fn shares_that_leave_nothing_are_refused() {
    for (validation, test) in [(0.5, 0.5), (-0.1, 0.2), (f64::NAN, 0.2)] {
        assert!(matches!(
            Parts::by_chance(10, Shares { validation, test }, 1),
            Err(SplitError::Shares { .. })
        ));
    }
}

#[test]
fn a_fact_counts_from_the_moment_it_is_known() {
    let facts = [Known { key: 1, at: 10.0 }];
    let asked = [9.9, 10.0, 12.9, 13.0].map(|at| Known { key: 1, at });
    assert_eq!(as_of(&facts, &asked, 0.0), [None, Some(0), Some(0), Some(0)]);
    assert_eq!(as_of(&facts, &asked, 3.0), [None, None, None, Some(0)]);
}

#[test]
fn folds_hold_each_row_back_once_and_share_out_the_classes() {
    let rows: Vec<u32> = (0..103).collect();
    let folds = folds(&rows, |row| row % 10 == 0, 5, 4);
    let mut held: Vec<u32> = folds.iter().flat_map(|fold| fold.held.clone()).collect();
    held.sort_unstable();
    assert_eq!(held, rows);
    for fold in &folds {
        assert_eq!(fold.learned.len() + fold.held.len(), rows.len());
        let positives = fold.held.iter().filter(|row| **row % 10 == 0).count();
        assert!((2..=3).contains(&positives), "{positives}");
    }
}

fn known(keys: u64) -> impl Strategy<Value = Known> {
    (0..keys, 0_i32..40).prop_map(|(key, at)| Known { key, at: f64::from(at) })
}

#[test]
fn a_fold_is_drawn_from_in_its_own_proportion() {
    let fold = Fold { learned: (0..800).collect(), held: (800..1000).collect() };
    assert_eq!(fold.drawn(1000, 3), fold);
    let part = fold.drawn(100, 3);
    assert_eq!((part.learned.len(), part.held.len()), (80, 20));
    assert!(part.learned.iter().all(|row| *row < 800) && part.held.iter().all(|row| *row >= 800));
    assert!(part.learned.is_sorted() && part.held.is_sorted());
    assert_eq!(part, fold.drawn(100, 3));
}

proptest! {
    #[test]
    fn by_time_every_row_is_in_one_part_and_equal_times_are_together(
        times in proptest::collection::vec(0_i32..30, 20..120),
    ) {
        let times: Vec<f64> = times.into_iter().map(f64::from).collect();
        let Ok(parts) = Parts::by_time(&times, Shares::default()) else { return Ok(()) };
        prop_assert_eq!(all(&parts), (0..times.len()).collect::<Vec<_>>());
        let ends = |part: &[usize]| {
            part.iter().fold((f64::MAX, f64::MIN), |(low, high), row| (low.min(times[*row]), high.max(times[*row])))
        };
        prop_assert!(ends(&parts.training).1 < ends(&parts.validation).0);
        prop_assert!(ends(&parts.validation).1 < ends(&parts.test).0);
    }

    #[test]
    fn by_group_no_group_is_in_two_parts(groups in proptest::collection::vec(0_u32..25, 40..200), seed: u64) {
        let Ok(parts) = Parts::by_group(&groups, Shares::default(), seed) else { return Ok(()) };
        prop_assert_eq!(all(&parts), (0..groups.len()).collect::<Vec<_>>());
        let part_of = |row: usize| [&parts.training, &parts.validation, &parts.test].iter().position(|p| p.contains(&row));
        for (row, group) in groups.iter().enumerate() {
            let first = groups.iter().position(|other| other == group).unwrap();
            prop_assert_eq!(part_of(row), part_of(first));
        }
    }

    #[test]
    fn by_chance_the_same_seed_gives_the_same_parts_of_the_asked_size(rows in 10_usize..300, seed: u64) {
        let parts = Parts::by_chance(rows, Shares::default(), seed).unwrap();
        prop_assert_eq!(all(&parts), (0..rows).collect::<Vec<_>>());
        prop_assert_eq!(parts.test.len(), (rows as f64 * 0.2).round() as usize);
        prop_assert_eq!(&parts, &Parts::by_chance(rows, Shares::default(), seed).unwrap());
    }

    /// The rule that keeps the future out: what is planted after a question changes no answer.
    #[test]
    fn a_planted_future_row_changes_nothing(
        facts in proptest::collection::vec(known(5), 0..40),
        questions in proptest::collection::vec(known(5), 1..20),
        planted in proptest::collection::vec(known(5), 1..10),
        lag in 0_i32..5,
    ) {
        let before = as_of(&facts, &questions, f64::from(lag));
        for (at, question) in questions.iter().enumerate() {
            let future = planted.iter().map(|fact| Known { at: question.at - f64::from(lag) + 0.5 + fact.at, ..*fact });
            let with_future: Vec<Known> = facts.iter().copied().chain(future).collect();
            prop_assert_eq!(as_of(&with_future, &[*question], f64::from(lag))[0], before[at]);
        }
    }

    #[test]
    fn the_latest_known_fact_is_found_as_by_looking_at_all(
        facts in proptest::collection::vec(known(4), 0..40),
        questions in proptest::collection::vec(known(4), 1..20),
    ) {
        for (question, found) in questions.iter().zip(as_of(&facts, &questions, 0.0)) {
            let slow = (0..facts.len())
                .filter(|fact| facts[*fact].key == question.key && facts[*fact].at <= question.at)
                .max_by(|a, b| facts[*a].at.total_cmp(&facts[*b].at).then(a.cmp(b)));
            prop_assert_eq!(found, slow);
        }
    }
}
