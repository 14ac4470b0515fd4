use super::*;

fn usd(amount: i64) -> Arr {
    Arr::new(Decimal::from(amount), Currency::USD)
}

fn monthly(amount: i64) -> Mrr {
    Mrr::new(Decimal::from(amount), Currency::USD)
}

fn opportunity(id: usize, arr: i64, probability: f64, close_days: u32) -> Opportunity {
    Opportunity { id: format!("client-{id:02}").into(), arr: usd(arr), probability, close_days }
}

/// 10 x 60 % x 37 500, 20 x 70 % x 11 250, 20 x 75 % x 6 250; closing on day 30, 60 and 90.
fn fifty_clients() -> Vec<Opportunity> {
    let tiers = [(10, 37_500, 0.6, 30), (20, 11_250, 0.7, 60), (20, 6_250, 0.75, 90)];
    let each = tiers.into_iter().flat_map(|(count, arr, p, days)| vec![(arr, p, days); count]);
    each.enumerate().map(|(id, (arr, p, days))| opportunity(id, arr, p, days)).collect()
}

fn rho(value: f64) -> Correlation {
    Correlation::new(value).expect("valid")
}

#[test]
fn fifty_clients_bring_what_the_framework_says() {
    let goal = Goal::AddedArr(usd(400_000));
    let projection = project(&fifty_clients(), monthly(130_000), goal, Correlation::NONE).expect("sound");
    let last = &projection.horizons[2];
    assert_eq!((last.days, last.opportunities), (90, 50));
    assert!((last.arr.mean - 476_250.0).abs() < 1e-6);
    assert!((last.arr.sd - 63_663.544_316_979_4).abs() < 1e-4);
    assert!((last.arr.p_goal - 0.883_061_726_167).abs() < 1e-9);
    assert_eq!((last.arr.q05, last.arr.q95), (368_750.0, 580_000.0));
    assert!((last.mrr.mean - 39_687.5).abs() < 1e-6);
    assert_eq!(last.mrr.q05, 368_750.0 / 12.0);
    assert_eq!(last.arr_error_bound, 0.0);
    assert!((last.density.iter().map(|bucket| bucket.mass).sum::<f64>() - 1.0).abs() < 1e-12);
}

#[test]
fn correlation_lowers_the_chance_of_a_goal_below_the_mean() {
    for (correlation, expected) in [(0.1, 0.769_28), (0.3, 0.695_75)] {
        let goal = Goal::AddedArr(usd(400_000));
        let projection = project(&fifty_clients(), monthly(130_000), goal, rho(correlation)).expect("sound");
        let last = &projection.horizons[2].arr;
        assert!((last.p_goal - expected).abs() < 5e-5, "{correlation}: {}", last.p_goal);
        assert!((last.mean - 476_250.0).abs() < 1e-6);
    }
}

#[test]
fn horizons_add_up_and_late_opportunities_count_for_the_best_case_only() {
    let mut pipeline = fifty_clients();
    pipeline.push(opportunity(50, 120_000, 0.2, 120));
    let goal = Goal::MrrLevel(monthly(400_000));
    let projection = project(&pipeline, monthly(130_000), goal, Correlation::NONE).expect("sound");
    let means: Vec<f64> = projection.horizons.iter().map(|horizon| horizon.arr.mean).collect();
    for (mean, expected) in means.iter().zip([225_000.0, 382_500.0, 476_250.0]) {
        assert!((mean - expected).abs() < 1e-6, "{mean} is not {expected}");
    }
    assert_eq!(
        projection.horizons.iter().map(|horizon| horizon.opportunities).collect::<Vec<_>>(),
        [10, 30, 50]
    );
    assert!((projection.coverage.best_mrr - (725_000.0 + 120_000.0) / 12.0).abs() < 1e-9);
}

#[test]
fn from_130_to_400_thousand_a_month_the_fifty_are_not_enough() {
    let goal = Goal::MrrLevel(monthly(400_000));
    let coverage =
        project(&fifty_clients(), monthly(130_000), goal, Correlation::NONE).expect("sound").coverage;
    assert_eq!((coverage.needed_mrr, coverage.needed_arr), (270_000.0, 3_240_000.0));
    assert!((coverage.expected_share.expect("a gap") - 39_687.5 / 270_000.0).abs() < 1e-12);
    assert!((coverage.best_mrr - 60_416.666_666_67).abs() < 1e-6);
    assert!((coverage.best_share.expect("a gap") - 0.223_765).abs() < 1e-6);
}

#[test]
fn a_goal_already_reached_needs_nothing() {
    let goal = Goal::MrrLevel(monthly(100_000));
    let projection = project(&[], monthly(130_000), goal, Correlation::NONE).expect("sound");
    assert_eq!((projection.coverage.needed_mrr, projection.coverage.expected_share), (0.0, None));
    assert!(projection.horizons.iter().all(|horizon| horizon.arr.p_goal == 1.0 && horizon.arr.mean == 0.0));
}

#[test]
fn cents_are_kept() {
    let mut pipeline = vec![opportunity(0, 0, 0.5, 10)];
    pipeline[0].arr = Arr::new(Decimal::new(123_456, 2), Currency::USD);
    let projection =
        project(&pipeline, monthly(1), Goal::AddedArr(usd(1)), Correlation::NONE).expect("sound");
    assert_eq!(projection.horizons[0].arr.q95, 1234.56);
    assert_eq!(projection.horizons[0].arr.mean, 617.28);
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let goal = Goal::AddedArr(usd(1));
    let refusal =
        |opportunity| project(&[opportunity], monthly(1), goal, Correlation::NONE).expect_err("refused");
    for probability in [1.5, -0.1, f64::NAN] {
        let error = refusal(opportunity(7, 5, probability, 10));
        assert!(matches!(&error, ProjectionError::Probability { id, .. } if &**id == "client-07"), "{error}");
    }
    assert!(matches!(refusal(opportunity(7, -5, 0.5, 10)), ProjectionError::Amount { .. }));
    let euros = Arr::new(Decimal::ONE, "EUR".parse().expect("code"));
    let foreign = Opportunity { arr: euros, ..opportunity(7, 5, 0.5, 10) };
    assert!(matches!(refusal(foreign), ProjectionError::Currency { .. }));
    let refusal = project(&[], monthly(1), Goal::AddedArr(euros), Correlation::NONE);
    assert!(matches!(refusal, Err(ProjectionError::GoalCurrency { .. })));
}

#[test]
fn rows_of_a_file_become_opportunities() {
    let text = r#"[{"id":"a","arr":37500.10,"probability":0.6,"close_days":30}]"#;
    let rows: Vec<OpportunityRow> = serde_json::from_str(text).expect("rows");
    let opportunity = rows.into_iter().next().expect("one").in_currency(Currency::USD);
    assert_eq!(opportunity.arr.amount().to_string(), "37500.10");
}

#[test]
fn the_answer_reads_like_this() {
    let pipeline = [opportunity(1, 37_500, 0.5, 30), opportunity(2, 11_250, 0.25, 60)];
    let goal = Goal::AddedArr(usd(40_000));
    let mut projection = project(&pipeline, monthly(10_000), goal, Correlation::NONE).expect("sound");
    for horizon in &mut projection.horizons {
        horizon.density.retain(|bucket| bucket.mass > 0.0);
    }
    insta::assert_json_snapshot!(projection);
}
