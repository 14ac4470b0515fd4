use growth::policy::{FRAMEWORK_TOML, Policy};
use server::testing::TestHub;

use super::fifty;

/// The framework with more weight on usage, less on engagement, and its comments.
fn more_usage() -> String {
    let text = FRAMEWORK_TOML
        .replacen("name = \"usage\"\nweight = 0.15", "name = \"usage\"\nweight = 0.25", 1)
        .replacen("last interaction\nweight = 0.15", "last interaction\nweight = 0.05", 1);
    assert!(Policy::from_toml(&text).is_ok() && text != FRAMEWORK_TOML);
    text
}

async fn saved(hub: &TestHub) -> usize {
    hub.state().growth().policies().await.expect("versions").len()
}

#[tokio::test]
async fn versions_are_listed_and_the_live_one_is_marked() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let page = ana.get("/growth/policies").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("framework v1") && page.text().contains("legacy v1"));
    let version = ana.get("/growth/policies/framework/1").await;
    assert_eq!(version.status, 200);
    assert!(version.text().contains("This version counts"));
    // The text keeps the comments that name the source of every constant.
    assert!(version.text().contains("# Source of every constant"));
    assert_eq!(ana.get("/growth/policies/framework/9").await.status, 404);
    assert_eq!(ana.get("/growth/policies?format=csv").await.header("x-row-count"), "2");
}

#[tokio::test]
async fn a_preview_shows_whom_a_change_moves_and_saves_nothing() {
    let hub = fifty::hub().await;
    let ana = hub.operator().await;
    let page =
        ana.post("/growth/policies/preview", &[("from", "framework:1"), ("toml", &more_usage())]).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Change tier or level") && page.text().contains("Save as a new version"));
    assert_eq!(saved(&hub).await, 2);

    let slid = ana
        .get("/growth/policies/edit?readiness.levels%5B0%5D.from=95&readiness.levels%5B0%5D.fast_from=97")
        .await;
    assert_eq!(slid.status, 200);
    assert!(slid.text().contains("Readiness, live and draft"));
    let file = ana.get("/growth/policies/edit?readiness.levels%5B0%5D.from=95&readiness.levels%5B0%5D.fast_from=97&format=csv").await;
    let moved: usize = file.header("x-row-count").parse().expect("a number");
    assert!(moved > 0 && file.text().contains("ready_now -> ready_soon"), "{}", file.text());
    assert_eq!(saved(&hub).await, 2);
}

#[tokio::test]
async fn a_draft_that_moves_nobody_says_so() {
    let hub = fifty::hub().await;
    let page = hub.operator().await.get("/growth/policies/edit").await;
    assert!(page.text().contains("Nothing is changed yet"));
}

#[tokio::test]
async fn an_invalid_edit_names_key_value_and_reason_and_saves_nothing() {
    let hub = fifty::hub().await;
    let ana = hub.operator().await;
    let broken = FRAMEWORK_TOML.replacen("base = 50", "base = 150", 1);
    for path in ["/growth/policies", "/growth/policies/preview"] {
        let page = ana.post(path, &[("from", "framework:1"), ("toml", &broken), ("note", "higher")]).await;
        assert_eq!(page.status, 422, "{path}");
        for part in ["fit.base", "150", "must be a number from 0 to 100", "nothing is saved"] {
            assert!(page.text().contains(part), "{path}: {part}");
        }
        assert!(page.text().contains("base = 150"), "{path}: what was written is not lost");
    }
    let unreadable = ana.post("/growth/policies", &[("toml", "name = ")]).await;
    assert_eq!(unreadable.status, 422);
    // A slider beyond what the others allow: the next level would start above this one.
    let slid = ana.get("/growth/policies/edit?readiness.levels%5B1%5D.from=85").await;
    assert_eq!(slid.status, 422);
    assert!(slid.text().contains("readiness.levels[1].from") && slid.text().contains("edges descend"));
    assert_eq!(saved(&hub).await, 2);
}

#[tokio::test]
async fn a_saved_version_counts_only_once_the_owner_activates_it() {
    let hub = fifty::hub().await;
    let ana = hub.operator().await;
    let answer = ana.post("/growth/policies", &[("toml", &more_usage()), ("note", "Usage tells more")]).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/growth/policies/framework/2"));
    let growth = hub.state().growth();
    assert_eq!(growth.active_policy().await.expect("one").version, 1, "saving does not activate");
    let page = ana.get("/growth/policies/framework/2").await.text();
    assert!(page.contains("Make it count") && page.contains("Usage tells more"));
    assert!(page.contains("# Source of every constant"), "the author's comments are kept");

    let ben = hub.hub_user(kernel::HubRole::Growth).await;
    assert_eq!(ben.post("/growth/policies/framework/2/activate", &[]).await.status, 403);
    assert!(!ben.get("/growth/policies/framework/2").await.text().contains("Make it count"));
    assert_eq!(growth.active_policy().await.expect("one").version, 1);

    assert_eq!(ana.post("/growth/policies/framework/2/activate", &[]).await.status, 303);
    assert_eq!(growth.active_policy().await.expect("one").version, 2);
}
