//! The report: nothing stands alone, nothing is told of too few, the page needs nothing else.

use learn::{
    chance::Generator,
    evaluate::{
        Report,
        report::{About, AmountOptions, ChanceOptions, Findings, Grouping, Other},
    },
};

fn about() -> About {
    About {
        model: "first <b>& \"last\"</b>".to_owned(),
        question: "an appointment within 14 days".to_owned(),
        data: "sha256:0123".to_owned(),
        split: "by time: trained before 2026-05-01, judged after 2026-07-01".to_owned(),
        date: "2026-11-21".to_owned(),
        notes: vec!["Outcomes of the last two weeks are not known yet.".to_owned()],
    }
}

fn world(rows: usize) -> (Vec<f64>, Vec<bool>) {
    let mut chance = Generator::seeded(12);
    let draw = |chance: &mut Generator| {
        let p = 1.0 / (1.0 + (-chance.normal()).exp());
        (p, chance.unit() < p)
    };
    (0..rows).map(|_| draw(&mut chance)).unzip()
}

fn report(rows: usize) -> Report {
    let (p, y) = world(rows);
    let codes: Vec<u32> = (0..rows).map(|row| if row % 25 == 0 { 1 } else { 0 }).collect();
    let labels = ["many".to_owned(), "<few>".to_owned(), "nobody".to_owned()];
    let flat = vec![0.5; rows];
    let options = ChanceOptions {
        capacities: &[20, 100],
        groupings: &[Grouping { name: "source", codes: &codes, labels: &labels }],
        beside: &[Other { name: "always one half", predictions: &flat }],
        ..ChanceOptions::default()
    };
    Report::of_chances(about(), &p, &y, &options).expect("rows that pair")
}

#[test]
fn a_report_travels_as_json_and_comes_back_the_same() {
    let report = report(600);
    let json = report.to_json().unwrap();
    assert_eq!(Report::from_json(&json).unwrap(), report);
}

#[test]
fn accuracy_stands_beside_the_base_rate_the_rows_the_split_and_the_date() {
    let page = report(600).to_html();
    let at = page.find("<th scope=\"row\">Accuracy</th>").expect("accuracy is told");
    let section = &page[page[..at].rfind("<section>").unwrap()..];
    let section = &section[..section.find("</section>").unwrap()];
    assert!(section.contains("base rate") && section.contains("600 rows"));
    assert!(section.contains("Accuracy of giving everyone the commoner answer"));
    assert!(page.contains("trained before 2026-05-01") && page.contains("2026-11-21"));
}

#[test]
fn a_small_group_gets_no_number_but_what_it_takes() {
    let report = report(600);
    let Findings::Chances(findings) = &report.findings else { panic!("chances") };
    let groups = &findings.groups[0].groups;
    assert_eq!(groups.len(), 2, "groups without rows are not told");
    assert!(groups[0].figures.auc.value().is_some() && groups[0].gap.value().is_some());
    assert_eq!(groups[1].figures.auc.value(), None);
    assert_eq!(groups[1].gap.value(), None);
    assert!(report.to_html().contains("insufficient data: 24 of 50 rows"));
}

#[test]
fn too_few_rows_withhold_every_table() {
    let report = report(40);
    let Findings::Chances(findings) = &report.findings else { panic!("chances") };
    assert!(findings.withheld.is_some());
    assert!(findings.reliability.is_empty() && findings.lift.is_empty() && findings.capacities.is_empty());
    assert!(findings.decision.is_none() && findings.line.is_none() && findings.brier_parts.is_none());
    let page = report.to_html();
    assert!(page.contains("Tables are withheld") && !page.contains("<svg"));
}

#[test]
fn another_model_stands_beside_with_a_paired_difference() {
    let report = report(600);
    let Findings::Chances(findings) = &report.findings else { panic!("chances") };
    let beside = &findings.beside[0];
    assert_eq!(beside.figures.auc.value(), Some(0.5));
    let difference = beside.difference.as_ref().unwrap();
    assert!(difference.auc.interval().unwrap().lower > 0.1);
    assert!(difference.log_loss.interval().unwrap().upper < 0.0);
}

#[test]
fn the_page_is_whole_and_needs_nothing_else() {
    let page = report(600).to_html();
    for outside in ["<script", "http://", "https://", "src=", "@import", "url(", "onload", "style=\""] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("prefers-color-scheme: dark"));
    assert!(page.contains("Evaluation of first &lt;b&gt;&amp; &quot;last&quot;&lt;/b&gt;"));
    assert!(!page.contains("<few>") && page.contains("&lt;few&gt;"));
    assert_eq!(page.matches("<svg").count(), 2);
    assert_eq!(page.matches("role=\"img\"").count(), 2);
    assert_eq!(page.matches("<table>").count(), page.matches("<caption>").count());
    assert!(!page.contains("NaN") && !page.contains("inf"));
    // Every element that was opened was closed.
    for tag in
        ["section", "table", "thead", "tbody", "tr", "th", "td", "div", "figure", "svg", "dl", "main", "p"]
    {
        let opened = page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
    }
}

#[test]
fn amounts_are_told_with_their_ratio_study() {
    let mut chance = Generator::seeded(4);
    let truths: Vec<f64> = (0..300).map(|_| 1e5 * (1.0 + 4.0 * chance.unit())).collect();
    let predictions: Vec<f64> = truths.iter().map(|truth| truth * (1.0 + 0.1 * chance.normal())).collect();
    let flat = vec![3e5; 300];
    let options = AmountOptions {
        beside: &[Other { name: "one for all", predictions: &flat }],
        ..AmountOptions::default()
    };
    let report = Report::of_amounts(about(), &predictions, &truths, &options).unwrap();
    let Findings::Amounts(findings) = &report.findings else { panic!("amounts") };
    let difference = findings.beside[0].difference.as_ref().unwrap();
    assert!(difference.median.interval().unwrap().upper < 0.0);
    let page = report.to_html();
    assert!(page.contains("COD, %") && page.contains("0.98 to 1.03") && page.contains("MdAPE"));
    assert_eq!(Report::from_json(&report.to_json().unwrap()).unwrap(), report);
}
