//! The growth team's week, on both databases: import, board, movement, policies, plan, outcome, proposition.

mod audit;
mod import;
mod outcomes;
mod policies;
mod propositions;
mod work;

use growth::{
    Board, BoardQuery, Growth, Moment,
    import::{self as reading, ColumnMapping, ImportOptions},
    metrics::ClientId,
    owner::OwnerDraft,
    policy::Policy,
    service::{BacktestRequest, NewSnapshot, PlanRequest},
};
use jiff::{Timestamp, civil::Date};
use kernel::{Actor, Currency};
use store::Db;

const HEADER: &str = "client_id,client_name,current_mrr,satisfaction_score,usage_intensity,leads_growth_rate,\
                      payment_history_score,last_interaction_date,executive_relationship_strength,\
                      success_case_documented,roi_percentage,referrals_provided,leads_processed_monthly,\
                      locations_count,active_users,locations_growth_rate";

/// Harbour is a whale, Hill is ready soon, Dale needs nurture; the last row is refused.
fn file(harbour_satisfaction: &str) -> String {
    format!(
        "{HEADER}\n\
         c1,Harbour Homes,2400,{harbour_satisfaction},0.82,0.25,10,2026-01-17,9,true,24000,3,240,6,12,0.1\n\
         c2,Hill & Vale,2600,4.2,0.65,0.30,8,2026-01-10,7,false,9000,1,140,3,8,0.2\n\
         c3,Dale Realty,1800,3.6,0.40,0.05,7,2025-12-20,5,false,1200,0,60,1,4,0\n\
         c4,Broken,1000,9.5,0.5,0,5,2026-01-01,5,false,0,0,10,1,1,0\n"
    )
}

fn moment(n: u128) -> Moment {
    let now: Timestamp = "2026-01-20T09:00:00.000001Z".parse().expect("instant");
    let now = now + jiff::SignedDuration::from_mins(n as i64);
    Moment { now, actor: Actor::new("ana@example.com"), entropy: n << 32 }
}

fn snapshot(text: &str, as_of: &str) -> NewSnapshot {
    let as_of: Date = as_of.parse().expect("date");
    let options = ImportOptions { as_of, currency: Currency::USD };
    let mapping = ColumnMapping::default();
    let imported = reading::read(text.as_bytes(), &"clients.csv".into(), &mapping, &options).expect("reads");
    NewSnapshot {
        source: "clients.csv".into(),
        content_sha256: NewSnapshot::digest([text.as_bytes()]),
        profile: None,
        simulated: false,
        as_of,
        currency: Currency::USD,
        imported,
    }
}

async fn with_clients(db: &Db) -> Growth {
    let growth = Growth::open(db.clone()).await.expect("opens");
    growth.import(snapshot(&file("4.6"), "2026-01-19"), &moment(1)).await.expect("imports");
    growth
}

async fn live(growth: &Growth) -> std::sync::Arc<Board> {
    growth.board(BoardQuery::default()).await.expect("board")
}

async fn add_owner(growth: &Growth, n: u128) -> growth::owner::Owner {
    let draft =
        OwnerDraft { name: "Ben".into(), email: "ben@example.com".into(), weekly_hours: 20.0, active: true };
    growth.save_owner(None, &draft, &moment(n)).await.expect("owner")
}

fn id(text: &str) -> ClientId {
    ClientId::new(text)
}

/// The framework with less weight on engagement and more on usage.
fn tighter_policy() -> String {
    let mut document = Policy::framework().document().clone();
    for dimension in &mut document.readiness.dimensions {
        match dimension.name.as_ref() {
            "engagement" => dimension.weight -= 0.05,
            "usage" => dimension.weight += 0.05,
            _ => {}
        }
    }
    Policy::new(document).expect("a policy").to_toml().expect("toml")
}

/// Every use case may run on any thread, as a server asks; the compiler answers.
#[test]
fn use_cases_move_between_threads() {
    fn moves<T: Send>(_: impl FnOnce(&'static Growth, &'static Moment) -> T) {}
    moves(|growth, at| growth.import(snapshot(&file("4.6"), "2026-01-19"), at));
    moves(|growth, _| growth.board(BoardQuery::default()));
    moves(|growth, _| growth.movement());
    moves(|growth, at| async move {
        let key = growth.save_policy("", "", at).await?;
        growth.activate_policy(&key, at).await?;
        growth.save_settings(growth.settings().await?.settings, at).await?;
        growth.generate_plan(&PlanRequest::default(), at).await?;
        growth.indicators(at.at().to_zoned(jiff::tz::TimeZone::UTC).date()).await?;
        growth.backtest(&BacktestRequest::default()).await?;
        let draft = growth.draft_proposition(&id("c1"), at).await?;
        growth.mark_sent(draft.summary.id, None, at).await
    });
}
