//! The growth team's week, on both databases: import, board, movement, policies, plan, outcome, proposition.

use growth::{
    Board, BoardQuery, Growth, GrowthError, Moment,
    activity::ActivityKind,
    backtest::Verdict,
    import::{self, ColumnMapping, ImportOptions},
    metrics::ClientId,
    outcome::OutcomeKind,
    owner::OwnerDraft,
    plan::ActionStatus,
    plan_record::ActionEdit,
    policy::Policy,
    proposition_record::PropositionStatus,
    service::{BacktestRequest, NewOutcome, NewSnapshot, PlanRequest},
    settings::Settings,
};
use jiff::{Timestamp, civil::Date};
use kernel::{Actor, Currency, PolicyKey};
use rust_decimal::Decimal;
use store::{Db, Query, testing::on_both_databases};

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
    let imported = import::read(text.as_bytes(), &"clients.csv".into(), &mapping, &options).expect("reads");
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

#[tokio::test]
async fn an_import_becomes_a_board_and_again_the_same_snapshot() {
    on_both_databases(async |db| {
        let growth = Growth::open(db.clone()).await.expect("opens");
        assert!(matches!(growth.board(BoardQuery::default()).await, Err(GrowthError::NoSnapshot)));
        let mut events = growth.events();

        let report = growth.import(snapshot(&file("4.6"), "2026-01-19"), &moment(1)).await.expect("imports");
        assert!(!report.existed);
        assert_eq!((report.snapshot.rows, report.snapshot.clients, report.snapshot.rejected_rows), (4, 3, 1));
        assert_eq!(report.rejected[0].field, "satisfaction_score");
        let told = events.try_recv().expect("told");
        assert_eq!((told.kind, told.actor.as_str()), (ActivityKind::SnapshotImported, "ana@example.com"));
        assert_eq!(growth.activity(10).await.expect("log"), [told]);

        let (rejected, notices) = growth.import_remarks(report.snapshot.id).await.expect("remarks");
        assert_eq!((rejected, notices), (report.rejected.clone(), report.notices.clone()));

        let again = growth.import(snapshot(&file("4.6"), "2026-01-19"), &moment(2)).await.expect("again");
        assert!(again.existed);
        assert_eq!(again.snapshot, report.snapshot);
        assert!(events.try_recv().is_err(), "nothing happened");
        let other_day =
            growth.import(snapshot(&file("4.6"), "2026-01-18"), &moment(3)).await.expect("other day");
        assert!(!other_day.existed, "the same bytes of another day are another snapshot");

        let board = live(&growth).await;
        assert_eq!(board.snapshot, report.snapshot, "the latest by the day it speaks of");
        assert_eq!(board.clients.len(), 3);
        let (client, assessment) = board.client(&id("c1")).expect("Harbour");
        assert_eq!(&*client.client_name, "Harbour Homes");
        assert_eq!(*assessment, growth::assess::assess(client, &Policy::framework(), board.snapshot.as_of));
        assert_eq!(board.current_mrr().expect("mrr").amount(), Decimal::from(6_800));
        assert!(std::sync::Arc::ptr_eq(&board, &live(&growth).await), "from memory while nothing changed");

        let elsewhere = Growth::open(db.clone()).await.expect("another process");
        assert_eq!(*live(&elsewhere).await.clients, *board.clients, "kept exactly");
    })
    .await;
}

#[tokio::test]
async fn a_file_without_a_usable_row_imports_nothing() {
    on_both_databases(async |db| {
        let growth = Growth::open(db).await.expect("opens");
        let text = format!("{HEADER}\nc4,Broken,1000,9.5,0.5,0,5,2026-01-01,5,false,0,0,10,1,1,0\n");
        let refused = growth.import(snapshot(&text, "2026-01-19"), &moment(1)).await;
        assert!(matches!(refused, Err(GrowthError::NothingToImport { rows: 1 })));
        assert!(growth.snapshots().await.expect("lists").is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_second_import_shows_who_moved_and_why() {
    on_both_databases(async |db| {
        let growth = with_clients(&db).await;
        assert!(growth.movement().await.expect("asks").is_none(), "nothing to compare with");
        let other = Growth::open(db.clone()).await.expect("another process");
        other.import(snapshot(&file("3.0"), "2026-01-26"), &moment(2)).await.expect("imports");

        let movement = growth.movement().await.expect("compares").expect("two snapshots");
        assert_eq!(movement.before.as_of.to_string(), "2026-01-19");
        let harbour = movement.movement.changed.iter().find(|one| one.client_id == id("c1")).expect("moved");
        assert!(harbour.score.after < harbour.score.before);
        assert_eq!(harbour.factors[0].name, "satisfaction");

        let history = growth.client_history(&id("c1")).await.expect("history");
        let days: Vec<String> = history.iter().map(|point| point.as_of.to_string()).collect();
        assert_eq!(days, ["2026-01-19", "2026-01-26"]);
        assert_eq!(history[1].score, harbour.score.after);
        assert_eq!(history[0].policy, *Policy::framework().key());
        assert_eq!(
            live(&growth).await.snapshot.as_of.to_string(),
            "2026-01-26",
            "noticed the other's import"
        );
    })
    .await;
}

#[tokio::test]
async fn snapshots_and_predictions_are_written_once() {
    on_both_databases(async |db| {
        let growth = with_clients(&db).await;
        let digest = async |db: &Db| {
            let clients = Query::new("SELECT metrics AS t FROM growth_snapshot_client ORDER BY snapshot_id, place");
            let ledger = Query::new("SELECT detail || CAST(score AS TEXT) AS t FROM growth_assessment ORDER BY client_id, run_id LIMIT 3");
            let mut all = db.list(clients, |row| row.text("t")).await.expect("clients");
            all.truncate(3);
            all.extend(db.list(ledger, |row| row.text("t")).await.expect("ledger"));
            all
        };
        let before = digest(&db).await;
        let key = growth
            .save_policy(&tighter_policy(), "stricter", &moment(2))
            .await
            .expect("saves");
        growth.activate_policy(&key, &moment(3)).await.expect("activates");
        let runs = db.one(Query::new("SELECT COUNT(*) AS n FROM growth_assessment_run")).await.expect("counts");
        assert_eq!(runs.int("n").expect("n"), 2, "the new policy's view stands beside the old one's");
        let after = digest(&db).await;
        assert_eq!(before[..3], after[..3], "clients untouched");
        let kept = growth.client_history(&id("c1")).await.expect("history");
        assert_eq!(kept.len(), 2);
        assert_eq!(kept[0].policy.version, 1);
    })
    .await;
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

#[tokio::test]
async fn a_policy_is_previewed_saved_as_a_version_and_activated() {
    on_both_databases(async |db| {
        let growth = with_clients(&db).await;
        let before = live(&growth).await;
        let draft = Policy::from_toml(&tighter_policy()).expect("a policy");
        let preview = growth.preview_policy(&draft).await.expect("previews");
        assert_eq!(preview.movement.changed.len(), 3);

        let key =
            growth.save_policy(&tighter_policy(), " usage counts more ", &moment(2)).await.expect("saves");
        assert_eq!(key, PolicyKey { name: "framework".into(), version: 2 });
        let same = growth.save_policy(&tighter_policy(), "again", &moment(3)).await.expect("saves");
        assert_eq!(same, key, "the same text is the same version");
        assert_eq!(live(&growth).await.policy.key().version, 1, "saved is not active");

        let at_once =
            growth.board(BoardQuery { snapshot: None, policy: Some(key.clone()) }).await.expect("board");
        assert_ne!(*at_once.assessments, *before.assessments);
        growth.activate_policy(&key, &moment(4)).await.expect("activates");
        growth.activate_policy(&key, &moment(5)).await.expect("twice is once");
        assert_eq!(*live(&growth).await.assessments, *at_once.assessments);
        let versions = growth.policies().await.expect("lists");
        let active: Vec<_> = versions.iter().filter(|version| version.active).collect();
        assert_eq!((active.len(), &active[0].key, active[0].note.as_str()), (1, &key, "usage counts more"));
        assert_eq!(versions.len(), 3, "framework v1 and v2, legacy v1");

        let unknown = PolicyKey { name: "framework".into(), version: 9 };
        let refused = growth.activate_policy(&unknown, &moment(6)).await;
        assert!(matches!(refused, Err(GrowthError::UnknownPolicy(_))));
        assert!(matches!(growth.save_policy("name = 1", "", &moment(7)).await, Err(GrowthError::Policy(_))));
    })
    .await;
}

#[tokio::test]
async fn a_saved_policy_keeps_its_comments() {
    on_both_databases(async |db| {
        let growth = with_clients(&db).await;
        let text = growth::policy::FRAMEWORK_TOML.replace("name = \"framework\"", "# ours\nname = \"ours\"");
        let key = growth.save_policy(&text, "", &moment(2)).await.expect("saves");
        assert_eq!(key, PolicyKey { name: "ours".into(), version: 1 });
        assert!(growth.policy_text(&key).await.expect("text").contains("# ours"));
    })
    .await;
}

#[tokio::test]
async fn a_plan_is_made_worked_on_and_made_again() {
    on_both_databases(async |db| {
        let growth = with_clients(&db).await;
        let nobody = growth.generate_plan(&PlanRequest::default(), &moment(2)).await;
        assert!(matches!(nobody, Err(GrowthError::Plan(_))));
        let ben = add_owner(&growth, 3).await;
        let plan = growth.generate_plan(&PlanRequest::default(), &moment(4)).await.expect("plans");
        assert_eq!(plan.plan.as_of.to_string(), "2026-01-20");
        assert!(plan.actions.len() >= 2, "{plan:?}");
        assert_eq!(growth.current_plan().await.expect("reads"), Some(plan.clone()));

        let first = &plan.actions[0];
        let done = growth.set_action_status(first.id, ActionStatus::Done, &moment(5)).await.expect("ticks");
        assert_eq!(done.action.done_on.map(|day| day.to_string()), Some("2026-01-20".into()));
        let again = growth.set_action_status(first.id, ActionStatus::Done, &moment(6)).await.expect("twice");
        assert_eq!(again, done, "twice is once");
        let due: Date = "2026-02-02".parse().expect("date");
        let edit = ActionEdit {
            due: Some(due),
            hours: Some(2.5),
            note: Some("call first".into()),
            ..ActionEdit::default()
        };
        let second = plan
            .actions
            .iter()
            .find(|one| one.action.client_id == first.action.client_id && one.id != first.id);
        let second = second.expect("another action for the same client");
        growth.update_action(second.id, &edit, &moment(7)).await.expect("edits");
        let past = growth.action_changes(second.id).await.expect("past");
        assert_eq!((past.len(), past[0].status), (1, ActionStatus::Planned));
        assert!(past[0].sentence.contains("due 2026-02-02"), "{}", past[0].sentence);
        let hours = ActionEdit { hours: Some(f64::NAN), ..ActionEdit::default() };
        assert!(matches!(
            growth.update_action(second.id, &hours, &moment(8)).await,
            Err(GrowthError::ActionHours(_))
        ));

        let next = growth.generate_plan(&PlanRequest::default(), &moment(9)).await.expect("plans again");
        assert_ne!(next.id, plan.id);
        let carried = next.actions.iter().find(|one| one.id == second.id).expect("begun work moves on");
        assert_eq!((carried.action.due, carried.note.as_str()), (due, "call first"));
        assert!(next.actions.iter().all(|one| one.id != first.id), "what is done stays with the old plan");
        let planned_again = next.plan.engagements.iter().any(|one| one.client_id == first.action.client_id);
        assert!(!planned_again, "a client in work is not planned twice");
        assert_eq!(next.actions[0].action.owner.as_str(), ben.id.to_string());
    })
    .await;
}

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
async fn a_proposition_is_drafted_edited_and_sent() {
    on_both_databases(async |db| {
        let growth = with_clients(&db).await;
        let nobody = growth.draft_proposition(&id("nobody"), &moment(2)).await;
        assert!(matches!(nobody, Err(GrowthError::UnknownClient(_))));
        let draft = growth.draft_proposition(&id("c1"), &moment(2)).await.expect("drafts");
        assert_eq!(draft.content, growth.preview_proposition(&id("c1")).await.expect("previews"));
        let open = growth.draft_proposition(&id("c1"), &moment(3)).await.expect("drafts");
        assert_eq!(open, draft, "one open draft per client");

        let key = draft.summary.id;
        let mut text = draft.content.clone();
        text.subject = "An offer worth a look".into();
        let edited = growth.edit_proposition(key, &text, &moment(4)).await.expect("edits");
        assert_eq!((edited.this_version, edited.edited, &edited.content), (2, true, &text));
        assert_eq!(growth.edit_proposition(key, &text, &moment(5)).await.expect("again"), edited);
        let first = growth.proposition(key, Some(1)).await.expect("stays readable");
        assert_eq!(first.content, draft.content);
        let stranger = growth.preview_proposition(&id("c2")).await.expect("previews");
        let wrong = growth.edit_proposition(key, &stranger, &moment(6)).await;
        assert!(matches!(wrong, Err(GrowthError::PropositionClient { .. })));

        let sent = growth.mark_sent(key, Some("ceo@harbour.example"), &moment(7)).await.expect("sends");
        assert_eq!((sent.summary.status, sent.summary.sent_version), (PropositionStatus::Sent, Some(2)));
        assert_eq!(growth.mark_sent(key, None, &moment(8)).await.expect("twice is once"), sent);
        let late = growth.edit_proposition(key, &draft.content, &moment(9)).await;
        assert!(matches!(late, Err(GrowthError::PropositionSent)));
        let next = growth.draft_proposition(&id("c1"), &moment(10)).await.expect("a new one");
        assert_ne!(next.summary.id, key);
        assert_eq!(growth.propositions(Some(&id("c1"))).await.expect("lists").len(), 2);
        assert_eq!(growth.propositions(Some(&id("c2"))).await.expect("lists").len(), 0);
    })
    .await;
}

#[tokio::test]
async fn settings_and_owners_are_saved_and_checked() {
    on_both_databases(async |db| {
        let growth = with_clients(&db).await;
        assert_eq!(growth.settings().await.expect("reads").saved_at, None);
        let settings = Settings { goal_mrr: Decimal::from(50_000), correlation: 0.1, ..Settings::default() };
        growth.save_settings(settings.clone(), &moment(2)).await.expect("saves");
        let saved = growth.settings().await.expect("reads");
        assert_eq!((&saved.settings, saved.saved_by.as_deref()), (&settings, Some("ana@example.com")));
        let board = live(&growth).await;
        assert_eq!(board.goal_mrr().expect("goal").amount(), Decimal::from(50_000));
        assert_eq!(board.projection(None).expect("projects").correlation, 0.1);
        let wrong = Settings { correlation: 2.0, ..settings.clone() };
        assert!(matches!(growth.save_settings(wrong, &moment(3)).await, Err(GrowthError::Settings(_))));
        let euros = Settings { currency: "EUR".parse().expect("code"), ..settings };
        growth.save_settings(euros, &moment(4)).await.expect("saves");
        let mixed = live(&growth).await.projection(None);
        assert!(matches!(mixed, Err(GrowthError::SettingsCurrency { .. })), "currencies never mix");

        let ben = add_owner(&growth, 5).await;
        let draft = OwnerDraft {
            name: "Ben".into(),
            email: "BEN@example.com".into(),
            weekly_hours: 5.0,
            active: false,
        };
        let taken = growth.save_owner(None, &draft, &moment(6)).await;
        assert!(matches!(taken, Err(GrowthError::OwnerEmailTaken)));
        let changed = growth.save_owner(Some(ben.id), &draft, &moment(7)).await.expect("changes");
        assert_eq!(growth.owners().await.expect("lists"), [changed]);
    })
    .await;
}

#[tokio::test]
async fn every_change_is_logged_with_its_actor() {
    on_both_databases(async |db| {
        let growth = with_clients(&db).await;
        let revision = growth.revision().await.expect("revision");
        add_owner(&growth, 2).await;
        let plan = growth.generate_plan(&PlanRequest::default(), &moment(3)).await.expect("plans");
        growth.set_action_status(plan.actions[0].id, ActionStatus::Doing, &moment(4)).await.expect("ticks");
        assert_eq!(growth.revision().await.expect("revision"), revision + 3);
        let log = growth.activity(10).await.expect("log");
        let kinds: Vec<ActivityKind> = log.iter().map(|entry| entry.kind).collect();
        assert_eq!(
            kinds,
            [
                ActivityKind::ActionChanged,
                ActivityKind::PlanMade,
                ActivityKind::OwnerSaved,
                ActivityKind::SnapshotImported
            ]
        );
        assert!(log.iter().all(|entry| entry.actor == "ana@example.com"));
        let client = plan.actions[0].action.client_id.as_str();
        assert_eq!(growth.activity_of(client, 10).await.expect("log")[0].kind, ActivityKind::ActionChanged);
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
