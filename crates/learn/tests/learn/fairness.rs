//! Refusals by name, flags by association, and the four-fifths rule.

use learn::{
    chance::Generator,
    evaluate::{Insufficient, Lacking},
    fairness::{
        association::{self, Aspect, Measure, Thresholds, associate, audit, cramers_v},
        impact::{Chosen, Finding, Verdict, four_fifths},
        names::{self, Bearing, Purpose},
    },
    frame::{Column, MISSING_LEVEL},
};
use proptest::prelude::*;
use serde::Deserialize;

#[test]
fn names_that_say_or_stand_in_for_what_is_protected_are_refused() {
    for name in [
        "Applicant_Race",
        "race",
        "RACE",
        "applicantRace",
        "race_white",
        "races",
        "is_hispanic",
        "Ethnicity",
        "etnia",
        "origen_nacional",
        "Nationality",
        "countryOfBirth",
        "religion",
        "Religión",
        "sex",
        "Gender",
        "género",
        "is_female",
        "male",
        "sexual-orientation",
        "familial_status",
        "children",
        "num_children",
        "hijos",
        "pregnant",
        "disability_flag",
        "Discapacidad",
        "is_disabled",
        "marital_status",
        "Estado Civil",
        "age",
        "Age",
        "customer_age",
        "age_group",
        "edad",
        "dob",
        "Date of Birth",
        "birth_year",
        "fecha de nacimiento",
        "public_assistance",
        "section8",
        "Section 8 voucher",
        "zip_only",
        "zip",
        "ZIPCODE",
        "zip5",
        "Código Postal",
        "census-tract",
        "neighborhood",
        "barrio",
        "first name",
        "FirstName",
        "firstname",
        "last_name",
        "apellidos",
        "name",
        "customer_name",
        "nombre",
        "idioma",
        "preferred language",
        "lengua",
        "speaks_english",
        "photo_url",
        "salutation",
        "latitude",
        "contact_name",
        "anós_nacimiento",
    ] {
        let findings = names::audit([name], Purpose::People);
        assert_eq!(findings.len(), 1, "{name} passes");
        assert_eq!(findings[0].column, name);
        assert_eq!(findings[0].verdict, names::Verdict::Refused, "{name}");
        assert!(!findings[0].source.is_empty() && !findings[0].ground.is_empty());
    }
}

#[test]
fn names_that_only_look_alike_pass() {
    for name in [
        "racecourse",
        "embrace",
        "trace_id",
        "braced",
        "terrace",
        "gracePeriod",
        "page",
        "page_views",
        "storage",
        "mortgage",
        "average_price",
        "house_age",
        "roof_age",
        "listing_age",
        "lead_age",
        "account_age",
        "percentage",
        "message",
        "sexton_count",
        "essex",
        "campaign_name",
        "property_name",
        "file_name",
        "ad_name",
        "Lead Origin",
        "origin",
        "single_family",
        "color_of_roof",
        "roof_color",
        "front_door_color",
        "blackout_shades",
        "white_kitchen",
        "total_visits",
        "TotalVisits",
        "Lead Source",
        "Do Not Email",
        "manager",
        "mandate",
        "roman",
        "household_income_missing_reason",
        "grade",
        "sqft_living",
        "waterfront",
        "tenure",
        "notifications_disabled",
        "email_opened",
        "kidney",
        "surface",
        "interface_version",
        "zipper",
        "unzipped",
        "address_verified_at",
        "streetlight",
        "nombre_de_la_campaña",
        "capacidad",
    ] {
        let findings = names::audit([name], Purpose::People);
        assert_eq!(findings, [], "{name}");
    }
}

#[test]
fn where_a_thing_stands_is_watched_and_where_a_person_lives_refused() {
    let place = |purpose| names::audit(["zipcode"], purpose)[0].verdict;
    assert_eq!(place(Purpose::People), names::Verdict::Refused);
    assert_eq!(place(Purpose::Things), names::Verdict::Watched);
    assert!(names::refuse(["zipcode", "lat", "grade"], Purpose::Things).is_ok());
    let race = names::audit(["race"], Purpose::Things);
    assert_eq!((race[0].verdict, race[0].bearing), (names::Verdict::Refused, Bearing::Protected));
}

#[test]
fn a_refusal_names_columns_grounds_and_laws() {
    let error = names::refuse(["visits", "Applicant_Race", "zip_only"], Purpose::People).unwrap_err();
    assert_eq!(error.findings.len(), 2);
    let text = error.to_string();
    assert!(text.contains("\"Applicant_Race\" (protected: race or color; 42 USC 3604"), "{text}");
    assert!(text.contains("\"zip_only\" (stands in for what is protected"), "{text}");
    assert_eq!(names::refuse(["visits", "pages"], Purpose::People), Ok(()));
}

proptest! {
    #[test]
    fn no_name_is_too_strange_to_be_read(name in any::<String>()) {
        let _ = names::audit([name.as_str()], Purpose::People);
    }
}

#[derive(Deserialize)]
struct Vectors {
    tables: Vec<Table>,
    samples: Vec<Sample>,
}

#[derive(Deserialize)]
struct Table {
    table: Vec<Vec<f64>>,
    v: f64,
    p: f64,
}

#[derive(Deserialize)]
struct Sample {
    values: Vec<f64>,
    groups: Vec<u32>,
    auc: f64,
    p: f64,
}

fn vectors() -> Vectors {
    let text = include_str!("../../../../data/fairness/association_scipy.json");
    serde_json::from_str(text).expect("vectors are JSON")
}

fn near(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-10 * expected.abs()
}

#[test]
fn cramers_v_and_its_chance_equal_scipys() {
    for case in vectors().tables {
        let (v, p) = cramers_v(&case.table).expect("a table with rows and columns");
        assert!(near(v, case.v) && near(p, case.p), "{v} {p}, not {} {}", case.v, case.p);
    }
    assert_eq!(cramers_v(&[vec![3.0, 4.0]]), None);
    assert_eq!(cramers_v(&[vec![3.0, 0.0], vec![4.0, 0.0]]), None);
    let (all, p) = cramers_v(&[vec![50.0, 0.0], vec![0.0, 50.0]]).unwrap();
    assert!((all - 1.0).abs() < 1e-12 && p < 1e-20);
}

#[test]
fn the_rank_test_equals_scipys() {
    let few = Thresholds { rows: 1, group_rows: 1, ..Thresholds::default() };
    for case in vectors().samples {
        let found = associate(&Column::Number(case.values), &case.groups, &few).unwrap();
        let values = found.iter().find(|found| found.aspect == Aspect::Values).unwrap();
        assert_eq!(values.measure, Measure::Auc);
        assert!(
            near(values.effect, case.auc) && near(values.p, case.p),
            "{values:?}, not {} {}",
            case.auc,
            case.p
        );
    }
}

/// Columns beside two groups: one that tells them, one that does not, one whose gaps tell them.
fn columns(rows: usize) -> (Vec<Column>, Vec<u32>) {
    let mut chance = Generator::seeded(11);
    let groups: Vec<u32> = (0..rows).map(|row| (row % 2) as u32).collect();
    let tells = groups.iter().map(|group| chance.normal() + 1.5 * f64::from(*group)).collect();
    let silent = groups.iter().map(|_| chance.normal()).collect();
    let gaps =
        groups.iter().map(|group| if *group == 1 && chance.unit() < 0.8 { f64::NAN } else { 1.0 }).collect();
    let codes = groups.iter().map(|group| if chance.unit() < 0.9 { *group } else { 2 }).collect();
    let levels = vec!["a".to_owned(), "b".to_owned(), "c".to_owned()];
    let columns = vec![
        Column::Number(tells),
        Column::Number(silent),
        Column::Number(gaps),
        Column::Category { codes, levels },
    ];
    (columns, groups)
}

#[test]
fn columns_that_tell_groups_apart_are_flagged_also_by_their_gaps() {
    let (columns, groups) = columns(400);
    let all: Vec<&Column> = columns.iter().collect();
    let verdicts = audit(&all, &groups, &Thresholds::default());
    assert!(matches!(verdicts[0], association::Verdict::Flagged(_)), "{:?}", verdicts[0]);
    assert!(matches!(verdicts[1], association::Verdict::Clear(_)), "{:?}", verdicts[1]);
    let association::Verdict::Flagged(gaps) = &verdicts[2] else { panic!("{:?}", verdicts[2]) };
    assert!(gaps.iter().any(|found| found.aspect == Aspect::Missingness && found.effect > 0.5));
    assert!(matches!(verdicts[3], association::Verdict::Flagged(_)), "{:?}", verdicts[3]);
}

#[test]
fn too_few_rows_in_a_group_are_said() {
    let (columns, mut groups) = columns(400);
    groups.iter_mut().enumerate().for_each(|(row, group)| *group = u32::from(row < 12));
    let few = associate(&columns[0], &groups, &Thresholds::default()).unwrap_err();
    assert_eq!((few.lacking, few.have, few.need), (Lacking::Rows, 12, 30));
    groups.fill(MISSING_LEVEL);
    let verdicts = audit(&[&columns[0]], &groups, &Thresholds::default());
    assert!(matches!(verdicts[0], association::Verdict::Insufficient(Insufficient { have: 0, .. })));
}

/// Forty columns of noise: with a chance of 1 in 100 for any flag, fifty audits see a handful at most. (Without regard to
/// size: thresholds of effect are set to nothing.)
#[test]
fn noise_is_hardly_ever_flagged() {
    let any = Thresholds { cramers_v: 0.0, auc: 0.5, alpha: 0.05, ..Thresholds::default() };
    let mut flags = 0;
    for seed in 0..50 {
        let mut chance = Generator::seeded(seed);
        let groups: Vec<u32> = (0..200).map(|_| chance.below(3) as u32).collect();
        let columns: Vec<Column> =
            (0..40).map(|_| Column::Number((0..200).map(|_| chance.normal()).collect())).collect();
        let verdicts = audit(&columns.iter().collect::<Vec<_>>(), &groups, &any);
        flags +=
            i32::from(verdicts.iter().any(|verdict| matches!(verdict, association::Verdict::Flagged(_))));
    }
    // 2.5 are expected; 9 or more have a chance below 0.001.
    assert!(flags < 9, "{flags}");
}

fn chosen(group: &str, chosen: u64, rows: u64) -> Chosen {
    Chosen { group: group.to_owned(), rows, chosen }
}

/// Intervals: the formula of Donner and Zou in Python with Wilson intervals of statsmodels.
#[test]
fn the_four_fifths_rule_is_judged_with_an_interval() {
    for (group, reference, ratio, lower, upper, verdict) in [
        (
            (18, 60),
            (40, 80),
            0.6,
            0.382_040_801_919_581_8,
            0.918_136_134_296_787,
            Verdict::MissedWithinChance,
        ),
        ((0, 50), (30, 60), 0.0, 0.0, 0.147_192_314_800_996_34, Verdict::Missed),
        (
            (45, 50),
            (50, 50),
            0.9,
            0.786_397_685_625_202_8,
            0.990_493_911_111_009_6,
            Verdict::KeptWithinChance,
        ),
        (
            (300, 1000),
            (400, 1000),
            0.75,
            0.664_232_924_708_693,
            0.846_497_758_557_009_2,
            Verdict::MissedWithinChance,
        ),
    ] {
        let groups = [chosen("one", group.0, group.1), chosen("other", reference.0, reference.1)];
        let report = four_fifths(&groups, 0.95);
        assert_eq!(report.reference.as_deref(), Some("other"));
        assert!(matches!(report.groups[1].finding, Finding::Reference { .. }));
        let Finding::Judged { ratio: found, interval, verdict: said, .. } = &report.groups[0].finding else {
            panic!("{:?}", report.groups[0].finding)
        };
        assert!((found - ratio).abs() < 1e-12);
        assert!((interval.lower - lower).abs() < 1e-9, "{interval:?} {group:?}");
        assert!((interval.upper - upper).abs() < 1e-9, "{interval:?} {group:?}");
        assert_eq!(*said, verdict, "{group:?}");
    }
}

#[test]
fn small_groups_and_groups_without_a_choice_get_no_ratio() {
    let report = four_fifths(&[chosen("large", 20, 100), chosen("tiny", 9, 10)], 0.95);
    assert_eq!(report.reference.as_deref(), Some("large"), "a tiny group is no reference");
    let Finding::Insufficient(few) = &report.groups[1].finding else { panic!("too few") };
    assert_eq!((few.have, few.need), (10, 30));
    let nobody = four_fifths(&[chosen("a", 0, 100), chosen("b", 0, 100)], 0.95);
    assert_eq!(nobody.reference, None);
    assert!(nobody.groups.iter().all(|group| matches!(group.finding, Finding::Insufficient(_))));
    assert!(four_fifths(&[], 0.95).groups.is_empty());
}

#[test]
fn groups_chosen_alike_keep_the_rule() {
    let report = four_fifths(&[chosen("a", 1000, 4000), chosen("b", 990, 4000)], 0.95);
    let Finding::Judged { verdict, .. } = &report.groups[1].finding else { panic!("judged") };
    assert_eq!(*verdict, Verdict::Kept);
    let far = four_fifths(&[chosen("a", 1000, 4000), chosen("b", 600, 4000)], 0.95);
    let Finding::Judged { verdict, interval, .. } = &far.groups[1].finding else { panic!("judged") };
    assert!(*verdict == Verdict::Missed && interval.upper < 0.8);
}
