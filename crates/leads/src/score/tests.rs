use jiff::{Timestamp, tz::TimeZone};
use kernel::Actor;
use learn::{
    chance::Generator,
    study::{Question, SplitBy, Study, study},
    tune::Effort,
};

use super::*;
use crate::{
    Channel,
    band::Band,
    features::{AS_OF, CONTACT, GOAL, Goal, Sampling, TrainingRows, training_rows},
    overlay::{Override, effective},
    timeline::{Answer, AppointmentStep, Direction, Entry, Happening, LeadSource, Timeline, What},
};

fn at(hours: f64) -> Timestamp {
    Timestamp::from_second(1_772_400_000 + (hours * 3_600.0) as i64).unwrap()
}

fn row(values: impl IntoIterator<Item = (Feature, f64)>) -> Features {
    Features::of(at(0.0), values.into_iter().map(|(feature, number)| (feature, Value::Number(number))))
}

fn prior_score(values: impl IntoIterator<Item = (Feature, f64)>) -> LeadScore {
    Scorer::choose(Prior::shipped(), None, Outcomes::default()).score(&row(values))
}

fn sums_to_its_margin(score: &LeadScore) -> bool {
    score.factors.iter().fold(score.base, |sum, factor| sum + factor.contribution) == score.margin
}

#[test]
fn a_model_takes_over_when_there_are_outcomes_enough() {
    let (learned, prior) = (learned(), Prior::shipped());
    let basis = |positive, negative, learned| {
        Scorer::choose(prior, learned, Outcomes { positive, negative }).basis().to_string()
    };
    assert!(basis(199, 5_000, Some(&learned)).starts_with("prior rule leads_prior v1: 199 of the 200"));
    assert!(basis(5_000, 199, Some(&learned)).starts_with("prior rule"));
    assert!(basis(200, 200, None).ends_with("no model was accepted yet"));
    assert!(basis(200, 200, Some(&learned)).starts_with("model test v1, trained on"));
}

#[test]
fn a_prior_score_says_why() {
    let score = prior_score([
        (Feature::Preapproved, 1.0),
        (Feature::ListingViews7d, 4.0),
        (Feature::Unanswered, 6.0),
        (Feature::HoursSinceOutbound, 30.0),
    ]);
    assert!(sums_to_its_margin(&score));
    let reasons: Vec<String> = score.reasons.iter().map(Reason::to_string).collect();
    assert_eq!(
        reasons,
        [
            "6 messages of ours without an answer: lowers the chance by 3.1 points",
            "Approved by a lender, or needs none: raises the chance by 2.6 points",
            "Never spoke to us: lowers the chance by 0.9 points",
            "4 looks at listings in 7 days: raises the chance by 0.8 points",
            "Has done nothing of their own accord: lowers the chance by 0.4 points",
        ]
    );
    let change: f64 = score.reasons.iter().map(|reason| reason.change).sum();
    assert!((change - (score.probability - 0.05)).abs() < 1e-6);
    assert!(score.interval.contains(score.probability));
    let weights: f64 = score.factors.iter().map(|factor| factor.weight).sum();
    assert!((weights - 1.0).abs() < 1e-12);
}

#[test]
fn the_next_step_is_the_first_that_applies() {
    let spoken = (Feature::HoursSinceOutbound, 30.0);
    let told = [(Feature::Preapproved, 1.0), (Feature::HorizonDays, 20.0), (Feature::Budget, 1.0), spoken];
    let cases: [(&[(Feature, f64)], Step); 8] = [
        (&[(Feature::AwaitsAnswer, 1.0), (Feature::AppointmentAhead, 1.0)], Step::Answer),
        (&[(Feature::AppointmentAhead, 1.0)], Step::ConfirmAppointment),
        (&[], Step::FirstContact),
        (&[spoken, (Feature::NoShows90d, 1.0)], Step::OfferAnotherTime),
        (&[spoken, (Feature::Unanswered, 3.0)], Step::AnotherWay),
        (&[spoken, (Feature::RepeatViews30d, 3.0)], Step::OfferViewing),
        (&[spoken], Step::Ask(Feature::Source)),
        (&[spoken, (Feature::Preapproved, 0.0)], Step::Ask(Feature::Source)),
    ];
    for (values, step) in cases {
        assert_eq!(prior_score(values.iter().copied()).next.step, step, "{values:?}");
    }
    let source = Features::of(at(0.0), [(Feature::Source, Value::Level(0))]);
    let all =
        told.into_iter().fold(source, |row, (feature, number)| row.with(feature, Value::Number(number)));
    let scorer = Scorer::choose(Prior::shipped(), None, Outcomes::default());
    assert_eq!(scorer.score(&all).next.step, Step::Wait);
    let long_ago = all.with(Feature::HoursSinceOutbound, Value::Number(200.0));
    assert_eq!(scorer.score(&long_ago).next.step, Step::StayInTouch);
    let unapproved = all.with(Feature::Preapproved, Value::Missing);
    assert_eq!(scorer.score(&unapproved).next.step, Step::Ask(Feature::Preapproved));
    assert_eq!(
        prior_score([(Feature::HoursSinceArrival, 0.5)]).next.why,
        "They came 30 minutes ago and nobody has spoken to them."
    );
}

#[test]
fn a_score_comes_back_from_its_text() {
    let mut scores = [prior_score([(Feature::Preapproved, 1.0)])];
    let nobody = effective(scores[0].probability, [], at(0.0));
    let ranked = [scores[0].ranked("a", &nobody, None)];
    rank(&mut scores, &ranked, &Capacity::new(3, 5).unwrap());
    let text = serde_json::to_value(&scores[0]).unwrap();
    assert_eq!(serde_json::from_value::<LeadScore>(text).unwrap(), scores[0]);
}

#[test]
fn leads_are_ranked_by_what_a_person_said_where_somebody_did() {
    let mut scores = [prior_score([(Feature::Preapproved, 1.0)]), prior_score([])];
    let word = Override::new(0.9, "signed the agreement", Actor::new("dana"), at(0.0), at(24.0)).unwrap();
    let effective =
        [effective(scores[0].probability, [], at(1.0)), effective(scores[1].probability, [&word], at(1.0))];
    let ranked: Vec<Ranked> = scores
        .iter()
        .zip(&effective)
        .zip(["a", "b"])
        .map(|((score, word), lead)| score.ranked(lead, word, None))
        .collect();
    rank(&mut scores, &ranked, &Capacity::new(1, 1).unwrap());
    let bands: Vec<Band> = scores.iter().map(|score| score.standing.unwrap().band).collect();
    assert_eq!(bands, [Band::Cold, Band::Hot]);
    assert!(scores[1].probability < 0.1, "the computed score stays");
}

/// The lives of `contacts` people in whom interest leads to views, messages and, in time, to an appointment.
fn market(contacts: usize, seed: u64) -> Vec<Timeline> {
    let mut chance = Generator::seeded(seed);
    let life = |contact: usize| {
        let interest = chance.unit();
        let start = chance.unit() * 24.0 * 60.0;
        let mut told = 0;
        let mut entries = Vec::new();
        let mut tell = |hours: f64, what: What| {
            told += 1;
            entries.push(Entry::told(format!("{told}"), at(hours), Happening { at: at(hours), what }));
        };
        let source = if chance.unit() < interest { LeadSource::Referral } else { LeadSource::Portal };
        tell(start, What::Arrived { source });
        if chance.unit() < 0.5 {
            tell(start + 0.1, What::Answered(Answer::Preapproved(chance.unit() < interest)));
        }
        for day in 0..30 {
            let hours = start + 24.0 * f64::from(day) + 1.0;
            if chance.unit() < 0.6 * interest {
                let listing = format!("l{}", chance.below(4));
                tell(hours, What::ListingView { listing, price: Some(400_000) });
            }
            if chance.unit() < 0.4 * interest {
                tell(hours + 1.0, What::Message { direction: Direction::Inbound, channel: Channel::Sms });
            }
            if chance.unit() < 0.3 {
                tell(hours + 2.0, What::Message { direction: Direction::Outbound, channel: Channel::Sms });
            }
            if chance.unit() < 0.05 * interest * interest {
                let step = AppointmentStep::Booked { starts: at(hours + 48.0) };
                tell(hours + 3.0, What::Appointment { appointment: format!("{contact}"), step });
                break;
            }
        }
        entries.into_iter().collect()
    };
    (0..contacts).map(life).collect()
}

fn rows(contacts: usize, seed: u64) -> TrainingRows {
    let timelines = market(contacts, seed);
    let sampling = Sampling { gap: jiff::SignedDuration::from_hours(24 * 5), ..Sampling::default() };
    training_rows(&timelines, &Goal::default(), &sampling, &TimeZone::UTC, at(24.0 * 200.0))
}

fn studied(rows: &TrainingRows) -> Study {
    let question = Question {
        dropped: vec![AS_OF.to_owned()],
        split: SplitBy::Group(CONTACT.to_owned()),
        effort: Effort { folds: 2, bags: 1, patience: 10, threads: 1, ..Effort::default() },
        ..Question::about(GOAL)
    };
    study(&rows.frame, &question).unwrap()
}

/// Trained once for all tests.
fn study_of_a_market() -> &'static Study {
    static STUDY: std::sync::LazyLock<Study> = std::sync::LazyLock::new(|| studied(&rows(250, 1)));
    &STUDY
}

fn learned() -> Learned {
    let study = study_of_a_market().clone();
    let rows = study.trained_on.len() as u64;
    Learned::new("test", 1, rows, study.model, &study.predictions, &study.outcomes).unwrap()
}

#[test]
fn a_model_learns_from_timelines_and_its_scores_have_the_same_shape() {
    let rows = rows(250, 1);
    assert!(rows.positive > 50 && rows.negative > 200, "{} {}", rows.positive, rows.negative);
    let study = study_of_a_market();
    assert!(study.test.auc > Some(0.65), "{:?}", study.test.auc);
    let contacts = rows.contacts();
    let of =
        |part: &[usize]| part.iter().map(|row| contacts[*row]).collect::<std::collections::BTreeSet<u32>>();
    assert!(of(&study.trained_on).is_disjoint(&of(&study.judged_on)));

    let learned = learned();
    let outcomes = Outcomes { positive: 200, negative: 200 };
    let scorer = Scorer::choose(Prior::shipped(), Some(&learned), outcomes);
    let timelines = market(30, 2);
    let features: Vec<Features> =
        timelines.iter().map(|timeline| Features::as_of(timeline, at(24.0 * 40.0), &TimeZone::UTC)).collect();
    for (score, probability) in scorer.score_all(&features).iter().zip(scorer.probabilities(&features)) {
        assert!((score.probability - probability).abs() < 1e-9, "{} {probability}", score.probability);
        assert!(sums_to_its_margin(score));
        assert!(score.interval.contains(score.probability));
        assert!(score.interval.width() < 0.35, "{:?} {} {}", score.interval, score.probability, score.basis);
        assert!(matches!(&score.basis, Basis::Model { id, .. } if id == "test"));
        let change: f64 = score.reasons.iter().map(|reason| reason.change).sum();
        assert!(score.reasons.is_empty() || change.is_finite());
    }
    let few = Features::of(at(0.0), []);
    let missing: Vec<Feature> = scorer.score(&few).missing.iter().map(|missing| missing.feature).collect();
    assert!(missing.contains(&Feature::Preapproved), "a model says as well what it would like to know");
}

#[test]
fn a_model_of_something_else_is_refused() {
    let study = study_of_a_market().clone();
    let mut model = study.model.clone();
    model.schema.columns[0].name = "shoe_size".to_owned();
    let of = |model, predictions: &[f64], outcomes: &[bool]| {
        Learned::new("m", 1, 1, model, predictions, outcomes).unwrap_err()
    };
    assert_eq!(
        of(model, &study.predictions, &study.outcomes),
        LearnedError::Column { column: "shoe_size".to_owned() }
    );
    assert_eq!(of(study.model, &[], &[]), LearnedError::NotJudged { predictions: 0, outcomes: 0 });
}
