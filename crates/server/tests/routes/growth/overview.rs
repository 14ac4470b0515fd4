use jiff::civil::date;
use server::testing::TestHub;

use super::base::{AS_OF, best, blank, five, import, unhappy};

#[tokio::test]
async fn revenue_is_compared_month_with_month_and_never_a_year_with_a_month() {
    let hub = TestHub::embedded().await;
    import(&hub, AS_OF, &five()).await;
    let page = hub.operator().await.get("/growth").await.text();
    // 2 400 + 2 400 + 3 600 + 1 200 + 900.
    assert!(page.contains("title=\"$10,500.00\""), "{page}");
    assert!(page.contains("<dt>current MRR</dt><dd>$10,500.00</dd>"), "{page}");
    // 400 000 less 10 500, and twelve times that.
    assert!(page.contains("$390K MRR</strong> more, which is <strong>$4.7M ARR"), "{page}");
    // Three of 37 500 a year: 9 375 a month, of 389 500.
    assert!(page.contains("2.4 %<small> of the goal’s gap"), "{page}");
    assert!(page.contains("this pipeline alone cannot reach the goal"));
}

#[tokio::test]
async fn a_tier_stands_with_its_true_multiple_beside_its_name() {
    let hub = TestHub::embedded().await;
    import(&hub, AS_OF, &[best("c1")]).await;
    let page = hub.operator().await.get("/growth").await.text();
    // (28 800 + 37 500) / 28 800.
    assert!(page.contains("“10x”") && page.contains("2.30×"), "{page}");
}

#[tokio::test]
async fn the_second_import_says_who_moved_and_why() {
    let hub = TestHub::embedded().await;
    import(&hub, date(2026, 1, 12), &[best("c1"), unhappy("c4"), blank("gone")]).await;
    let ana = hub.operator().await;
    assert!(ana.get("/growth").await.text().contains("nothing to compare with yet"));
    let worse = best("c1").replace(",4.8,", ",3.0,").replace(",2026-01-10,", ",2026-01-02,");
    import(&hub, AS_OF, &[worse, unhappy("c4"), blank("new")]).await;
    let page = ana.get("/growth").await.text();
    assert!(page.contains("19 Jan 2026 against 12 Jan 2026"), "{page}");
    assert!(
        page.contains("<dt>new</dt><dd class=\"num\">1</dd>")
            && page.contains("<dt>gone</dt><dd class=\"num\">1</dd>"),
        "{page}"
    );
    assert!(page.contains("most by satisfaction") || page.contains("most by engagement"), "{page}");
}

#[tokio::test]
async fn settings_in_another_currency_do_not_take_the_page_away() {
    let hub = TestHub::embedded().await;
    let growth = hub.state().growth();
    let settings = growth::settings::Settings {
        currency: "EUR".parse().expect("a currency"),
        ..growth::settings::Settings::default()
    };
    let moment = growth::Moment {
        now: server::testing::START.parse().expect("an instant"),
        actor: kernel::Actor::new("test"),
        entropy: 9,
    };
    growth.save_settings(settings, &moment).await.expect("saved");
    import(&hub, AS_OF, &five()).await;
    let page = hub.operator().await.get("/growth").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Revenue and goal cannot be compared"), "{}", page.text());
}

#[tokio::test]
async fn the_page_follows_the_hub() {
    let hub = TestHub::embedded().await;
    import(&hub, AS_OF, &five()).await;
    let page = hub.operator().await.get("/growth?client=c1").await.text();
    assert!(page.contains("hx-trigger=\"growth_changed from:body"), "{page}");
    assert!(page.contains("hx-select=\"#overview\"") && page.contains("id=\"overview\""));
}
