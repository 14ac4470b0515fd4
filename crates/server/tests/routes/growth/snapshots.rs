use jiff::ToSpan;
use server::testing::TestHub;

use super::base::{self, AS_OF};

#[tokio::test]
async fn two_snapshots_say_who_came_who_left_and_who_moved() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let before =
        base::import(&hub, AS_OF - 7.days(), &[base::best("c1"), base::blank("c2"), base::best("c3")]).await;
    let after = base::import(&hub, AS_OF, &[base::unhappy("c1"), base::blank("c2"), base::best("c4")]).await;

    let list = ana.get("/growth/snapshots").await.text();
    for snapshot in [&before, &after] {
        assert!(list.contains(&format!("/growth/snapshots/{}", snapshot.id)), "{list}");
    }
    let address = format!("/growth/snapshots/compare?before={}&after={}", before.id, after.id);
    let page = ana.get(&address).await.text();
    assert!(
        page.contains("0 clients rose, 1 fell, 1 changed tier or level, 1 came, 1 left, 1 did not move."),
        "{page}"
    );
    assert!(page.contains("What moved them") && page.contains("satisfaction"), "{page}");
    let csv = ana.get(&format!("{address}&format=csv")).await;
    assert_eq!(csv.header("x-row-count"), "3");
    let came = ana.get(&format!("{address}&kind=came&format=csv")).await;
    assert!(came.header("x-row-count") == "1" && came.text().contains("Best c4"), "{}", came.text());

    let one = ana.get(&format!("/growth/snapshots/{}", before.id)).await.text();
    assert!(one.contains(&format!("/growth?snapshot={}", before.id)), "an older one is opened by its name");
    assert!(
        ana.get(&format!("/growth/snapshots/{}?show=columns", after.id)).await.text().contains("current_mrr")
    );
}

#[tokio::test]
async fn one_snapshot_has_nothing_to_be_compared_with() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    assert!(ana.get("/growth/snapshots").await.text().contains("Import clients"));
    assert!(ana.get("/growth/snapshots/compare").await.text().contains("Two snapshots are needed"));
    assert_eq!(ana.get("/growth/snapshots/compare?before=nonsense").await.status, 404);
    assert_eq!(ana.get("/growth/snapshots/01ARZ3NDEKTSV4RRFFQ69G5FAV").await.status, 404);
}
