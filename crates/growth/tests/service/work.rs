use growth::{
    GrowthError,
    activity::ActivityKind,
    outcome::OutcomeKind,
    owner::OwnerDraft,
    plan::ActionStatus,
    plan_record::ActionEdit,
    service::{NewOutcome, PlanRequest},
    settings::Settings,
};
use jiff::civil::Date;
use rust_decimal::Decimal;
use store::testing::on_both_databases;

use super::{add_owner, live, moment, with_clients};

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
async fn a_decision_skips_what_was_still_planned_for_it() {
    on_both_databases(async |db| {
        let growth = with_clients(&db).await;
        add_owner(&growth, 2).await;
        let plan = growth.generate_plan(&PlanRequest::default(), &moment(3)).await.expect("plans");
        let client = plan.actions[0].action.client_id.clone();
        let mine: Vec<_> = plan.actions.iter().filter(|one| one.action.client_id == client).collect();
        assert!(mine.len() >= 2, "{plan:?}");
        growth.set_action_status(mine[0].id, ActionStatus::Done, &moment(4)).await.expect("ticks");
        let loss = NewOutcome {
            client_id: client.clone(),
            occurred_on: "2026-01-20".parse().expect("date"),
            kind: OutcomeKind::Lost,
            arr: None,
            vehicle: None,
            note: None,
        };
        growth.record_outcome(loss, &moment(5)).await.expect("records");

        let after = growth.current_plan().await.expect("reads").expect("a plan");
        for action in &after.actions {
            let expected = match &action.action {
                of_another if of_another.client_id != client => ActionStatus::Planned,
                _ if action.id == mine[0].id => ActionStatus::Done,
                _ => ActionStatus::Skipped,
            };
            assert_eq!(action.action.status, expected, "{action:?}");
        }
        let past = growth.action_changes(mine[1].id).await.expect("past");
        assert_eq!(past[0].sentence, "skipped: the client decided on 2026-01-20 (lost)");
        growth.set_action_status(mine[1].id, ActionStatus::Planned, &moment(6)).await.expect("reopens");
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
