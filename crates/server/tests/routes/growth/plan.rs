use growth::{
    outcome::OutcomeKind, owner::OwnerDraft, plan::ActionStatus, plan_record::PlannedAction,
    service::NewOutcome,
};
use server::testing::{Client, TestHub};

use super::fifty;

/// The fifty clients, two owners, and a plan.
async fn planned() -> (TestHub, Client) {
    let hub = fifty::hub().await;
    for (name, email, weekly_hours) in
        [("Ana Costa", "ana@example.com", 12.0), ("Bo Berg", "bo@example.com", 8.0)]
    {
        let draft = OwnerDraft { name: name.into(), email: email.into(), weekly_hours, active: true };
        hub.state().growth().save_owner(None, &draft, &fifty::moment(&hub)).await.expect("an owner");
    }
    let ana = hub.operator().await;
    let answer = ana.post("/growth/plan/new", &[("starts_on", "2026-01-19"), ("days", "90")]).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/growth/plan"), "{}", answer.text());
    (hub, ana)
}

async fn first_action(hub: &TestHub) -> PlannedAction {
    let plan = hub.state().growth().current_plan().await.expect("asked").expect("a plan");
    plan.actions.into_iter().next().expect("an action")
}

#[tokio::test]
async fn before_the_first_plan_every_tab_says_what_to_do() {
    let empty = TestHub::embedded().await;
    let ana = empty.operator().await;
    for path in ["/growth/plan", "/growth/plan/calendar", "/growth/plan/team", "/growth/plan/outcomes"] {
        assert!(ana.get(path).await.text().contains("Import clients"), "{path}");
    }
    let hub = fifty::hub().await;
    let ana = hub.operator().await;
    for path in ["/growth/plan", "/growth/plan/calendar", "/growth/plan/actions", "/growth/plan/choice"] {
        assert!(ana.get(path).await.text().contains("Make a plan"), "{path}");
    }
    for path in ["/growth/plan/team", "/growth/plan/progress", "/growth/plan/outcomes"] {
        assert_eq!(ana.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_plan_without_owners_is_refused_beside_the_team_and_stores_nothing() {
    let hub = fifty::hub().await;
    let ana = hub.operator().await;
    let answer = ana.post("/growth/plan/new", &[("starts_on", "2026-01-19"), ("days", "90")]).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains("at least one owner with hours"), "{}", answer.text());
    let answer = ana.post("/growth/plan/new", &[("starts_on", "soon"), ("days", "many")]).await;
    let page = answer.text();
    assert!(
        answer.status == 422 && page.contains("starts_on-error") && page.contains("days-error"),
        "{page}"
    );
    assert!(hub.state().growth().current_plan().await.expect("asked").is_none());
}

#[tokio::test]
async fn a_new_plan_shows_its_bound_its_gap_and_what_it_leaves_out() {
    let (hub, ana) = planned().await;
    let plan = hub.state().growth().current_plan().await.expect("asked").expect("a plan").plan;
    let board = ana.get("/growth/plan").await.text();
    let gap = server::design::format::percent(plan.gap, 2);
    assert!(board.contains("Upper bound") && board.contains(&format!("gap {gap}")), "{board}");
    assert_eq!(board.matches("data-action-id=").count(), plan.actions.len(), "every action is a card");
    let choice = ana.get("/growth/plan/choice?in=capacity").await.text();
    assert!(choice.contains("The hours go to work that is worth more"), "{choice}");
    let file = ana.get("/growth/plan/choice?format=csv").await;
    assert_eq!(file.header("x-row-count"), (plan.engagements.len() + plan.left_out.len()).to_string());
}

#[tokio::test]
async fn ticking_off_changes_the_status_and_writes_it_into_the_history() {
    let (hub, ana) = planned().await;
    let action = first_action(&hub).await;
    let path = format!("/growth/plan/actions/{}/status", action.id);
    let back = "/growth/plan?by=period";
    let answer = ana.post(&path, &[("status", "done"), ("back", back)]).await;
    assert_eq!((answer.status, answer.header("location")), (303, back));
    let done = hub.state().growth().action(action.id).await.expect("it is there");
    assert_eq!(done.action.status, ActionStatus::Done);
    assert_eq!(done.action.done_on.map(|day| day.to_string()).as_deref(), Some("2026-01-19"));
    let panel = ana.get(&format!("/growth/plan?action={}", action.id)).await.text();
    assert!(panel.contains("status done instead of planned"), "{panel}");
    assert_eq!(ana.post(&path, &[("status", "later")]).await.status, 422);
    let away = ana.post(&path, &[("status", "planned"), ("back", "https://evil.example/")]).await;
    assert_eq!(away.header("location"), "/growth/plan");
}

#[tokio::test]
async fn an_edit_is_kept_and_a_wrong_one_comes_back_with_its_errors() {
    let (hub, ana) = planned().await;
    let action = first_action(&hub).await;
    let path = format!("/growth/plan/actions/{}", action.id);
    let wrong = [
        ("owner_id", action.action.owner.as_str()),
        ("due", "tomorrow"),
        ("hours", "900"),
        ("note", "Call first"),
    ];
    let answer = ana.post(&path, &wrong).await;
    let page = answer.text();
    assert_eq!(answer.status, 422);
    assert!(
        page.contains("due-error") && page.contains("value=\"tomorrow\"") && page.contains("Call first"),
        "{page}"
    );
    let right = [
        ("owner_id", action.action.owner.as_str()),
        ("due", "2026-02-03"),
        ("hours", "2.5"),
        ("note", "Call first"),
    ];
    assert_eq!(ana.post(&path, &right).await.status, 303);
    let edited = hub.state().growth().action(action.id).await.expect("it is there");
    assert_eq!(
        (edited.action.due.to_string().as_str(), edited.action.hours, edited.note.as_str()),
        ("2026-02-03", 2.5, "Call first")
    );
    let february = ana.get("/growth/plan/calendar?month=2026-02").await.text();
    assert!(
        february.contains("datetime=\"2026-02-03\"") && february.contains(&action.id.to_string()),
        "{february}"
    );
}

#[tokio::test]
async fn the_board_shows_one_owners_actions_when_the_address_says_so() {
    let (hub, ana) = planned().await;
    let plan = hub.state().growth().current_plan().await.expect("asked").expect("a plan");
    let owner = plan.actions[0].action.owner.clone();
    let mine = plan.actions.iter().filter(|one| one.action.owner == owner).count();
    let page = ana.get(&format!("/growth/plan?by=period&owner={owner}")).await.text();
    assert_eq!(page.matches("data-action-id=").count(), mine);
    let file = ana.get(&format!("/growth/plan/actions?owner={owner}&format=csv")).await;
    assert_eq!(file.header("x-row-count"), mine.to_string());
}

#[tokio::test]
async fn owners_are_added_changed_and_refused_with_the_reason_beside_the_field() {
    let (hub, ana) = planned().await;
    let answer = ana
        .post(
            "/growth/plan/team",
            &[("name", "Cy"), ("email", "nowhere"), ("weekly_hours", "10"), ("active", "true")],
        )
        .await;
    assert!(answer.status == 422 && answer.text().contains("email-error"), "{}", answer.text());
    let answer = ana
        .post("/growth/plan/team", &[("name", "Cy"), ("email", "bo@example.com"), ("weekly_hours", "10")])
        .await;
    assert!(
        answer.status == 422 && answer.text().contains("Somebody else has this e-mail"),
        "{}",
        answer.text()
    );
    let owners = hub.state().growth().owners().await.expect("asked");
    assert_eq!(owners.len(), 2);
    let bo = owners.iter().find(|owner| owner.name == "Bo Berg").expect("Bo").id.to_string();
    let changed =
        [("id", bo.as_str()), ("name", "Bo Berg"), ("email", "bo@example.com"), ("weekly_hours", "4,5")];
    assert_eq!(ana.post("/growth/plan/team", &changed).await.status, 303);
    let owners = hub.state().growth().owners().await.expect("asked");
    let bo = owners.iter().find(|owner| owner.name == "Bo Berg").expect("Bo");
    assert_eq!((bo.weekly_hours, bo.active), (4.5, false));
}

#[tokio::test]
async fn a_win_shows_on_the_board_in_the_progress_and_can_be_withdrawn() {
    let (hub, ana) = planned().await;
    let action = first_action(&hub).await;
    let growth = hub.state().growth();
    let new = NewOutcome {
        client_id: action.action.client_id.clone(),
        occurred_on: "2026-01-19".parse().expect("a day"),
        kind: OutcomeKind::Won,
        arr: Some(12_000.into()),
        vehicle: None,
        note: None,
    };
    let outcome = growth.record_outcome(new, &fifty::moment(&hub)).await.expect("recorded");
    let board = ana.get("/growth/plan").await.text();
    assert!(board.contains("Won $12K ARR"), "{board}");
    let progress = ana.get("/growth/plan/progress").await.text();
    assert!(progress.contains("Win rate by tier") && progress.contains("1 won, 0 lost"), "{progress}");
    let list = ana.get(&format!("/growth/plan/outcomes?outcome={}", outcome.id)).await.text();
    assert!(list.contains("$12,000.00") && list.contains("Withdraw this outcome"), "{list}");
    let withdraw = format!("/growth/plan/outcomes/{}/withdraw", outcome.id);
    assert_eq!(ana.post(&withdraw, &[]).await.status, 303);
    assert!(growth.outcomes().await.expect("asked").is_empty());
    assert_eq!(ana.post(&withdraw, &[]).await.status, 404, "once is enough");
}
