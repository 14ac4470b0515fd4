use super::*;
use crate::{
    features::{Feature, Features, GoalEvent},
    gate,
    prior::PRIOR_TOML,
};

const ROUTING_TOML: &str = include_str!("../../../../policies/routing.toml");

/// The shipped text with one part replaced.
fn with(from: &str, to: &str) -> Result<LeadPolicy, LeadPolicyError> {
    let text = LEADS_TOML.replacen(from, to, 1);
    assert_ne!(text, LEADS_TOML, "{from}");
    LeadPolicy::from_toml(&text)
}

/// `text` as the table `name` of another.
fn nested(name: &str, text: &str) -> String {
    let table: toml::Table = toml::from_str(text).unwrap();
    let whole: toml::Table = [(name.to_owned(), toml::Value::Table(table))].into_iter().collect();
    whole.to_string()
}

#[test]
fn the_shipped_policy_is_what_a_market_begins_with() {
    let policy = LeadPolicy::shipped();
    assert_eq!(*policy.goal(), Goal::default());
    assert_eq!(*policy.cold(), GoingCold::default());
    assert_eq!(policy.sampling(), Sampling::default());
    assert_eq!(policy.prior(), Prior::shipped());
    assert_eq!(policy.routing(), routing::Policy::shipped());
    assert_eq!(policy.gate(), GatePolicy::shipped());
    let written = toml::to_string(policy.document()).unwrap();
    assert_eq!(LeadPolicy::from_toml(&written).as_ref(), Ok(policy));
}

#[test]
fn a_value_out_of_range_without_source_or_with_an_unknown_key_is_refused() {
    for (from, to, complaint) in [
        ("name = \"leads\"", "name = \"growth\"", "name: `leads` is expected"),
        ("horizon_days = 14", "horizon_days = 0", "goal.horizon_days: 0 is not from 1 to 730"),
        ("silent_days = 14", "silent_days = 400", "going_cold.silent_days: 400 is not from 1 to 365"),
        ("history_days = 400", "history_days = 29", "scoring.history_days: 29 is not from 30 to 3650"),
        ("calls_per_day = 20", "calls = 20", "unknown field `calls`"),
        ("days = 5", "days = 91", "capacity.days: 91 is not from 1 to 90"),
        ("look_growth = 0.25", "look_growth = nan", "learning.look_growth: NaN is not from"),
        ("promotion_alpha = 0.05", "promotion_alpha = 0.5", "learning.promotion_alpha: 0.5 is not from"),
        ("rows_min = 100", "rows_min = 5", "drift.rows_min: 5 is not from 30"),
        (
            "source = \"Judgement: agents",
            "source = \"\" # Judgement",
            "outcomes.source: say where it comes from",
        ),
        ("event = \"appointment_booked\"", "event = \"stage_reached\"", "goal.stage_share: say how far"),
        (
            "event = \"appointment_booked\"",
            "event = \"appointment_shown\"\nstage_share = 0.5",
            "goal.stage_share: belongs to `stage_reached` alone",
        ),
    ] {
        let complained = with(from, to).expect_err(to).to_string();
        assert!(complained.contains(complaint), "{complained}");
    }
}

#[test]
fn a_policy_from_before_histories_ended_is_read_and_keeps_them_as_long_as_the_shipped_one() {
    let before = with("history_days = 400\n", "").unwrap();
    assert_eq!(before.document().scoring.history_days, 400);
    assert_eq!(&before, LeadPolicy::shipped());
}

#[test]
fn another_goal_is_another_question() {
    let shipped = LeadPolicy::shipped().question();
    assert_eq!(shipped, "appointment_booked within 14 days");
    let staged =
        with("event = \"appointment_booked\"", "event = \"stage_reached\"\nstage_share = 0.75").unwrap();
    assert_eq!(staged.goal().event(), GoalEvent::StageReached(0.75));
    assert_eq!(staged.question(), "stage_reached 0.75 within 14 days");
    assert_eq!(staged.cold_question(), LeadPolicy::shipped().cold_question());
}

#[test]
fn a_market_may_write_its_own_prior_routing_and_limits() {
    let prior = nested("prior", &PRIOR_TOML.replacen("probability = 0.05", "probability = 0.2", 1));
    let routing = nested(
        "routing",
        &ROUTING_TOML.replacen("first_action_seconds = 60", "first_action_seconds = 30", 1),
    );
    let gate = nested("gate", &gate::SHIPPED_TOML.replacen("at_most = 2", "at_most = 1", 1));
    let policy = LeadPolicy::from_toml(&format!("{LEADS_TOML}\n{prior}\n{routing}\n{gate}")).unwrap();
    let nobody = Features::of("2026-03-02T10:00:00Z".parse().unwrap(), []);
    assert!(policy.prior().probability(&nobody) > 2.0 * Prior::shipped().probability(&nobody));
    assert_eq!(policy.routing().clock().first_action_seconds, 30);
    assert_eq!(policy.gate().frequency[0].at_most, 1);

    let broken = nested("prior", &PRIOR_TOML.replacen("\"saves_7d\"", "\"shoe_size\"", 1));
    let complained = LeadPolicy::from_toml(&format!("{LEADS_TOML}\n{broken}")).unwrap_err().to_string();
    assert!(complained.starts_with("prior: factors["), "{complained}");
    assert!(complained.contains("there is no feature `shoe_size`"), "{complained}");
}

#[test]
fn the_prior_of_going_cold_says_what_it_is_meant_to() {
    let at = "2026-03-02T10:00:00Z".parse().unwrap();
    let said = |hours: f64, inbound: f64| {
        let values = [(Feature::HoursSinceActivity, hours), (Feature::Inbound7d, inbound)];
        let values = values.map(|(feature, value)| (feature, learn::frame::Value::Number(value)));
        LeadPolicy::cold_prior().probability(&Features::of(at, values))
    };
    assert!(said(1.0, 3.0) < said(1.0, 0.0));
    assert!(said(1.0, 0.0) < said(200.0, 0.0));
    assert_eq!(LeadPolicy::cold_prior().key().to_string(), "leads_cold_prior v1");
}
