use growth::{
    Growth, GrowthError, backtest::Verdict, outcome::OutcomeKind, policy::Policy, service::BacktestRequest,
    service::NewOutcome,
};
use rust_decimal::Decimal;
use store::testing::on_both_databases;

use super::{HEADER, id, live, moment, snapshot, with_clients};

#[tokio::test]
async fn an_outcome_meets_its_prediction_and_moves_the_forecast() {
    on_both_databases(async |db| {
        let growth = with_clients(&db).await;
        let before = live(&growth).await;
        let (_, harbour) = before.client(&id("c1")).expect("Harbour");
        let win = NewOutcome {
            client_id: id("c1"),
            occurred_on: "2026-01-20".parse().expect("date"),
            kind: OutcomeKind::Won,
            arr: Some(Decimal::from(36_000)),
            vehicle: None,
            note: Some(" signed on the spot ".into()),
        };
        let outcome = growth.record_outcome(win.clone(), &moment(2)).await.expect("records");
        assert_eq!(outcome.predicted_probability, Some(harbour.success_probability));
        assert_eq!(outcome.note.as_deref(), Some("signed on the spot"));
        let again = growth.record_outcome(win.clone(), &moment(3)).await.expect("again");
        assert_eq!(again, outcome, "twice is once");
        assert_eq!(growth.outcomes().await.expect("lists"), std::slice::from_ref(&outcome));

        let after = live(&growth).await;
        assert_eq!(after.signed_since().amount(), Decimal::from(36_000));
        assert_eq!(
            after.opportunities().expect("open").len(),
            before.opportunities().expect("open").len() - 1
        );
        assert_eq!((after.posteriors[&harbour.tier].wins, before.posteriors[&harbour.tier].wins), (1, 0));
        let forecast = after.projection(None).expect("projects");
        let earlier = before.projection(None).expect("projects");
        assert!((forecast.coverage.current_mrr - earlier.coverage.current_mrr - 3_000.0).abs() < 1e-9);
        assert!(forecast.horizons[2].arr.mean < earlier.horizons[2].arr.mean);

        growth.withdraw_outcome(outcome.id, &moment(4)).await.expect("withdraws");
        assert!(growth.outcomes().await.expect("lists").is_empty());
        let gone = growth.withdraw_outcome(outcome.id, &moment(5)).await;
        assert!(matches!(gone, Err(GrowthError::UnknownOutcome(_))));
        let restored = live(&growth).await.projection(None).expect("projects");
        assert_eq!(restored, earlier, "reversible");

        let refused = [
            NewOutcome { client_id: id("nobody"), ..win.clone() },
            NewOutcome { occurred_on: "2026-02-01".parse().expect("date"), ..win.clone() },
            NewOutcome { arr: None, ..win.clone() },
            NewOutcome { kind: OutcomeKind::Lost, ..win.clone() },
        ];
        let mut reasons = Vec::new();
        for (outcome, n) in refused.into_iter().zip(6..) {
            reasons.push(growth.record_outcome(outcome, &moment(n)).await.expect_err("refused"));
        }
        assert!(matches!(reasons[0], GrowthError::UnknownClient(_)));
        assert!(matches!(reasons[1], GrowthError::OutcomeInFuture { .. }));
        assert!(matches!(reasons[2], GrowthError::OutcomeArr));
        assert!(matches!(reasons[3], GrowthError::OutcomeArr));
    })
    .await;
}

#[tokio::test]
async fn predictions_are_held_against_outcomes() {
    on_both_databases(async |db| {
        let growth = Growth::open(db).await.expect("opens");
        // Forty documented clients that sign and forty quiet ones that do not.
        let mut text = format!("{HEADER}\n");
        for n in 0..40 {
            text += &format!("w{n},Strong {n},2400,4.8,0.9,0.4,10,2026-01-17,9,true,24000,3,240,6,12,0.1\n");
            text += &format!("l{n},Weak {n},2400,3.6,0.4,0,6,2025-12-01,4,false,500,0,60,1,4,0\n");
        }
        growth.import(snapshot(&text, "2026-01-17"), &moment(1)).await.expect("imports");
        let empty = growth.backtest(&BacktestRequest::default()).await.expect("reports");
        assert_eq!((empty.n, matches!(empty.verdict, Verdict::InsufficientData { .. })), (0, true));
        for n in 0..40 {
            let (won, lost) = (Some(Decimal::from(30_000)), None);
            for (letter, kind, arr, m) in [("w", OutcomeKind::Won, won, 0), ("l", OutcomeKind::Lost, lost, 1)]
            {
                let outcome = NewOutcome {
                    client_id: id(&format!("{letter}{n}")),
                    occurred_on: "2026-01-19".parse().expect("date"),
                    kind,
                    arr,
                    vehicle: None,
                    note: None,
                };
                growth.record_outcome(outcome, &moment(10 + 2 * n + m)).await.expect("records");
            }
        }
        let report = growth.backtest(&BacktestRequest::default()).await.expect("reports");
        assert_eq!((report.n, report.positives, report.negatives), (80, 40, 40));
        let Verdict::Measured(measures) = &report.verdict else { panic!("{:?}", report.verdict) };
        assert_eq!(measures.auc.value, 1.0);
        let hindsight =
            BacktestRequest { policy: Some(Policy::framework().key().clone()), ..BacktestRequest::default() };
        assert_eq!(
            growth.backtest(&hindsight).await.expect("reports"),
            report,
            "the ledger says what the policy says"
        );
        let short = BacktestRequest { window_days: 1, ..BacktestRequest::default() };
        assert_eq!(growth.backtest(&short).await.expect("reports").n, 0);

        let indicators = growth.indicators("2026-01-20".parse().expect("date")).await.expect("indicators");
        assert_eq!((indicators.lagging.contracts, indicators.lagging.overall.lost), (40, 40));
        assert_eq!(indicators.lagging.arr.amount(), Decimal::from(1_200_000));
    })
    .await;
}
