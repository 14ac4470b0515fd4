use growth::{metrics::ClientId, outcome::OutcomeKind, service::NewOutcome};
use jiff::{SignedDuration, ToSpan, civil::date};
use server::testing::TestHub;

use super::fifty;

/// The first `n` clients won or lost, turn by turn.
async fn decide(hub: &TestHub, n: usize) {
    hub.advance(SignedDuration::from_hours(24 * 20));
    for client in 0..n {
        let won = client % 2 == 0;
        let outcome = NewOutcome {
            client_id: ClientId::new(format!("c{client:02}")),
            occurred_on: date(2026, 1, 20).saturating_add((client as i64 % 10).days()),
            kind: if won { OutcomeKind::Won } else { OutcomeKind::Lost },
            arr: won.then(|| 10_000.into()),
            vehicle: None,
            note: None,
        };
        hub.state().growth().record_outcome(outcome, &fifty::moment(hub)).await.expect("recorded");
    }
}

#[tokio::test]
async fn below_thirty_of_either_kind_there_is_no_measure() {
    let hub = fifty::hub().await;
    decide(&hub, 50).await;
    let page = hub.operator().await.get("/growth/backtest").await;
    assert_eq!(page.status, 200);
    let text = page.text();
    assert!(
        text.contains("Insufficient data")
            && text.contains("25 won, 25 not")
            && text.contains("at least 30 of each")
    );
    assert!(
        !text.contains("Brier") && !text.contains("AUC"),
        "a figure that nobody should act on is not printed"
    );
    // The beliefs move all the same: 10 of tier 1 decided, half of them won, against a prior worth 10 outcomes.
    assert!(text.contains("What is believed now, by tier") && text.contains("50 %"));
}

#[tokio::test]
async fn an_empty_ledger_is_insufficient_data_not_an_error() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let page = ana.get("/growth/backtest").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("0 predictions compared"));
}

#[tokio::test]
async fn surprises_are_listed_and_exported() {
    let hub = fifty::hub().await;
    decide(&hub, 10).await;
    let ana = hub.operator().await;
    // The ten are all of tier 1: their chances are above one half, five were lost.
    let file = ana.get("/growth/backtest?format=csv").await;
    assert_eq!(file.header("x-row-count"), "5");
    assert_eq!(ana.get("/growth/backtest?threshold=1&window=5&format=csv").await.status, 200);
    assert_eq!(ana.get("/growth/backtest?policy=nonsense").await.status, 404);
    assert_eq!(ana.get("/growth/backtest?policy=legacy:1&silence=not_won").await.status, 200);
}
