//! The RavenStack profile on the RavenStack files, and what a profile promises in general.

use growth::{
    import::Imported,
    profile::{Evidence, Profile, ProfileError, SourceFile, derive, outcomes},
};
use jiff::civil::{Date, date};
use rust_decimal::Decimal;

const ACCOUNTS: &[u8] = include_bytes!("../../../data/ravenstack/ravenstack_accounts.csv.gz");
const SUBSCRIPTIONS: &[u8] = include_bytes!("../../../data/ravenstack/ravenstack_subscriptions.csv.gz");
const USAGE: &[u8] = include_bytes!("../../../data/ravenstack/ravenstack_feature_usage.csv.gz");
const TICKETS: &[u8] = include_bytes!("../../../data/ravenstack/ravenstack_supports_ticket.csv.gz");
const CHURN: &[u8] = include_bytes!("../../../data/ravenstack/ravenstack_churn_events.csv.gz");

const NAMES: [&str; 5] = [
    "ravenstack_accounts.csv.gz",
    "ravenstack_subscriptions.csv.gz",
    "ravenstack_feature_usage.csv.gz",
    "ravenstack_supports_ticket.csv.gz",
    "ravenstack_churn_events.csv.gz",
];

fn files<'a>(contents: &'a [Vec<u8>; 5]) -> Vec<SourceFile<'a>> {
    NAMES.iter().zip(contents).map(|(name, bytes)| SourceFile { name, bytes }).collect()
}

fn contents() -> [Vec<u8>; 5] {
    [ACCOUNTS, SUBSCRIPTIONS, USAGE, TICKETS, CHURN].map(unpacked)
}

fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(bytes), &mut text).expect("gzip");
    text
}

fn ravenstack() -> Profile {
    Profile::shipped("ravenstack").expect("the shipped profile is sound")
}

fn mrr(imported: &Imported) -> Decimal {
    imported.clients.iter().map(|client| client.current_mrr.amount()).sum()
}

#[test]
fn clients_and_revenue_equal_an_independent_count() {
    // Counted from the files by a few lines of Python: paid subscriptions begun and not ended, by account.
    let (contents, profile) = (contents(), ravenstack());
    let evidence = Evidence::load(&files(&contents), &profile).expect("readable");
    for (as_of, clients, revenue) in [
        (date(2023, 12, 31), 185, 1_262_113),
        (date(2024, 6, 30), 333, 3_833_405),
        (date(2024, 9, 30), 414, 6_035_345),
    ] {
        let imported = evidence.metrics(as_of).expect("metrics");
        assert_eq!(imported.rejected, [], "{as_of}");
        assert_eq!(imported.clients.len(), clients, "{as_of}");
        assert_eq!(mrr(&imported), Decimal::from(revenue), "{as_of}");
    }
}

#[test]
fn outcomes_equal_an_independent_count() {
    let (contents, profile) = (contents(), ravenstack());
    let evidence = Evidence::load(&files(&contents), &profile).expect("readable");
    let after = date(2024, 6, 30);
    let paying: Vec<_> = evidence
        .metrics(after)
        .expect("metrics")
        .clients
        .into_iter()
        .map(|client| client.client_id)
        .collect();
    let outcomes = evidence.outcomes(after, date(2024, 12, 31));
    let of_paying = outcomes.iter().filter(|outcome| paying.contains(&outcome.client_id));
    let (upgraded, churned) = of_paying.fold((0, 0), |(upgraded, churned), outcome| {
        (upgraded + usize::from(outcome.upgraded.is_some()), churned + usize::from(outcome.churned.is_some()))
    });
    assert_eq!((outcomes.len(), upgraded, churned), (348, UPGRADED, CHURNED));
    assert!(
        outcomes
            .iter()
            .filter_map(|outcome| outcome.upgraded)
            .all(|event| event.on > after && event.arr.is_some())
    );
}

/// Accounts paying on 2024-06-30 with a paid upgrade, and with a churn event, later in 2024 (same count).
const UPGRADED: usize = 104;
const CHURNED: usize = 142;

#[test]
fn a_row_of_the_future_changes_no_metric() {
    let profile = ravenstack();
    let as_of = date(2024, 6, 30);
    let mut contents = contents();
    let before = derive(&files(&contents), &profile, as_of).expect("metrics");
    let future: [&str; 5] = [
        // A new account, and a known one again.
        "A-000000,Tomorrow,EdTech,US,01-07-2024,partner,Basic,9,FALSE,FALSE\nA-43a9e3,Again,EdTech,US,01-07-2024,x,Basic,9,FALSE,FALSE\n",
        // New business of a known account, and a known subscription again.
        "S-000000,A-43a9e3,01-07-2024,,Pro,900,90000,1080000,FALSE,TRUE,FALSE,FALSE,monthly,TRUE\n\
         S-8cec59,A-43a9e3,02-07-2024,,Pro,900,90000,1080000,FALSE,TRUE,FALSE,FALSE,monthly,TRUE\n",
        "U-000000,S-8cec59,01-07-2024,feature_1,100000,1,0,FALSE\nU-000001,S-000000,29-06-2024,feature_1,100000,1,0,FALSE\n",
        "T-000000,A-43a9e3,01-07-2024,02-07-2024 03:00,27,high,74,1,FALSE\n",
        "C-000000,A-43a9e3,01-07-2024,pricing,4.03,FALSE,FALSE,FALSE,\n",
    ];
    for (content, rows) in contents.iter_mut().zip(future) {
        // First in the file, so that nothing can hide behind "the first row counts".
        let header_end = content.iter().position(|byte| *byte == b'\n').expect("a header") + 1;
        content.splice(header_end..header_end, rows.bytes());
    }
    let after = derive(&files(&contents), &profile, as_of).expect("metrics");
    assert!(before.clients.iter().any(|client| client.client_id.as_str() == "A-43a9e3"));
    assert_eq!(after.clients, before.clients);
    let later = derive(&files(&contents), &profile, date(2024, 7, 2)).expect("metrics");
    let told =
        |imported: &Imported| imported.clients.iter().find(|c| c.client_id.as_str() == "A-43a9e3").cloned();
    assert_ne!(told(&later), told(&before), "the same rows count once their day has come");
}

#[test]
fn a_value_filled_in_later_is_unknown_until_then() {
    let profile = ravenstack();
    let one = |tickets: &str, subscriptions: &str, as_of: Date| {
        let contents = [
            "account_id,account_name,signup_date\nA-1,One,01-01-2024\n".to_owned(),
            format!(
                "subscription_id,account_id,start_date,end_date,seats,mrr_amount,arr_amount,is_trial,upgrade_flag,churn_flag\n{subscriptions}"
            ),
            "subscription_id,usage_date,usage_count\n".to_owned(),
            format!(
                "account_id,submitted_at,closed_at,resolution_time_hours,satisfaction_score,escalation_flag\n{tickets}"
            ),
            "account_id,churn_date\n".to_owned(),
        ]
        .map(String::into_bytes);
        derive(&files(&contents), &profile, as_of).expect("metrics")
    };
    let subscriptions = "S-1,A-1,01-01-2024,15-05-2024,3,100,1200,FALSE,FALSE,TRUE\nS-2,A-1,01-02-2024,,5,50,600,FALSE,FALSE,FALSE\n";
    let tickets = "A-1,01-03-2024,10-03-2024 09:00,9,5,FALSE\n";
    let on = |as_of| one(tickets, subscriptions, as_of).clients.remove(0);

    let open = on(date(2024, 3, 9));
    assert_eq!((open.satisfaction_score, open.last_interaction_date), (None, Some(date(2024, 3, 1))));
    assert_eq!(open.current_mrr.amount(), Decimal::from(150), "its end is not known yet");
    let closed = on(date(2024, 3, 10));
    assert_eq!(
        (closed.satisfaction_score, closed.last_interaction_date),
        (Some(5.0), Some(date(2024, 3, 10)))
    );
    assert_eq!(on(date(2024, 5, 14)).current_mrr.amount(), Decimal::from(150));
    assert_eq!(on(date(2024, 5, 15)).current_mrr.amount(), Decimal::from(50));
    assert_eq!(closed.tenure_months, Some(2));
    assert_eq!(closed.active_users, Some(8));
}

#[test]
fn use_that_stopped_is_a_fall_and_not_unknown() {
    // By a few lines of Python: 20 uses or more from 180 to 90 days ago, and none since.
    let (contents, profile) = (contents(), ravenstack());
    let evidence = Evidence::load(&files(&contents), &profile).expect("readable");
    for (as_of, stopped) in [(date(2023, 12, 31), 8), (date(2024, 6, 30), 9), (date(2024, 9, 30), 7)] {
        let imported = evidence.metrics(as_of).expect("metrics");
        let fallen = imported.clients.iter().filter(|client| client.leads_growth_rate == Some(-1.0));
        assert_eq!(fallen.count(), stopped, "{as_of}");
    }
}

#[test]
fn what_no_table_tells_stays_unknown() {
    let (contents, profile) = (contents(), ravenstack());
    let imported = derive(&files(&contents), &profile, date(2024, 9, 30)).expect("metrics");
    for client in &imported.clients {
        assert_eq!(client.executive_relationship_strength, None);
        assert_eq!(
            (client.roi_percentage, client.nps_score, client.payment_history_score),
            (None, None, None)
        );
        assert_eq!((client.success_case_documented, client.locations_count), (None, None));
        assert_eq!((client.leads_processed_monthly, client.contract_end_date), (None, None));
    }
    let known = |count: usize| assert!(count > imported.clients.len() / 2, "{count}");
    known(imported.clients.iter().filter(|client| client.satisfaction_score.is_some()).count());
    known(imported.clients.iter().filter(|client| client.usage_intensity.is_some()).count());
    known(imported.clients.iter().filter(|client| client.last_interaction_date.is_some()).count());
}

#[test]
fn a_missing_or_doubtful_file_is_named() {
    let (contents, profile) = (contents(), ravenstack());
    let all = files(&contents);
    assert!(
        matches!(derive(&all[1..], &profile, date(2024, 1, 1)), Err(ProfileError::NoFile { table, .. }) if table == "accounts")
    );
    let mut twice = all.clone();
    twice.push(SourceFile { name: "my_accounts.csv", ..all[0] });
    assert!(matches!(derive(&twice, &profile, date(2024, 1, 1)), Err(ProfileError::TwoFiles { .. })));
    let mut other = all.clone();
    other[4] = SourceFile { name: "churn_events.csv", bytes: b"account_id,day\nA-1,01-01-2024\n" };
    assert!(
        matches!(derive(&other, &profile, date(2024, 1, 1)), Err(ProfileError::NoColumn { column, .. }) if column == "churn_date")
    );
}

#[test]
fn a_row_that_cannot_be_placed_in_time_is_left_out_and_noticed() {
    let (mut contents, profile) = (contents(), ravenstack());
    let before = derive(&files(&contents), &profile, date(2024, 6, 30)).expect("metrics");
    contents[3]
        .extend_from_slice(b"T-x,A-43a9e3,31-02-2024,,1,low,1,5,FALSE\nT-y,A-43a9e3,,,1,low,1,5,FALSE\n");
    let after = derive(&files(&contents), &profile, date(2024, 6, 30)).expect("metrics");
    assert_eq!(after.clients, before.clients);
    assert_eq!(after.notices.len(), before.notices.len() + 2);
    assert!(after.notices.iter().any(|notice| notice.row == 2001 && notice.value == "31-02-2024"));
}

/// Changes one line of the shipped profile and says what reading it gives.
fn broken(from: &str, to: &str) -> String {
    let text = include_str!("../../../profiles/ravenstack.toml");
    assert!(text.contains(from), "{from}");
    Profile::from_toml(&text.replacen(from, to, 1)).map(|_| ()).expect_err(to).to_string()
}

#[test]
fn a_faulty_profile_is_refused_with_the_place() {
    for (from, to, expected) in [
        ("aggregate = \"mean\"", "aggregate = \"average\"", "unknown variant `average`"),
        ("columns = [\"mrr_amount\"]", "column = \"mrr_amount\"", "unknown field `column`"),
        (
            "table = \"tickets\", aggregate = \"mean\"",
            "table = \"ticket\", aggregate = \"mean\"",
            "there is no table `ticket`",
        ),
        ("aggregate = \"sum\", columns = [\"seats\"]", "aggregate = \"sum\"", "metrics.active_users.of"),
        ("columns = [\"seats\"]", "columns = [\"start_date\"]", "read as a number here and as a date"),
        ("{ column = \"end_date\", empty = true }", "{ column = \"end_date\" }", "exactly one comparison"),
        (
            "table = \"accounts\", aggregate = \"earliest\", columns = [\"signup_date\"]",
            "table = \"accounts\", aggregate = \"count\"",
            "does not give what implementation_date is",
        ),
        ("[metrics.current_mrr]", "[metrics.current_arr]", "unknown variant `current_arr`"),
        ("clamp = [0, 1]", "clamp = [1, 0]", "wrong way round"),
        ("root = 3", "root = 0", "`root` starts at 1"),
    ] {
        let fault = broken(from, to);
        assert!(fault.contains(expected), "{to}: {fault}");
    }
}

#[test]
fn a_column_that_states_the_end_of_the_data_cannot_be_read() {
    let fault = broken(
        "aggregate = \"earliest\", columns = [\"signup_date\"]",
        "aggregate = \"earliest\", columns = [\"churn_flag\"]",
    );
    assert!(fault.contains("states the end of the data"), "{fault}");
}

#[test]
fn another_vendor_is_a_new_profile_and_no_code() {
    let profile = Profile::from_toml(
        r#"
        name = "stripe"
        version = 1
        title = "Stripe customers and subscriptions"
        source = "Stripe dashboard, export"
        currency = "USD"
        date_formats = ["%Y-%m-%d %H:%M"]

        [client]
        table = "customers"
        id = "id"
        name = "Name"
        positive = "current_mrr"

        [tables.customers]
        files = ["*customers*"]
        client = "id"
        recorded_at = "Created (UTC)"

        [tables.subscriptions]
        files = ["*subscriptions*"]
        client = "Customer ID"
        recorded_at = "Start (UTC)"
        known_at = { "Canceled At (UTC)" = "Canceled At (UTC)" }

        [metrics.current_mrr]
        why = "amounts of running subscriptions, monthly ones as they are"
        of = { table = "subscriptions", aggregate = "sum", columns = ["Amount"], where = [{ column = "Interval", equals = "month" }, { column = "Canceled At (UTC)", empty = true }], when_none = 0 }

        [metrics.active_users]
        why = "seats bought"
        of = { table = "subscriptions", aggregate = "maximum", columns = ["Quantity"], where = [{ column = "Quantity", above = 0.5 }] }

        [metrics.satisfaction_score]
        why = "none in reality: shows that ratio, factor and summand work together"
        of = { table = "subscriptions", aggregate = "minimum", columns = ["Quantity"] }
        over = { table = "subscriptions", aggregate = "count", window_days = 30 }
        scale = 0.5
        offset = 1.25

        [metrics.upsell_history]
        why = "the newest plan is owned"
        of = { table = "subscriptions", aggregate = "newest", columns = ["Plan"] }
        "#,
    )
    .expect("a profile");
    let files = [
        SourceFile {
            name: "unified_customers.csv",
            bytes:
                b"id,Name,Created (UTC)\ncus_1,Harbour Homes,2025-01-02 10:00\ncus_2,Gone,2025-01-02 10:00\n",
        },
        SourceFile {
            name: "export/subscriptions.csv",
            bytes: b"id,Customer ID,Plan,Quantity,Interval,Amount,Start (UTC),Canceled At (UTC)\n\
                     sub_1,cus_1,Starter,3,month,99.90,2025-01-02 10:01,\n\
                     sub_2,cus_1,White Label,7,month,500.10,2025-03-02 10:01,\n\
                     sub_3,cus_2,Starter,1,month,99.00,2025-01-02 10:01,2025-02-01 08:00\n",
        },
    ];
    let imported = derive(&files, &profile, date(2025, 3, 31)).expect("metrics");
    assert_eq!(imported.clients.len(), 1);
    let client = &imported.clients[0];
    assert_eq!(client.current_mrr.amount(), Decimal::from(600));
    assert_eq!((client.active_users, client.upsell_history[0].as_str()), (Some(7), "white_label"));
    assert_eq!(
        client.satisfaction_score,
        Some(2.75),
        "3 seats over 1 subscription of March, halved, plus 1.25"
    );
    assert!(
        outcomes(&files, &profile, date(2025, 1, 5), date(2025, 3, 31))
            .expect("outcomes")
            .iter()
            .all(|o| o.churned.is_none())
    );
}
