//! Every validation rule of the import, one test each.

use growth::import::{
    self, ColumnMapping, ColumnMatch, ColumnTarget, Field, ImportError, ImportOptions, Imported,
};
use jiff::civil::{Date, date};
use kernel::Currency;
use rust_decimal::Decimal;
use tabular::{Format, Hint};

const OPTIONS: ImportOptions = ImportOptions { as_of: date(2026, 1, 19), currency: Currency::USD };

fn read(file: &str) -> Imported {
    import::read(file.as_bytes(), &Hint::format(Format::Csv), &ColumnMapping::default(), &OPTIONS)
        .expect("readable")
}

/// Imports one client with `cell` in the column of `field`, and checks that no row is lost.
fn with(field: &str, cell: &str) -> Imported {
    let quoted = format!("\"{}\"", cell.replace('"', "\"\""));
    let file = match field {
        "client_id" => format!("client_id,client_name,current_mrr\n{quoted},Harbour Homes,2400\n"),
        "client_name" => format!("client_id,client_name,current_mrr\nc1,{quoted},2400\n"),
        "current_mrr" => format!("client_id,client_name,current_mrr\nc1,Harbour Homes,{quoted}\n"),
        _ => format!("client_id,client_name,current_mrr,{field}\nc1,Harbour Homes,2400,{quoted}\n"),
    };
    let imported = read(&file);
    assert_eq!(imported.clients.len() as u64 + imported.rejected_rows(), imported.rows, "{field}={cell}");
    imported
}

fn accepted(field: &str, cells: &[&str]) {
    for cell in cells {
        let imported = with(field, cell);
        assert_eq!(imported.rejected, [], "{field}={cell}");
    }
}

/// Every one of `cells` is refused, named, and the reason holds `reason`.
fn refused(field: &str, cells: &[&str], reason: &str) {
    for cell in cells {
        let imported = with(field, cell);
        assert_eq!(imported.clients, [], "{field}={cell}");
        let [rejection] = imported.rejected.as_slice() else { panic!("one reason: {:?}", imported.rejected) };
        assert_eq!((rejection.row, rejection.field.as_str()), (1, field), "{cell}");
        assert_eq!(rejection.value, cell.trim());
        assert!(rejection.message.contains(reason), "{}", rejection.message);
    }
}

#[test]
fn an_empty_identifier_is_rejected() {
    refused("client_id", &["", "  "], "is empty");
    refused("client_id", &["n/a", "null"], "is not given");
}

#[test]
fn a_repeated_identifier_is_rejected_and_the_first_stays() {
    let file = "client_id,client_name,current_mrr\nc1,First,1\nc2,Other,2\n c1 ,Second,3\n";
    let imported = read(file);
    let names: Vec<&str> = imported.clients.iter().map(|client| &*client.client_name).collect();
    assert_eq!(names, ["First", "Other"]);
    assert_eq!((imported.rejected[0].row, imported.rejected[0].field.as_str()), (3, "client_id"));
    assert!(imported.rejected[0].message.contains("row 1 has it already"));
}

#[test]
fn an_identifier_whose_first_row_was_refused_is_still_free() {
    let file = "client_id,client_name,current_mrr\nc1,First,-1\nc1,Second,3\n";
    let imported = read(file);
    assert_eq!(imported.clients.len(), 1);
    assert_eq!(imported.rejected_rows(), 1);
}

#[test]
fn an_empty_name_is_rejected() {
    refused("client_name", &["", " "], "is empty");
}

#[test]
fn a_name_with_a_line_break_or_of_endless_length_is_rejected() {
    let imported = with("client_name", "two\nlines");
    assert!(imported.rejected[0].message.contains("control character"));
    assert_eq!(imported.rejected[0].value, "two lines");
    let imported = with("client_name", &"x".repeat(201));
    assert!(imported.rejected[0].message.contains("longer than 200"));
    assert!(imported.rejected[0].value.chars().count() <= 121, "a long value is cut");
}

#[test]
fn a_negative_spend_is_rejected() {
    refused("current_mrr", &["-1", "-0.01"], "is negative");
    refused("current_annual_spend", &["-1"], "is negative");
    accepted("current_mrr", &["0", "0.00", "-0"]);
}

#[test]
fn a_row_without_any_spend_is_rejected() {
    let imported = read("client_id,client_name,current_mrr,current_annual_spend\nc1,Harbour Homes,,\n");
    assert_eq!(imported.clients, []);
    assert_eq!(imported.rejected[0].field, "current_mrr");
    assert!(imported.rejected[0].message.contains("give one of them"));
}

#[test]
fn one_spend_gives_the_other() {
    let imported = read("client_id,client_name,current_annual_spend\nc1,Harbour Homes,\"$28,800.00\"\n");
    assert_eq!(imported.clients[0].current_arr.amount(), Decimal::from(28_800));
    assert_eq!(imported.clients[0].current_mrr.amount(), Decimal::from(2_400));
    let imported = with("current_mrr", "2400.50");
    assert_eq!(imported.clients[0].current_arr.amount(), Decimal::from(28_806));
}

#[test]
fn spends_that_differ_by_more_than_one_percent_are_accepted_with_a_notice_and_the_annual_figure_counts() {
    for (annual, arr, notices) in
        [("28800", 28_800, 0), ("29088", 28_800, 0), ("29089", 29_089, 1), ("9000", 9_000, 1)]
    {
        let imported = with("current_annual_spend", annual);
        assert_eq!(imported.clients[0].current_arr.amount(), Decimal::from(arr), "{annual}");
        assert_eq!(imported.clients[0].current_mrr.amount(), Decimal::from(2_400));
        assert_eq!(imported.notices.len(), notices, "{annual}");
        assert!(
            imported.notices.iter().all(|notice| notice.row == 1 && notice.field == "current_annual_spend")
        );
    }
}

#[test]
fn not_a_number_and_infinity_are_rejected() {
    for field in ["current_mrr", "roi_percentage", "satisfaction_score", "leads_growth_rate", "active_users"]
    {
        refused(field, &["NaN", "nan", "inf", "-Infinity"], "not a finite number");
    }
    refused("roi_percentage", &["1e400"], "too large");
}

#[test]
fn a_number_that_is_no_number_is_rejected() {
    for field in ["current_mrr", "roi_percentage", "satisfaction_score", "usage_intensity", "locations_count"]
    {
        refused(field, &["many", "1.2.3", "12 000", "0x10", "(5)", "\u{0664}"], "not a number");
    }
}

#[test]
fn numbers_beyond_reason_are_rejected() {
    refused("current_mrr", &["1000000000001", "1e15"], "too large");
    refused("current_mrr", &["1e60", "99999999999999999999999999999999"], "too large");
    refused("active_users", &["1000000001", "4294967296"], "too large");
    refused("roi_percentage", &["1e10"], "lies outside");
    refused("leads_growth_rate", &["1001"], "lies outside");
}

#[test]
fn satisfaction_outside_one_to_five_is_rejected() {
    refused("satisfaction_score", &["9.5", "0.99", "5.01", "0", "-3"], "lies outside 1 to 5");
    accepted("satisfaction_score", &["1", "5", "4.49"]);
}

#[test]
fn growth_below_minus_one_is_rejected() {
    for field in ["leads_growth_rate", "locations_growth_rate"] {
        refused(field, &["-1.5", "-1.0001"], "lies outside -1");
        accepted(field, &["-1", "-1.0", "2.0"]);
    }
}

#[test]
fn usage_outside_zero_to_one_is_rejected() {
    refused("usage_intensity", &["1.4", "-0.1", "85"], "as a fraction: 0.2 is 20 %");
    accepted("usage_intensity", &["0", "1", "0.70001"]);
}

#[test]
fn executive_relationship_and_payment_history_outside_one_to_ten_are_rejected() {
    for field in ["executive_relationship_strength", "payment_history_score"] {
        refused(field, &["0", "0.9", "10.1", "11"], "lies outside 1 to 10");
        accepted(field, &["1", "10", "7.5"]);
    }
}

#[test]
fn nps_outside_its_range_is_rejected() {
    refused("nps_score", &["-101", "100.5"], "lies outside -100 to 100");
    accepted("nps_score", &["-100", "100", "0"]);
}

const COUNTS: [&str; 9] = [
    "tenure_months",
    "active_users",
    "locations_count",
    "monthly_active_locations",
    "leads_processed_monthly",
    "appointments_generated_monthly",
    "referrals_provided",
    "support_tickets_monthly",
    "feature_requests",
];

#[test]
fn a_negative_count_is_rejected() {
    for field in COUNTS {
        refused(field, &["-1"], "is negative");
    }
}

#[test]
fn a_fractional_count_is_rejected() {
    for field in COUNTS {
        refused(field, &["2.5"], "not a whole number");
        accepted(field, &["0", "12", "12.0", "1,200"]);
    }
}

#[test]
fn a_future_interaction_date_is_rejected() {
    refused(
        "last_interaction_date",
        &["2026-01-20", "2026-01-24T00:00:00", "2026-01-19T23:30:00-05:00"],
        "in the future",
    );
    accepted("last_interaction_date", &["2026-01-19", "2026-01-19T23:59:59", "2026-01-20T01:00:00+02:00"]);
}

#[test]
fn a_date_in_another_notation_is_rejected() {
    for field in ["last_interaction_date", "implementation_date", "contract_end_date"] {
        refused(field, &["19-01-2026", "01/19/2026", "2026-02-30", "soon"], "not a date");
        refused(field, &["46041", "20260119"], "bare number");
        refused(field, &["0001-01-01", "9999-12-31"], "outside the years");
    }
}

#[test]
fn timestamps_become_utc_dates() {
    let imported = with("last_interaction_date", "2026-01-18T23:30:00-05:00");
    assert_eq!(imported.clients[0].last_interaction_date, Some(date(2026, 1, 19)));
}

#[test]
fn a_flag_that_is_neither_is_rejected() {
    refused("success_case_documented", &["maybe", "2", "oui"], "neither true nor false");
    for (cell, expected) in [("TRUE", true), ("0", false), ("Yes", true), ("no", false)] {
        assert_eq!(with("success_case_documented", cell).clients[0].success_case_documented, Some(expected));
    }
}

#[test]
fn the_upsell_history_is_a_list() {
    let imported = with("upsell_history", "White Label; multi-market;white_label");
    let owned: Vec<&str> =
        imported.clients[0].upsell_history.iter().map(|vehicle| vehicle.as_str()).collect();
    assert_eq!(owned, ["white_label", "multi_market"]);
    refused("upsell_history", &["white_label, multi_market"], "separate the names by `;`");
}

#[test]
fn an_empty_cell_is_unknown_and_never_zero() {
    let header: Vec<&str> = Field::ALL.iter().map(|field| field.id()).collect();
    let blanks = ",".repeat(Field::ALL.len() - 3);
    let imported = read(&format!("{}\nc1,Harbour Homes,2400{blanks}\n", header.join(",")));
    let client = &imported.clients[0];
    assert_eq!(imported.notices, []);
    let values = serde_json::to_value(client).expect("JSON");
    let known = ["client_id", "client_name", "current_arr", "current_mrr", "usage_derived", "upsell_history"];
    for (name, value) in values.as_object().expect("object") {
        assert_eq!(value.is_null(), !known.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn words_for_not_known_are_unknown_with_a_notice() {
    for word in ["n/a", "N/A", "#N/A", "null", "-", "None"] {
        let imported = with("nps_score", word);
        assert_eq!(imported.clients[0].nps_score, None);
        assert_eq!((imported.notices[0].row, imported.notices[0].field.as_str()), (0, "nps_score"));
    }
    refused("nps_score", &["tbd", "?"], "leave the cell empty");
}

#[test]
fn missing_usage_is_derived_from_locations() {
    for (active, all, usage, notices) in [
        ("3", "4", Some(0.75), 0),
        ("0", "4", Some(0.0), 0),
        ("6", "4", Some(1.0), 1),
        ("3", "0", None, 0),
        ("", "4", None, 0),
    ] {
        let file = format!(
            "client_id,client_name,current_mrr,monthly_active_locations,locations_count\nc1,Harbour Homes,1,{active},{all}\n"
        );
        let imported = read(&file);
        assert_eq!(imported.clients[0].usage_intensity, usage, "{active} of {all}");
        assert_eq!(imported.clients[0].usage_derived, usage.is_some());
        assert_eq!(imported.notices.len(), notices);
    }
}

#[test]
fn a_given_usage_is_not_replaced() {
    let header = "client_id,client_name,current_mrr,monthly_active_locations,locations_count,usage_intensity";
    let imported = read(&format!("{header}\nc1,Harbour Homes,1,1,4,0.9\n"));
    assert_eq!((imported.clients[0].usage_intensity, imported.clients[0].usage_derived), (Some(0.9), false));
}

#[test]
fn dollar_signs_separators_and_percent_signs_are_understood_and_noted_once_per_column() {
    let file = "client_id,client_name,current_mrr,leads_growth_rate\n\
                c1,A,\"$1,234.50\",12%\nc2,B,\"$2,000\",-5 %\n";
    let imported = read(file);
    assert_eq!(imported.clients[0].current_mrr.amount().to_string(), "1234.5");
    assert_eq!(imported.clients[1].leads_growth_rate, Some(-0.05));
    let said: Vec<(&str, bool)> = imported
        .notices
        .iter()
        .map(|notice| (notice.field.as_str(), notice.message.contains("2 of them")))
        .collect();
    assert_eq!(said, [("current_mrr", true), ("current_mrr", true), ("leads_growth_rate", true)]);
}

#[test]
fn another_currency_is_rejected() {
    refused("current_mrr", &["\u{20ac}2400", "2400 EUR", "GBP 5"], "convert it first");
}

#[test]
fn a_percent_sign_where_none_belongs_is_rejected() {
    refused("satisfaction_score", &["90%"], "is a percentage");
    refused("active_users", &["90%"], "is a percentage");
}

#[test]
fn points_between_thousands_are_told_from_decimal_points_by_the_rest_of_the_file() {
    let with = |other: &str| {
        let file = format!(
            "client_id;client_name;current_mrr;leads_processed_monthly;satisfaction_score\nc1;A;1.200;2.000;{other}\n"
        );
        read(&file)
    };
    for other in ["4,5", "4"] {
        let imported = with(other);
        assert_eq!(imported.clients.len(), 0);
        let fields: Vec<&str> = imported.rejected.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(fields, ["current_mrr", "leads_processed_monthly"]);
    }
    let client = with("4.5").clients.remove(0);
    assert_eq!(
        (client.current_mrr.amount().to_string().as_str(), client.leads_processed_monthly),
        ("1.2", Some(2))
    );
}

#[test]
fn a_list_is_no_identity() {
    let file = r#"[{"client_id":["a","b"],"client_name":"N","current_mrr":1}]"#;
    let hint = Hint::format(Format::Json);
    let imported =
        import::read(file.as_bytes(), &hint, &ColumnMapping::default(), &OPTIONS).expect("readable");
    assert_eq!((imported.clients.len(), imported.rejected[0].field.as_str()), (0, "client_id"));
}

#[test]
fn a_file_without_rows_says_so() {
    let imported = read("client_id,client_name,current_mrr\n");
    assert!(imported.notices[0].message.contains("holds no row"), "{:?}", imported.notices);
}

#[test]
fn a_comma_that_could_mean_two_things_is_rejected() {
    let file = "client_id;client_name;current_mrr;satisfaction_score\nc1;A;1,234;4,5\nc2;B;2400,50;4,5\n";
    let imported = read(file);
    assert_eq!(imported.rejected.len(), 1);
    assert!(imported.rejected[0].message.contains("without commas"));
    assert_eq!(imported.clients[0].current_mrr.amount().to_string(), "2400.5");
    assert_eq!(imported.clients[0].satisfaction_score, Some(4.5));
}

#[test]
fn every_bad_cell_of_a_row_is_named_and_the_row_is_dropped_once() {
    let file =
        "client_id,client_name,current_mrr,satisfaction_score,nps_score\nc1,,-5,9.5,200\nc2,B,1,4,50\n";
    let imported = read(file);
    let fields: Vec<&str> = imported.rejected.iter().map(|rejection| rejection.field.as_str()).collect();
    assert_eq!(fields, ["client_name", "current_mrr", "satisfaction_score", "nps_score"]);
    assert_eq!((imported.rejected_rows(), imported.clients.len(), imported.rows), (1, 1, 2));
}

#[test]
fn a_file_without_a_required_column_is_refused_with_the_columns_it_has() {
    for (header, missing) in [
        ("client_name,current_mrr", "client_id"),
        ("client_id,current_mrr", "client_name"),
        ("client_id,client_name", "current_mrr or current_annual_spend"),
    ] {
        let file = format!("{header}\n1,2\n");
        let fault = import::read(file.as_bytes(), &"a.csv".into(), &ColumnMapping::default(), &OPTIONS);
        let Err(ImportError::MissingColumns { missing: named, found }) = fault else { panic!("{fault:?}") };
        assert_eq!(named, missing);
        assert_eq!(found, header.replace(',', ", "));
    }
}

#[test]
fn columns_may_stand_in_any_order_and_unknown_ones_are_kept_and_listed() {
    let file = "note,current_monthly_spend,Client Name,region,clientId\nkeep me,10,A,,c1\n";
    let imported = read(file);
    assert_eq!(imported.clients[0].extra.get("note").map(String::as_str), Some("keep me"));
    assert_eq!(imported.clients[0].extra.get("region"), None, "an empty cell is no extra");
    let uses: Vec<(String, ColumnMatch)> =
        imported.columns.iter().map(|used| (used.target.to_string(), used.matched)).collect();
    assert_eq!(
        uses,
        [
            ("extra".to_owned(), ColumnMatch::Unknown),
            ("current_mrr".to_owned(), ColumnMatch::Synonym),
            ("client_name".to_owned(), ColumnMatch::Name),
            ("extra".to_owned(), ColumnMatch::Unknown),
            ("client_id".to_owned(), ColumnMatch::Name),
        ]
    );
}

#[test]
fn a_mapping_overrides_names() {
    let file = "key,title,Monthly,client_id\nc1,A,10,other\n";
    let mapping = ColumnMapping::default()
        .with("key", ColumnTarget::Field(Field::ClientId))
        .with("title", ColumnTarget::Field(Field::ClientName))
        .with("Monthly", ColumnTarget::Field(Field::CurrentMrr))
        .with("client_id", ColumnTarget::Ignore);
    let imported = import::read(file.as_bytes(), &"a.csv".into(), &mapping, &OPTIONS).expect("readable");
    assert_eq!(imported.clients[0].client_id.as_str(), "c1");
    assert!(imported.clients[0].extra.is_empty());
    let json = serde_json::to_string(&mapping).expect("JSON");
    assert_eq!(serde_json::from_str::<ColumnMapping>(&json).expect("mapping"), mapping);
}

#[test]
fn a_mapping_that_does_not_fit_is_refused() {
    let file = "client_id,client_name,current_mrr,x\nc1,A,10,1\n";
    let read = |mapping| import::read(file.as_bytes(), &"a.csv".into(), &mapping, &OPTIONS);
    let stranger = ColumnMapping::default().with("y", ColumnTarget::Extra);
    assert!(matches!(read(stranger), Err(ImportError::Mapping(_))));
    let twice = ColumnMapping::default()
        .with("x", ColumnTarget::Field(Field::NpsScore))
        .with("current_mrr", ColumnTarget::Field(Field::NpsScore));
    assert!(matches!(read(twice), Err(ImportError::Mapping(_))));
    assert!("nps".parse::<ColumnTarget>().is_err());
}

#[test]
fn two_columns_for_one_field_keep_the_second_as_an_extra_and_say_so() {
    let imported = read("client_id,client_name,mrr,current_mrr\nc1,A,5,10\n");
    assert_eq!(imported.clients[0].current_mrr.amount(), Decimal::from(10));
    assert_eq!(imported.clients[0].extra.get("mrr").map(String::as_str), Some("5"));
    assert!(imported.notices[0].message.contains("`mrr` is kept as an extra"));
}

#[test]
fn unreadable_rows_are_counted_and_the_others_taken() {
    let file = b"client_id,client_name,current_mrr\nc1,A,1\nc2,B\nc3,\xff,3\nc4,D,4\n";
    let imported =
        import::read(file, &"a.csv".into(), &ColumnMapping::default(), &OPTIONS).expect("readable");
    assert_eq!((imported.clients.len(), imported.rejected_rows(), imported.rows), (2, 2, 4));
    assert!(imported.rejected[1].message.contains("UTF-8"));
    assert_eq!(imported.rejected[1].field, "client_name");
}

#[test]
fn every_format_gives_the_same_clients() {
    let csv = "client_id,client_name,current_mrr,satisfaction_score,success_case_documented,last_interaction_date,upsell_history,note\n\
               c1,\"Hill, Vale\",2400.10,4.5,true,2026-01-18,white_label;multi_market,\nc2,B,1800,,,,,x\n";
    let expected = read(csv);
    let ndjson = "{\"client_id\":\"c1\",\"client_name\":\"Hill, Vale\",\"current_mrr\":2400.10,\"satisfaction_score\":4.5,\
        \"success_case_documented\":true,\"last_interaction_date\":\"2026-01-18\",\"upsell_history\":[\"white_label\",\"multi_market\"]}\n\
        {\"client_name\":\"B\",\"client_id\":\"c2\",\"current_mrr\":1800,\"satisfaction_score\":null,\"note\":\"x\"}\n";
    let json = format!("{{\"clients\":[{}]}}", ndjson.trim().replace('\n', ","));
    let semicolons = "\u{feff}client_id;client_name;current_mrr;satisfaction_score;success_case_documented;last_interaction_date;upsell_history;note\r\n\
        c1;Hill, Vale;2400.10;4.5;yes;2026-01-18;\"white_label;multi_market\";\r\nc2;B;1800;;;;;x\r\n";
    for (name, text) in [
        ("a.ndjson", ndjson),
        ("a.json", json.as_str()),
        ("a.csv", semicolons),
        ("stdin", ndjson),
        ("", json.as_str()),
    ] {
        let imported = import::read(text.as_bytes(), &name.into(), &ColumnMapping::default(), &OPTIONS)
            .expect("readable");
        assert_eq!(imported.rejected, []);
        assert_eq!(imported.clients, expected.clients, "{name}");
    }
}

#[test]
fn the_client_base_is_taken_but_for_its_three_invalid_rows() {
    let file = include_bytes!("../../../data/growth/clients.csv");
    let imported =
        import::read(file, &"clients.csv".into(), &ColumnMapping::default(), &OPTIONS).expect("readable");
    let refused: Vec<(u64, &str, &str)> = imported
        .rejected
        .iter()
        .map(|rejection| (rejection.row, rejection.field.as_str(), rejection.value.as_str()))
        .collect();
    assert_eq!(
        refused,
        [
            (172, "leads_growth_rate", "-1.5"),
            (176, "usage_intensity", "1.4"),
            (181, "last_interaction_date", "2026-01-24T00:00:00"),
        ]
    );
    assert_eq!(imported.clients.len(), 197);
    assert_eq!(imported.rows, 200);
    let noticed: Vec<(u64, &str)> =
        imported.notices.iter().map(|notice| (notice.row, notice.field.as_str())).collect();
    assert_eq!(noticed, [(184, "current_annual_spend")]);
    assert_eq!(imported.clients[0].extra.get("note").map(String::as_str), Some("random"));
    let day: Date = imported.clients[0].last_interaction_date.expect("known");
    assert_eq!(day, date(2026, 1, 7));
}

#[test]
fn a_preview_shows_columns_guesses_and_the_first_rows() {
    let file = include_bytes!("../../../data/growth/clients.csv");
    let preview = import::preview(file, &"clients.csv".into()).expect("readable");
    assert_eq!((preview.rows, preview.unreadable_rows, preview.sample.len()), (200, 0, 10));
    assert_eq!(preview.missing, [] as [&str; 0]);
    assert_eq!(preview.columns.iter().filter(|used| used.target == ColumnTarget::Extra).count(), 1);
    let preview = import::preview(b"key,mrr\n1,2\n", &"a.csv".into()).expect("readable");
    assert_eq!(preview.missing, ["client_id", "client_name"]);
}

#[test]
fn progress_goes_from_nothing_to_all() {
    let mut shares = Vec::new();
    let file = include_bytes!("../../../data/growth/clients.csv");
    import::read_with(file, &"clients.csv".into(), &ColumnMapping::default(), &OPTIONS, &mut |share| {
        shares.push(share)
    })
    .expect("readable");
    assert!(shares.is_sorted(), "{shares:?}");
    assert_eq!(shares.last(), Some(&1.0));
}
