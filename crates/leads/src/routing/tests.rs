use jiff::{civil::time, tz};
use proptest::prelude::*;

use super::*;

/// Monday, 2 March 2026, 10:00 in UTC.
fn monday() -> Timestamp {
    "2026-03-02T10:00:00Z".parse().unwrap()
}

fn shipped() -> Router {
    Router::new(Policy::shipped().clone())
}

fn with_rules(rules: &str) -> Router {
    let shipped = policy::ROUTING_TOML;
    let text = shipped.replacen("[[rules]]\nname = \"everybody\"", rules, 1);
    assert_ne!(text, shipped);
    Router::new(Policy::from_toml(&text).unwrap())
}

fn weekdays(from: i8, to: i8) -> Hours {
    let day = Some(DayHours { from: time(from, 0, 0, 0), to: time(to, 0, 0, 0) });
    Hours::new(tz::TimeZone::UTC, [day, day, day, day, day, None, None]).unwrap()
}

fn why<'a>(decision: &'a Decision, agent: &str) -> &'a PassedOver {
    &decision.passed_over.iter().find(|(name, _)| name == agent).unwrap().1
}

#[test]
fn leads_go_round_by_weight() {
    let agents = [Agent { weight: 2, ..Agent::named("ana") }, Agent::named("ben")];
    let mut router = shipped();
    let turns: Vec<String> = (0..6)
        .map(|n| router.route(&format!("lead {n}"), &Wanted::default(), &agents, monday()).agent.unwrap())
        .collect();
    assert_eq!(turns, ["ana", "ben", "ana", "ana", "ben", "ana"]);
    assert_eq!(router.credit().values().sum::<i64>(), 0);
}

#[test]
fn whoever_was_away_neither_lost_nor_gained_a_turn() {
    let mut agents = [Agent::named("ana"), Agent::named("ben")];
    agents[1].absences = vec![Absence { from: monday(), until: "2026-03-03T10:00:00Z".parse().unwrap() }];
    let mut router = shipped();
    for n in 0..10 {
        let decision = router.route(&format!("{n}"), &Wanted::default(), &agents, monday());
        assert_eq!(decision.agent.as_deref(), Some("ana"));
        assert!(matches!(why(&decision, "ben"), PassedOver::Absent { .. }));
    }
    assert_eq!(router.credit().get("ana"), Some(&0));
    let back = "2026-03-03T10:00:00Z".parse().unwrap();
    let next: Vec<_> = (0..4)
        .map(|n| router.route(&format!("{n}"), &Wanted::default(), &agents, back).agent.unwrap())
        .collect();
    assert_eq!(next, ["ana", "ben", "ana", "ben"]);
}

#[test]
fn every_reason_to_pass_somebody_over_is_written_down() {
    let wanted = Wanted {
        vertical: Some(Vertical::Luxury),
        area: Some("Hill Country".into()),
        price: Some(2_000_000),
        source: Some(LeadSource::Portal),
        language_asked_for: Some("es-MX".parse().unwrap()),
    };
    let set = |text: &str| [text.to_owned()].into();
    let agents = [
        Agent { open_max: Some(3), open: 3, ..Agent::named("full") },
        Agent { daily_max: Some(2), today: 2, ..Agent::named("enough") },
        Agent { weight: 0, ..Agent::named("manager") },
        Agent { hours: Some(weekdays(12, 18)), ..Agent::named("afternoon") },
        Agent { verticals: [Vertical::Residential].into(), ..Agent::named("homes") },
        Agent { areas: set("Downtown"), ..Agent::named("downtown") },
        Agent { prices: Some((0, 500_000)), ..Agent::named("starter homes") },
        Agent { languages: set("en"), ..Agent::named("english") },
        Agent { languages: set("es"), ..Agent::named("spanish") },
        Agent::named("zoe"),
    ];
    let decision = shipped().route("lead", &wanted, &agents, monday());
    assert_eq!(decision.agent.as_deref(), Some("spanish"));
    let expected = [
        ("full", "holds 3 open leads, as many as they can"),
        ("enough", "was given 2 today, as many as they take"),
        ("manager", "takes no part in turns"),
        ("afternoon", "is not at work before 2026-03-02T12:00:00Z"),
        ("homes", "does not serve luxury"),
        ("downtown", "does not serve Hill Country"),
        ("starter homes", "does not serve a price of 2000000"),
        ("english", "does not serve the language asked for (es)"),
        ("zoe", "was not next"),
    ];
    for (agent, reason) in expected {
        assert_eq!(why(&decision, agent).to_string(), reason);
    }
    assert_eq!(decision.passed_over.len(), expected.len());
}

#[test]
fn rules_are_tried_from_the_top_and_guess_nothing() {
    let mut router = with_rules(
        r#"
        [[rules]]
        name = "spanish asked for"
        languages = ["es"]
        agents = ["sol"]

        [[rules]]
        name = "expensive"
        price_from = 1_000_000
        teams = ["luxury"]

        [[rules]]
        name = "portal"
        sources = ["portal"]
        agents = ["pat"]
        "#,
    );
    let agents = [
        Agent::named("sol"),
        Agent { team: Some("luxury".into()), ..Agent::named("lux") },
        Agent::named("pat"),
    ];
    let mut rule = |wanted: Wanted| {
        let decision = router.route("lead", &wanted, &agents, monday());
        (decision.rule.clone(), decision.agent.clone())
    };
    let some = |rule: &str, agent: &str| (Some(rule.to_owned()), Some(agent.to_owned()));
    let nothing = Wanted::default();
    let spanish = Wanted { language_asked_for: Some("es".parse().unwrap()), ..nothing.clone() };
    assert_eq!(rule(spanish), some("spanish asked for", "sol"));
    assert_eq!(rule(Wanted { price: Some(1_000_000), ..nothing.clone() }), some("expensive", "lux"));
    let portal = Wanted { price: Some(999_999), source: Some(LeadSource::Portal), ..nothing.clone() };
    assert_eq!(rule(portal), some("portal", "pat"));
    assert_eq!(rule(nothing.clone()), (None, None), "what is not known meets no condition");
    let decision = router.route("lead", &nothing, &agents, monday());
    assert_eq!(decision.to_string(), "nobody: no rule is for such a lead");
}

#[test]
fn the_clock_begins_when_somebody_is_there() {
    let mut router = shipped();
    let agents = [
        Agent { hours: Some(weekdays(9, 17)), ..Agent::named("ana") },
        Agent { open_max: Some(0), ..Agent::named("ben") },
    ];
    let saturday = "2026-03-07T10:00:00Z".parse().unwrap();
    let decision = router.route("lead", &Wanted::default(), &agents, saturday);
    assert_eq!(decision.agent, None);
    let opens: Timestamp = "2026-03-09T09:00:00Z".parse().unwrap();
    assert_eq!(decision.due.begins, Some(opens));
    assert_eq!(
        decision.to_string(),
        "nobody: rule `everybody`; ana is not at work before 2026-03-09T09:00:00Z, ben holds 0 open leads, as many as they can"
    );
    let now = router.route("lead", &Wanted::default(), &agents, monday());
    let minutes: Vec<i64> =
        now.due.escalations.iter().map(|(at, _)| at.duration_since(monday()).as_mins()).collect();
    assert_eq!(minutes, [5, 15, 60]);
    assert_eq!(now.due.first_action.unwrap().duration_since(monday()).as_secs(), 60);
    let after_20 = monday() + jiff::SignedDuration::from_mins(20);
    let steps: Vec<_> = now.due.overdue(after_20).collect();
    assert_eq!(steps, [EscalationAction::RemindAgent, EscalationAction::OfferToNext]);
}

#[test]
fn an_absence_that_ends_at_night_ends_in_the_morning() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let absences = vec![
        Absence { from: at("2026-03-02T00:00:00Z"), until: at("2026-03-03T00:00:00Z") },
        Absence { from: at("2026-03-03T00:00:00Z"), until: at("2026-03-04T00:00:00Z") },
    ];
    let agents = [Agent { hours: Some(weekdays(9, 17)), absences, ..Agent::named("ana") }];
    let decision = shipped().route("lead", &Wanted::default(), &agents, monday());
    assert_eq!(decision.due.begins, Some(at("2026-03-04T09:00:00Z")));
}

#[test]
fn who_did_not_act_is_not_offered_it_again() {
    let agents = [Agent::named("ana"), Agent::named("ben")];
    let mut router = shipped();
    let first = router.route("lead", &Wanted::default(), &agents, monday());
    let again = router.route_again("lead", &Wanted::default(), &agents, &["ana"], monday());
    assert_eq!((first.agent.as_deref(), again.agent.as_deref()), (Some("ana"), Some("ben")));
    assert_eq!(why(&again, "ana"), &PassedOver::HadIt);
    let nobody = router.route_again("lead", &Wanted::default(), &agents, &["ana", "ben"], monday());
    assert_eq!((nobody.agent, nobody.due.begins), (None, None));
}

#[test]
fn policies_that_cannot_be_are_refused_with_their_key() {
    let cases = [
        ("version = 1", "version = 0", "version"),
        ("first_action_seconds = 60", "first_action_seconds = 0", "clock.first_action_seconds"),
        ("after_minutes = 15", "after_minutes = 5", "clock.escalations"),
        ("name = \"everybody\"", "name = \" \"", "rules[0].name"),
        ("name = \"everybody\"", "name = \"e\"\nprice_from = 2\nprice_to = 1", "rules[0].price_from"),
        ("name = \"everybody\"", "name = \"e\"\n[[rules]]\nname = \"e\"", "rules[1].name"),
    ];
    for (from, to, key) in cases {
        match Policy::from_toml(&policy::ROUTING_TOML.replacen(from, to, 1)) {
            Err(PolicyError::Invalid { key: found, .. }) => assert_eq!(found, key, "{to}"),
            other => panic!("{to}: {other:?}"),
        }
    }
    let guess = policy::ROUTING_TOML.replacen("name = \"everybody\"", "name = \"e\"\nsurnames = [\"x\"]", 1);
    assert!(matches!(Policy::from_toml(&guess), Err(PolicyError::Unreadable(_))));
    let shipped = Policy::shipped();
    assert_eq!(&Policy::from_toml(&shipped.to_toml().unwrap()).unwrap(), shipped);
}

#[test]
fn a_report_says_who_was_given_what_and_whether_that_fits() {
    let agents = [Agent { weight: 3, ..Agent::named("ana") }, Agent::named("ben")];
    let mut router = shipped();
    let mut decisions: Vec<Decision> =
        (0..80).map(|n| router.route(&format!("{n}"), &Wanted::default(), &agents, monday())).collect();
    let report = fairness(&decisions, |decision| decision.agent.as_deref() == Some("ana"));
    let ben = &report.agents[1];
    assert_eq!((ben.offered, ben.accepted, ben.could), (20, 0, 80));
    assert_eq!((ben.due, ben.share_due), (20.0, 0.25));
    assert!(ben.acceptance.unwrap().upper < 0.2);
    assert!(matches!(report.balance, Balance::Tested { p_value, .. } if p_value > 0.99));
    // Somebody hands all of ben's leads to ana.
    for decision in &mut decisions {
        decision.agent = Some("ana".to_owned());
    }
    let report = fairness(&decisions, |_| true);
    assert_eq!(report.off_most, 20.0);
    assert!(matches!(report.balance, Balance::Tested { p_value, .. } if p_value < 1e-5));
    let few = fairness(&decisions[..10], |_| true);
    assert_eq!(few.balance, Balance::Insufficient { leads: 10, due_least: 2.5 });
}

/// Agents with room, hours and absences of every kind.
fn agents() -> impl Strategy<Value = Vec<Agent>> {
    let agent =
        (0_u32..4, prop::option::of(0_u32..6), prop::option::of(0_u32..6), any::<bool>(), any::<bool>());
    prop::collection::vec(agent, 1..6).prop_map(|agents| {
        let agent = |(place, (weight, open_max, daily_max, works, away))| Agent {
            weight,
            open_max,
            daily_max,
            hours: Some(if works { weekdays(9, 17) } else { weekdays(12, 17) }),
            absences: if away { vec![Absence { from: monday(), until: Timestamp::MAX }] } else { Vec::new() },
            ..Agent::named(format!("agent {place}"))
        };
        agents.into_iter().enumerate().map(agent).collect()
    })
}

proptest! {
    #[test]
    fn nobody_is_given_more_than_they_take(agents in agents(), leads in 1_usize..30) {
        let (mut router, mut agents) = (shipped(), agents);
        for lead in 0..leads {
            let decision = router.route(&format!("{lead}"), &Wanted::default(), &agents, monday());
            let free = agents.iter().any(|agent| agent.cannot(&Wanted::default(), monday()).is_none());
            prop_assert_eq!(decision.agent.is_some(), free, "a lead is offered exactly when somebody can take it");
            prop_assert_eq!(decision.passed_over.len() + usize::from(free), agents.len());
            if let Some(agent) = agents.iter_mut().find(|agent| Some(&agent.id) == decision.agent.as_ref()) {
                agent.take();
            }
            for agent in &agents {
                prop_assert!(agent.open_max.is_none_or(|most| agent.open <= most));
                prop_assert!(agent.daily_max.is_none_or(|most| agent.today <= most));
                prop_assert!(agent.open == 0 || (agent.weight > 0 && agent.absences.is_empty()));
            }
            prop_assert_eq!(router.credit().values().sum::<i64>(), 0);
        }
    }

    #[test]
    fn nobody_waits_for_ever(weights in prop::collection::vec(1_u32..6, 2..7)) {
        let agents: Vec<Agent> = weights.iter().enumerate()
            .map(|(place, weight)| Agent { weight: *weight, ..Agent::named(format!("{place}")) }).collect();
        let total: u32 = weights.iter().sum();
        let mut router = shipped();
        let mut given = vec![0_u32; agents.len()];
        for turn in 1..=3 * total {
            let decision = router.route("lead", &Wanted::default(), &agents, monday());
            given[decision.agent.unwrap().parse::<usize>().unwrap()] += 1;
            for (weight, given) in weights.iter().zip(&given) {
                let due = f64::from(turn * weight) / f64::from(total);
                prop_assert!((f64::from(*given) - due).abs() < agents.len() as f64 - 1.0 + 1e-3);
            }
            if turn % total == 0 {
                // After whole rounds everybody has exactly what is due (but for millionths that a share leaves over).
                for (weight, given) in weights.iter().zip(&given) {
                    prop_assert!(given.abs_diff(turn / total * weight) <= 1);
                }
            }
        }
    }

    /// Whoever comes and goes: somebody who is always there is never a whole team's round behind what is due.
    #[test]
    fn who_is_always_there_gets_what_is_due(present in prop::collection::vec(prop::collection::vec(any::<bool>(), 4), 20..120)) {
        let everybody: Vec<Agent> = (0..5).map(|place| Agent::named(format!("{place}"))).collect();
        let mut router = shipped();
        let (mut given, mut due) = (0.0, 0.0);
        for there in present {
            let agents: Vec<Agent> = everybody.iter().zip(std::iter::once(true).chain(there))
                .filter(|(_, there)| *there).map(|(agent, _)| agent.clone()).collect();
            let decision = router.route("lead", &Wanted::default(), &agents, monday());
            due += decision.entitlements[0].1 as f64 / LEAD as f64;
            given += f64::from(u8::from(decision.agent.as_deref() == Some("0")));
            prop_assert!((given - due).abs() < everybody.len() as f64);
        }
    }

    #[test]
    fn the_same_leads_and_agents_give_the_same_turns_in_whatever_order_agents_stand(agents in agents()) {
        let mut turned = agents.clone();
        turned.reverse();
        let (mut one, mut other) = (shipped(), shipped());
        for lead in 0..20 {
            let name = format!("{lead}");
            prop_assert_eq!(
                one.route(&name, &Wanted::default(), &agents, monday()),
                other.route(&name, &Wanted::default(), &turned, monday())
            );
            other = Router::resume(Policy::shipped().clone(), other.credit().clone());
        }
    }
}
