use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use learn::{
    compare::{Counts, Look, Sequential, Verdict},
    evaluate::{ChanceDifferences, Figure, Judged, Needs, bootstrap::Resampling},
    fairness::names,
    registry::promotion::{Cleared, Evidence, Objection, Rule, decide},
};
use serde::{Deserialize, Serialize};

use crate::timeline::LeadSource;

/// Whom a challenger is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Incumbent {
    /// The prior rule: there is no champion yet.
    Prior,
    /// The champion of this version.
    Model(u32),
}

/// What two said of one lead at one moment, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ContestRow {
    /// Of whom, as an identifier without meaning.
    pub contact: String,
    /// When.
    pub at: Timestamp,
    /// How the contact came.
    pub source: Option<LeadSource>,
    /// What the incumbent said, 0 to 1.
    pub incumbent: f64,
    /// What the challenger said, 0 to 1.
    pub challenger: f64,
    /// Whether it came about.
    pub reached: bool,
}

/// Everything that two said of the same leads at the same moments, as far as the end is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contest {
    rows: Vec<ContestRow>,
    clusters: Vec<u32>,
}

impl Contest {
    /// The contest of `rows`, of which those of one contact nearer together than `gap` count once: the first.
    pub fn of(mut rows: Vec<ContestRow>, gap: SignedDuration) -> Self {
        rows.sort_by(|one, other| (one.at, &one.contact).cmp(&(other.at, &other.contact)));
        let mut last: BTreeMap<String, Timestamp> = BTreeMap::new();
        rows.retain(|row| {
            let far = last
                .get(&row.contact)
                .is_none_or(|last| row.at > *last && row.at.duration_since(*last) >= gap);
            if far {
                last.insert(row.contact.clone(), row.at);
            }
            far
        });
        let mut names: BTreeMap<&str, u32> = BTreeMap::new();
        let clusters = rows
            .iter()
            .map(|row| {
                let next = names.len() as u32;
                *names.entry(&row.contact).or_insert(next)
            })
            .collect();
        Self { rows, clusters }
    }

    /// The rows, by time.
    pub fn rows(&self) -> &[ContestRow] {
        &self.rows
    }

    /// Whom only one of the two would have called, a day at a time, with `calls` calls a day: leads of each and those
    /// of them that reached the goal. A contact counts once, on the first such day, so that counts are of people.
    ///
    /// The incumbent's picks were in fact called first. That can only speak against a challenger: one that does as
    /// well all the same is not worse.
    fn called_by_one(&self, calls: usize) -> (Counts, Counts) {
        let mut days: BTreeMap<i64, Vec<&ContestRow>> = BTreeMap::new();
        for row in &self.rows {
            days.entry(row.at.as_second().div_euclid(86_400)).or_default().push(row);
        }
        let (mut incumbent, mut challenger) = (Counts::default(), Counts::default());
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for rows in days.values().filter(|rows| rows.len() > calls) {
            let top = |score: fn(&ContestRow) -> f64| -> BTreeSet<&str> {
                let mut ranked: Vec<&&ContestRow> = rows.iter().collect();
                ranked.sort_by(|one, other| {
                    score(other).total_cmp(&score(one)).then_with(|| one.contact.cmp(&other.contact))
                });
                ranked.into_iter().take(calls).map(|row| row.contact.as_str()).collect()
            };
            let (by_incumbent, by_challenger) = (top(|row| row.incumbent), top(|row| row.challenger));
            for row in rows {
                let name = row.contact.as_str();
                let counts = match (by_incumbent.contains(name), by_challenger.contains(name)) {
                    (true, false) => &mut incumbent,
                    (false, true) => &mut challenger,
                    _ => continue,
                };
                if seen.insert(name) {
                    counts.rows += 1;
                    counts.positives += u64::from(row.reached);
                }
            }
        }
        (incumbent, challenger)
    }
}

/// How a trial is held.
#[derive(Clone, Debug)]
pub struct TrialTerms<'a> {
    /// The challenger's version.
    pub challenger: u32,
    /// What promotion may cost.
    pub rule: Rule,
    /// The chance, over all looks together, of promoting what loses more than the rule's margin.
    pub alpha: f64,
    /// Looks before a challenger retires.
    pub looks_max: u32,
    /// By which share rows grow between two looks.
    pub look_growth: f64,
    /// Calls of the team in a day.
    pub calls_per_day: usize,
    /// What the names of the features say.
    pub columns: &'a [names::Finding],
}

/// Rows, and rows of either end, before the first look.
const NEEDS: Needs = Needs { rows: 200, each: 50 };

/// The variance of the mixture of [`Sequential`]: it is most sensitive to a difference of five points in a hundred.
const TAU2: f64 = 0.0025;

/// The level of the test of who is called.
const CALLS_ALPHA: f64 = 0.01;

/// A challenger's way to the top or out: what was seen at its looks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Against whom.
    pub incumbent: Incumbent,
    /// Looks so far.
    pub looks: u32,
    /// Rows at the last look.
    pub rows: u64,
    /// Rows before the next look.
    pub rows_next: u64,
    /// At the last look, challenger less incumbent: mean log loss (nats) with an interval at [`Trial::level`].
    pub difference: Option<Figure>,
    /// The level of that interval.
    pub level: f64,
    /// The test of whom only one of the two would have called.
    pub called: Sequential,
    /// What it said last.
    pub called_last: Option<Look>,
    /// What spoke against promotion at the last look.
    pub objections: Vec<Objection>,
}

/// What follows from a look.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Too few rows to look, or nothing certain: the trial goes on.
    Wait,
    /// The challenger may replace the incumbent.
    Promote(Cleared),
    /// The challenger goes.
    Retire(WhyRetired),
}

/// Why a challenger goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyRetired {
    /// It surely loses more than the incumbent.
    Worse,
    /// Those whom it alone would have called surely reach the goal less often.
    CallsWorse,
    /// It was not cleared in as many looks as there are.
    NotCleared,
}

impl std::fmt::Display for WhyRetired {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Worse => "it surely loses more",
            Self::CallsWorse => "those whom it alone would have called surely reach the goal less often",
            Self::NotCleared => "it was not cleared in as many looks as there are",
        })
    }
}

impl Trial {
    /// A trial against `incumbent` that nobody has looked at.
    pub fn begin(incumbent: Incumbent) -> Self {
        // Constants inside of their ranges, as the tests of this module make sure.
        let called =
            Sequential::new(CALLS_ALPHA, TAU2).expect("the level and variance are within their ranges");
        Self {
            incumbent,
            looks: 0,
            rows: 0,
            rows_next: NEEDS.rows,
            difference: None,
            level: 0.0,
            called,
            called_last: None,
            objections: Vec::new(),
        }
    }

    /// Looks at `contest`, if there are rows enough since the last look.
    ///
    /// Look k has the level 1 - alpha / (k (k + 1)): the levels of all looks sum to alpha, however many there are, so
    /// that looking often does not make a worse model champion. The test of who is called is always valid by itself.
    pub fn consider(&mut self, contest: &Contest, terms: &TrialTerms<'_>) -> Decision {
        let (incumbent, challenger) = contest.called_by_one(terms.calls_per_day);
        // Fewer than before: somebody was erased. The last word stands until there are as many again.
        if let Ok(look) = self.called.look(incumbent, challenger) {
            self.called_last = Some(look);
        }
        if self.called_last.is_some_and(|look| look.verdict == Verdict::ChampionBetter) {
            return Decision::Retire(WhyRetired::CallsWorse);
        }
        let rows = contest.rows().len() as u64;
        let reached = contest.rows().iter().filter(|row| row.reached).count() as u64;
        if rows < self.rows_next || NEEDS.of_chances(rows, reached).is_err() {
            return Decision::Wait;
        }
        self.looks += 1;
        self.rows = rows;
        self.rows_next = rows + ((rows as f64 * terms.look_growth).ceil() as u64).max(1);
        let spent = terms.alpha / (f64::from(self.looks) * f64::from(self.looks + 1));
        self.level = 1.0 - spent;
        let looked = self.compare(contest, terms, spent);
        match looked {
            Ok(cleared) => {
                self.objections = Vec::new();
                Decision::Promote(cleared)
            }
            Err(objections) => {
                self.objections = objections;
                let worse = match self.difference {
                    Some(Figure::Known(estimate)) => {
                        estimate.interval.is_some_and(|interval| interval.lower > 0.0)
                    }
                    _ => false,
                };
                match () {
                    () if worse => Decision::Retire(WhyRetired::Worse),
                    () if self.looks >= terms.looks_max => Decision::Retire(WhyRetired::NotCleared),
                    () => Decision::Wait,
                }
            }
        }
    }

    fn compare(
        &mut self,
        contest: &Contest,
        terms: &TrialTerms<'_>,
        spent: f64,
    ) -> Result<Cleared, Vec<Objection>> {
        let resampling =
            Resampling { rounds: rounds(spent), level: 1.0 - spent, seed: u64::from(terms.challenger) };
        let all: Vec<usize> = (0..contest.rows.len()).collect();
        let against = |rows: &[usize], needs: &Needs, incumbent: &dyn Fn(&ContestRow) -> f64| {
            difference(contest, rows, needs, &resampling, incumbent)
        };
        let Some(over_all) = against(&all, &NEEDS, &|row| row.incumbent) else {
            return Err(vec![Objection::NoInterval]);
        };
        self.difference = Some(over_all.log_loss);
        let segments: Vec<(String, ChanceDifferences)> = LeadSource::ALL
            .iter()
            .filter_map(|source| {
                let rows: Vec<usize> =
                    all.iter().copied().filter(|row| contest.rows[*row].source == Some(*source)).collect();
                let found = (!rows.is_empty()).then(|| against(&rows, &NEEDS, &|row| row.incumbent))??;
                Some((format!("source {source}"), found))
            })
            .collect();
        let challenger = terms.challenger.to_string();
        let champion = match self.incumbent {
            Incumbent::Prior => None,
            Incumbent::Model(version) => Some(version.to_string()),
        };
        let evidence = Evidence {
            challenger: &challenger,
            champion: champion.as_deref(),
            difference: &over_all,
            segments: &segments,
            // No protected attribute is known of contacts, by design; how they came is none, and is meant to make a
            // difference.
            impact: None,
            columns: terms.columns,
        };
        if self.incumbent == Incumbent::Prior {
            // A rule that is far off is easily beaten: the first model must beat its own base rate as well.
            let reached = contest.rows.iter().filter(|row| row.reached).count();
            let base = reached as f64 / contest.rows.len() as f64;
            let Some(from_base) = against(&all, &NEEDS, &|_| base) else {
                return Err(vec![Objection::NoInterval]);
            };
            decide(&Evidence { difference: &from_base, segments: &[], ..evidence.clone() }, &terms.rule)?;
        }
        decide(&evidence, &terms.rule)
    }
}

/// Challenger less incumbent on `rows`, by contacts; none when they cannot be compared.
fn difference(
    contest: &Contest,
    rows: &[usize],
    needs: &Needs,
    resampling: &Resampling,
    incumbent: &dyn Fn(&ContestRow) -> f64,
) -> Option<ChanceDifferences> {
    let of = |said: &dyn Fn(&ContestRow) -> f64| -> Vec<f64> {
        rows.iter().map(|row| said(&contest.rows[*row])).collect()
    };
    let reached: Vec<bool> = rows.iter().map(|row| contest.rows[*row].reached).collect();
    let clusters: Vec<u32> = rows.iter().map(|row| contest.clusters[*row]).collect();
    let challenger = Judged::new(&of(&|row| row.challenger), &reached).ok()?.clustered(&clusters).ok()?;
    let incumbent = Judged::new(&of(incumbent), &reached).ok()?;
    ChanceDifferences::of(&challenger, &incumbent, needs, resampling)
}

/// Draws that put about a dozen into each tail of an interval that leaves out `spent`; at most 20 000.
fn rounds(spent: f64) -> u32 {
    (24.0 / spent).ceil().clamp(1_000.0, 20_000.0) as u32
}

#[cfg(test)]
mod tests {
    use learn::{chance::Generator, odds};

    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(1_770_000_000 + hours * 3_600).unwrap()
    }

    /// `people` leads, a few a day, whose chances are known; `incumbent` and `challenger` make of the true log-odds and a
    /// number drawn for the lead what they say.
    fn contest(
        people: usize,
        seed: u64,
        incumbent: impl Fn(f64, f64) -> f64,
        challenger: impl Fn(f64, f64) -> f64,
    ) -> Contest {
        let mut chance = Generator::seeded(seed);
        let rows = (0..people).map(|person| {
            let truth = (chance.unit() - 0.5) * 5.0;
            let noise = (chance.unit() - 0.5) * 6.0;
            let (said_before, said_now) = (incumbent(truth, noise), challenger(truth, noise));
            ContestRow {
                contact: format!("{person:05}"),
                at: at(person as i64 / 2),
                source: Some(if chance.unit() < 0.5 { LeadSource::Portal } else { LeadSource::Website }),
                incumbent: odds::probability(said_before),
                challenger: odds::probability(said_now),
                reached: chance.unit() < odds::probability(truth),
            }
        });
        Contest::of(rows.collect(), SignedDuration::from_hours(24))
    }

    fn terms() -> TrialTerms<'static> {
        TrialTerms {
            challenger: 2,
            rule: Rule::default(),
            alpha: 0.05,
            looks_max: 6,
            look_growth: 0.25,
            calls_per_day: 10,
            columns: &[],
        }
    }

    /// Looks at a growing contest until something is decided.
    fn decided(whole: &Contest, incumbent: Incumbent) -> (Decision, Trial) {
        let mut trial = Trial::begin(incumbent);
        let mut seen = 100;
        loop {
            let some = Contest::of(
                whole.rows().iter().take(seen).cloned().collect(),
                SignedDuration::from_hours(24),
            );
            let decision = trial.consider(&some, &terms());
            if decision != Decision::Wait || seen >= whole.rows().len() {
                return (decision, trial);
            }
            seen += 100;
        }
    }

    #[test]
    fn a_better_challenger_is_cleared_against_the_champion() {
        let (decision, trial) =
            decided(&contest(3_000, 1, |_, noise| noise, |truth, _| truth), Incumbent::Model(1));
        let Decision::Promote(cleared) = decision else { panic!("{decision:?} {trial:?}") };
        assert_eq!((cleared.challenger(), cleared.champion()), ("2", Some("1")));
        assert!(matches!(trial.difference, Some(Figure::Known(difference)) if difference.value < -0.1));
    }

    #[test]
    fn a_worse_challenger_is_never_cleared_and_goes() {
        for seed in 0..12 {
            let worse = contest(3_000, seed, |truth, _| truth, |truth, noise| truth + 0.7 * noise);
            let (decision, _) = decided(&worse, Incumbent::Model(1));
            assert!(matches!(decision, Decision::Retire(_)), "seed {seed}: {decision:?}");
        }
    }

    #[test]
    fn one_that_is_a_little_worse_than_allowed_is_not_cleared_by_looking_often() {
        for seed in 20..26 {
            // It loses about 0.02 nats a row, and 0.005 are allowed.
            let worse = contest(1_500, seed, |truth, _| truth, |truth, noise| truth + 0.3 * noise);
            let (decision, trial) = decided(&worse, Incumbent::Model(1));
            assert!(!matches!(decision, Decision::Promote(_)), "seed {seed}: {trial:?}");
        }
    }

    #[test]
    fn the_first_model_must_beat_the_prior_and_the_base_rate() {
        // The prior is far off; the model says nothing at all, but at the right level or far from it.
        let off = |_: f64, noise: f64| 4.0 + noise;
        let (decision, _) = decided(&contest(3_000, 3, off, |truth, _| truth), Incumbent::Prior);
        assert!(
            matches!(&decision, Decision::Promote(cleared) if cleared.champion().is_none()),
            "{decision:?}"
        );
        let (decision, trial) = decided(&contest(3_000, 3, off, |_, noise| 0.4 * noise), Incumbent::Prior);
        assert!(matches!(decision, Decision::Retire(_)), "{decision:?}");
        assert!(
            trial.difference.is_some_and(|difference| difference.value() < Some(0.0)),
            "it beats the prior"
        );
    }

    #[test]
    fn nothing_is_looked_at_before_there_is_enough_and_looks_spend_what_they_may() {
        let whole = contest(3_000, 4, |truth, noise| truth + 0.3 * noise, |truth, noise| truth - 0.3 * noise);
        let mut trial = Trial::begin(Incumbent::Model(1));
        let few = Contest::of(whole.rows()[..150].to_vec(), SignedDuration::from_hours(24));
        assert_eq!(trial.consider(&few, &terms()), Decision::Wait);
        assert_eq!(trial.looks, 0);
        let mut spent = 0.0;
        for rows in (200..3_000).step_by(50) {
            let some = Contest::of(whole.rows()[..rows].to_vec(), SignedDuration::from_hours(24));
            let looks = trial.looks;
            let decision = trial.consider(&some, &terms());
            if trial.looks > looks {
                spent += 1.0 - trial.level;
            }
            if decision != Decision::Wait {
                break;
            }
        }
        assert!(trial.looks >= 2 && spent < terms().alpha, "{spent} in {} looks", trial.looks);
    }

    #[test]
    fn a_trial_goes_on_where_it_was_written_down() {
        let whole = contest(1_200, 5, |truth, noise| truth + 0.5 * noise, |truth, noise| truth - 0.5 * noise);
        let mut trial = Trial::begin(Incumbent::Prior);
        trial.consider(&whole, &terms());
        let text = serde_json::to_string(&trial).unwrap();
        let back: Trial = serde_json::from_str(&text).unwrap();
        assert_eq!((back.looks, back.rows, back.rows_next), (trial.looks, trial.rows, trial.rows_next));
        assert_eq!(back.called.looks(), trial.called.looks());
    }

    #[test]
    fn who_is_scored_after_every_click_counts_once_a_day() {
        let row = |contact: &str, hours: i64| ContestRow {
            contact: contact.to_owned(),
            at: at(hours),
            source: None,
            incumbent: 0.5,
            challenger: 0.5,
            reached: false,
        };
        let rows = vec![row("a", 0), row("a", 3), row("a", 23), row("b", 3), row("a", 24), row("a", 24)];
        let kept = Contest::of(rows, SignedDuration::from_hours(24));
        assert_eq!(kept.rows().len(), 3);
        assert_eq!(kept.clusters, [0, 1, 0]);
    }
}
