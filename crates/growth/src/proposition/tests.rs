use jiff::civil::{Date, date};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    Block, Brief, CommercialPolicy, Format, Proposition, SectionKey, Sender, StoryNames, propose, render,
    render::pdf::{PROPOSAL, SUMMARY, typeset},
};
use crate::{assess::assess, metrics::ClientMetrics, policy::Policy};

const DAY: Date = date(2026, 1, 19);

/// A client of which only identity and spend are known, with `metrics` on top.
fn client(id: &str, name: &str, metrics: Value) -> ClientMetrics {
    let mut fields = json!({
        "client_id": id, "client_name": name, "usage_derived": false, "upsell_history": [],
        "current_arr": { "amount": "43200", "currency": "USD" },
        "current_mrr": { "amount": "3600", "currency": "USD" },
    });
    let object = fields.as_object_mut().expect("object");
    object.extend(metrics.as_object().expect("object").clone());
    serde_json::from_value(fields).expect("metrics")
}

fn ready(name: &str) -> ClientMetrics {
    client(
        "b-017",
        name,
        json!({
            "tenure_months": 26, "active_users": 34, "monthly_active_locations": 6, "locations_count": 7,
            "leads_processed_monthly": 412, "appointments_generated_monthly": 63, "roi_percentage": 24800.0,
            "satisfaction_score": 4.7, "nps_score": 62.0, "success_case_documented": true,
            "referrals_provided": 4, "support_tickets_monthly": 6, "feature_requests": 7,
            "last_interaction_date": "2026-01-12", "executive_relationship_strength": 9.0,
            "leads_growth_rate": 0.34, "locations_growth_rate": 0.12, "usage_intensity": 0.83,
            "payment_history_score": 9.5, "contract_end_date": "2026-03-31"
        }),
    )
}

fn bare() -> ClientMetrics {
    client("b-900", "Quiet Harbour Homes", json!({}))
}

fn peers() -> Vec<ClientMetrics> {
    let documented = |id, name, locations: u32, leads: u32, known: Value| {
        let mut metrics = json!({
            "success_case_documented": true, "locations_count": locations, "leads_processed_monthly": leads,
        });
        metrics.as_object_mut().expect("object").extend(known.as_object().expect("object").clone());
        client(id, name, metrics)
    };
    vec![
        documented(
            "p-1",
            "Northgate Estates",
            9,
            520,
            json!({ "roi_percentage": 31200.0, "satisfaction_score": 4.8 }),
        ),
        documented(
            "p-2",
            "Alder & Sons",
            5,
            260,
            json!({ "roi_percentage": 18050.0, "leads_growth_rate": 0.08 }),
        ),
        documented("p-3", "Far Too Large", 80, 9000, json!({ "roi_percentage": 50000.0 })),
        documented("p-4", "Nothing To Tell", 6, 400, json!({})),
        client(
            "p-5",
            "Undocumented",
            json!({ "locations_count": 7, "leads_processed_monthly": 400, "roi_percentage": 9.0 }),
        ),
    ]
}

fn sender() -> Sender {
    Sender {
        operator: Some("Meridian Growth Partners".to_owned()),
        name: Some("Dana Whitfield".to_owned()),
        role: Some("Client Director".to_owned()),
        email: Some("dana@meridian.example".to_owned()),
        phone: None,
    }
}

fn proposition(client: &ClientMetrics, peers: &[ClientMetrics]) -> Proposition {
    let policy = Policy::framework();
    let assessment = assess(client, &policy, DAY);
    propose(client, &assessment, &policy, peers, DAY, &sender())
}

fn text_of(proposition: &Proposition, format: Format) -> String {
    String::from_utf8(render(proposition, format).expect("renders").bytes).expect("text")
}

/// Runs of digits with the commas and points inside them.
fn numbers(text: &str) -> Vec<String> {
    text.split(|letter: char| !(letter.is_ascii_digit() || letter == ',' || letter == '.'))
        .map(|run| run.trim_matches(|edge| edge == ',' || edge == '.').to_owned())
        .filter(|run| !run.is_empty())
        .collect()
}

/// The numbers of a rendering that are neither a fact's value nor part of a name in the data.
fn untraced(proposition: &Proposition, peers: &[ClientMetrics], rendering: &str) -> Vec<String> {
    let names = peers.iter().map(|peer| peer.client_name.to_string());
    let sources = (proposition.facts.iter().map(|fact| fact.value.clone()))
        .chain(names)
        .chain([proposition.client_name.to_string()]);
    let traced: Vec<String> = sources.flat_map(|source| numbers(&source)).collect();
    numbers(rendering).into_iter().filter(|number| !traced.contains(number)).collect()
}

/// Text between tags.
fn visible(html: &str) -> String {
    let body = html.split_once("<body").map_or(html, |(_, body)| body);
    body.split('<')
        .filter_map(|part| part.split_once('>'))
        .map(|(_, text)| text)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Pages without the running footer and, in the proposal, without the appendix.
fn pages_without_appendix(proposition: &Proposition) -> String {
    let summary = typeset(&SUMMARY, proposition).expect("sets").text();
    let proposal = typeset(&PROPOSAL, proposition).expect("sets").text();
    let mut lines: Vec<&str> = summary.iter().flat_map(|page| page.lines()).collect();
    let contents_page = 1;
    for (index, page) in proposal.iter().enumerate() {
        let (page, appendix) = match page.split_once("Each figure in this document") {
            Some((before, _)) => (before, true),
            None => (page.as_str(), false),
        };
        let own = page.lines().filter(|line| !line.starts_with("Page "));
        // The table of contents prints bare page numbers.
        lines.extend(own.filter(|line| index != contents_page || line.parse::<u32>().is_err()));
        if appendix {
            return lines.join("\n");
        }
    }
    panic!("the proposal has an appendix");
}

#[test]
fn the_letter_reads_well() {
    insta::assert_snapshot!(text_of(&proposition(&ready("Bayview Realty Group"), &peers()), Format::Text));
}

#[test]
fn the_markdown_holds_everything() {
    insta::assert_snapshot!(text_of(
        &proposition(&ready("Bayview Realty Group"), &peers()),
        Format::Markdown
    ));
}

#[test]
fn a_client_of_whom_little_is_known_gets_a_review_without_an_offer() {
    let review = proposition(&bare(), &peers());
    for absent in [SectionKey::Offer, SectionKey::Investment, SectionKey::Terms, SectionKey::Questions] {
        assert!(review.section(absent).is_none(), "{absent:?}");
    }
    insta::assert_snapshot!(text_of(&review, Format::Text));
}

#[test]
fn every_number_of_every_rendering_is_a_fact() {
    let peers = peers();
    for client in [ready("Bayview Realty Group"), ready("Route 66 Homes"), bare()] {
        let proposition = proposition(&client, &peers);
        let markdown = text_of(&proposition, Format::Markdown);
        let (body, _) = markdown.split_once("## Where every number comes from").expect("appendix");
        for (format, rendering) in [
            ("text", text_of(&proposition, Format::Text)),
            ("html", visible(&text_of(&proposition, Format::Html)).replace("&#39;", "'")),
            ("markdown", body.to_owned()),
            ("pdf", pages_without_appendix(&proposition)),
        ] {
            let untraced = untraced(&proposition, &peers, &rendering);
            assert!(untraced.is_empty(), "{format} of {}: {untraced:?}", client.client_name);
        }
        assert!(proposition.facts.iter().all(|fact| !fact.source.is_empty() && !fact.unit.is_empty()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn numbers_are_facts_whatever_the_metrics_are(
        locations in proptest::option::of(0_u32..500), leads in proptest::option::of(0_u32..20_000),
        users in proptest::option::of(0_u32..900), roi in proptest::option::of(-100.0_f64..90_000.0),
        satisfaction in proptest::option::of(1.0_f64..=5.0), usage in proptest::option::of(0.0_f64..=1.0),
        growth in proptest::option::of(-1.0_f64..3.0), tickets in proptest::option::of(0_u32..90),
        mrr_cents in 0_i64..9_000_000, executive in proptest::option::of(1_u32..=10),
        end_day in proptest::option::of(0_i64..200),
    ) {
        let amount = |cents: i64| rust_decimal::Decimal::new(cents, 2).to_string();
        let end = end_day.map(|days| DAY.saturating_add(jiff::Span::new().days(days)).to_string());
        let client = client("b-1", "Any Client", json!({
            "locations_count": locations, "leads_processed_monthly": leads, "active_users": users,
            "roi_percentage": roi, "satisfaction_score": satisfaction, "usage_intensity": usage,
            "leads_growth_rate": growth, "support_tickets_monthly": tickets, "payment_history_score": 9.0,
            "executive_relationship_strength": executive, "last_interaction_date": "2026-01-10",
            "contract_end_date": end,
            "current_mrr": { "amount": amount(mrr_cents), "currency": "USD" },
            "current_arr": { "amount": amount(mrr_cents * 12), "currency": "USD" },
        }));
        let peers = peers();
        let proposition = proposition(&client, &peers);
        let markdown = text_of(&proposition, Format::Markdown);
        let (body, _) = markdown.split_once("## Where every number comes from").expect("appendix");
        let letter = text_of(&proposition, Format::Text);
        let html = visible(&text_of(&proposition, Format::Html));
        for rendering in [body, &letter, &html] {
            prop_assert_eq!(untraced(&proposition, &peers, rendering), Vec::<String>::new());
        }
    }
}

#[test]
fn success_stories_are_documented_comparable_and_never_invented() {
    let client = ready("Bayview Realty Group");
    let stories = |peers: &[ClientMetrics]| {
        let proposition = proposition(&client, peers);
        let section = proposition.section(SectionKey::Evidence)?.clone();
        section.blocks.into_iter().find_map(|block| match block {
            Block::Points { points } => Some(points.into_iter().map(|point| point.title).collect::<Vec<_>>()),
            _ => None,
        })
    };
    assert_eq!(stories(&peers()), Some(vec!["Northgate Estates".to_owned(), "Alder & Sons".to_owned()]));
    assert_eq!(stories(&peers()[2..]), None, "too large, without a result or not documented");
    assert_eq!(stories(std::slice::from_ref(&client)), None, "a client is no evidence for itself");
}

#[test]
fn stories_can_be_told_without_names() {
    let (client, policy, peers) = (ready("Bayview Realty Group"), Policy::framework(), peers());
    let mut commercial = CommercialPolicy::standard();
    commercial.story_names = StoryNames::Anonymous;
    let assessment = &assess(&client, &policy, DAY);
    let brief = Brief {
        client: &client,
        assessment,
        policy: &policy,
        commercial: &commercial,
        peers: &peers,
        as_of: DAY,
        sender: &sender(),
    };
    let whole = serde_json::to_string(&brief.propose()).expect("json");
    assert!(whole.contains("Client A") && !whole.contains("Northgate") && !whole.contains("p-1"));
}

#[test]
fn urgency_needs_a_date_or_growth_in_the_data() {
    let urgent = |metrics: Value| {
        proposition(&client("b-1", "Any Client", metrics), &[]).section(SectionKey::Urgency).is_some()
    };
    assert!(!urgent(json!({})));
    assert!(urgent(json!({ "contract_end_date": "2026-04-19" })), "90 days");
    assert!(!urgent(json!({ "contract_end_date": "2026-04-20" })), "91 days");
    assert!(!urgent(json!({ "contract_end_date": "2026-01-18" })), "over");
    assert!(!urgent(json!({ "leads_growth_rate": 0.30 })), "not above the limit");
    assert!(urgent(json!({ "leads_growth_rate": 0.31 })));
}

#[test]
fn a_return_is_stated_only_when_one_was_measured() {
    let mut client = ready("Bayview Realty Group");
    let has_return = |client: &ClientMetrics| {
        text_of(&proposition(client, &[]), Format::Markdown).contains("return measured today")
    };
    assert!(has_return(&client));
    client.roi_percentage = None;
    assert!(proposition(&client, &[]).section(SectionKey::Investment).is_some());
    assert!(!has_return(&client));
}

#[test]
fn the_investment_adds_up() {
    // Tier 1 band ends at 50 000: White Label 25 000, Multi-Market 12 000 and AI 8 000 fit in.
    let proposition = proposition(&ready("Bayview Realty Group"), &[]);
    let value = |label: &str| {
        let fact = proposition.facts.iter().find(|fact| fact.label == label);
        fact.map(|fact| fact.value.as_str()).unwrap_or("absent")
    };
    assert_eq!(value("Annual price, total (added ARR)"), "$45,000");
    assert_eq!(value("Implementation, total"), "$35,000");
    assert_eq!(value("First-year investment"), "$80,000");
    assert_eq!(value("Has to come back each month of the first year"), "$6,666.67");
    assert_eq!(value("Implementation in months of the added subscription (payback)"), "10");
    assert_eq!(value("Multiple of the current subscription"), "2.04 times");
    // 80 000 / (45 000 x 248)
    assert_eq!(value("Break-even share of the measured rate of return"), "0.72%");
}

#[test]
fn steps_fall_on_working_days_and_begin_with_the_deadline_of_the_action() {
    let proposition = proposition(&ready("Bayview Realty Group"), &[]);
    let Some(Block::Steps { steps }) =
        proposition.section(SectionKey::Steps).and_then(|section| section.blocks.first())
    else {
        panic!("there are steps");
    };
    let dates: Vec<&str> = steps.iter().map(|step| step.date.as_str()).collect();
    assert_eq!(dates, ["22 January 2026", "29 January 2026", "9 February 2026", "18 February 2026"]);
}

#[test]
fn the_summary_is_one_page_whatever_it_has_to_hold() {
    let mut edited = proposition(&ready("Bayview Realty Group"), &peers());
    let words = "A sentence that somebody added by hand and that makes the page longer. ".repeat(60);
    edited.sections[0].blocks.push(Block::Paragraph { text: words });
    let long =
        "Société Immobilière Générale de l'Île-de-France, Αθήνα & Đà Nẵng Region Holding GmbH & Co. KG";
    for proposition in [
        proposition(&ready("Bayview Realty Group"), &peers()),
        proposition(&ready(long), &peers()),
        proposition(&bare(), &[]),
        edited,
    ] {
        let pages = typeset(&SUMMARY, &proposition).expect("sets");
        assert_eq!(pages.pages(), 1, "{}", proposition.client_name);
    }
}

#[test]
fn the_proposal_has_a_cover_and_several_pages() {
    let full = typeset(&PROPOSAL, &proposition(&ready("Bayview Realty Group"), &peers())).expect("sets");
    assert!((6..=12).contains(&full.pages()), "{} pages", full.pages());
    assert!(full.text()[0].contains("Bayview Realty Group"));
    let review = typeset(&PROPOSAL, &proposition(&bare(), &[])).expect("sets");
    assert!((3..=5).contains(&review.pages()), "{} pages", review.pages());
}

#[test]
fn documents_are_files_that_repeat_byte_for_byte() {
    let proposition = proposition(&ready("Bayview Realty Group"), &peers());
    for format in [Format::SummaryPdf, Format::ProposalPdf] {
        let first = render(&proposition, format).expect("renders");
        assert!(first.bytes.starts_with(b"%PDF"));
        assert_eq!(first, render(&proposition, format).expect("renders"));
        let accessible = String::from_utf8_lossy(&first.bytes).contains("pdfuaid:part");
        assert!(accessible, "{format:?} conforms to PDF/UA-1");
        assert_eq!(first.media_type, "application/pdf");
    }
    let summary = render(&proposition, Format::SummaryPdf).expect("renders");
    assert_eq!(summary.file_name, "b-017-2026-01-19-summary.pdf");
}

#[test]
fn what_a_person_wrote_is_never_code() {
    let name = r##"#panic("x") <script>alert(1)</script> | **x** $y$ "]"##;
    let mut proposition = proposition(&ready(name), &[]);
    proposition.sections[0].title = "#sys <b>".to_owned();
    proposition.sender.operator = Some("#read(\"/etc/passwd\")\r\nBcc: x@y.example".to_owned());
    for template in [&SUMMARY, &PROPOSAL] {
        let text = typeset(template, &proposition).expect("sets").text().concat();
        assert!(text.contains("#panic("), "the name is printed as it is");
    }
    let html = text_of(&proposition, Format::Html);
    assert!(!html.contains("<script>") && !html.contains("<b>") && html.contains("&lt;script&gt;"));
    let markdown = text_of(&proposition, Format::Markdown);
    assert!(!markdown.contains("<script>") && markdown.contains(r"\*\*x\*\*") && markdown.contains(r"\|"));
    let subject = text_of(&proposition, Format::Text).lines().next().expect("line").to_owned();
    assert!(subject.starts_with("Subject: Growth proposal for #panic"));
}

#[test]
fn an_edited_proposition_reads_back_and_renders() {
    let mut edited = proposition(&ready("Bayview Realty Group"), &peers());
    edited.sections.retain(|section| section.key != SectionKey::Questions);
    edited.sections[0].blocks = vec![Block::Paragraph { text: "Our own words.".to_owned() }];
    let text = serde_json::to_string(&edited).expect("json");
    let back: Proposition = serde_json::from_str(&text).expect("reads back");
    assert_eq!(back, edited);
    let markdown = text_of(&back, Format::Markdown);
    assert!(markdown.contains("Our own words.") && !markdown.contains("Questions you may have"));
    render(&back, Format::ProposalPdf).expect("renders");
}

#[test]
fn an_unknown_sender_leaves_no_gap() {
    let (client, policy) = (ready("Bayview Realty Group"), Policy::framework());
    let assessment = assess(&client, &policy, DAY);
    let proposition = propose(&client, &assessment, &policy, &[], DAY, &Sender::default());
    let letter = text_of(&proposition, Format::Text);
    assert!(letter.ends_with("Kind regards\n"), "{letter}");
    for template in [&SUMMARY, &PROPOSAL] {
        let text = typeset(template, &proposition).expect("sets").text().concat();
        assert!(!text.contains("none") && !text.contains("Prepared by"));
    }
}
