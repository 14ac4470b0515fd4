use boxed::boxed;
use disclosure::{Budget, Cell, Epsilon, Shown};
use jiff::Timestamp;
use kernel::{Moment, Ulid};
use serde::Serialize;
use store::trail;

use super::{
    Answer, BUDGET_DEFAULT, CLAMP_MAX, Figure, Group, Grouping, Measure, NoiseUsed, Question, Rate, gather,
    noise, records,
    tell::{self, Judged},
};
use crate::{Contacts, ContactsError};

/// An answer with noise to be paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseRequest {
    /// The question.
    pub question: Question,
    /// What it may cost, above zero.
    pub epsilon: Epsilon,
    /// Most that one market counts for in one figure, from 1 to [`CLAMP_MAX`].
    pub clamp: u64,
}

/// An answer with noise that was paid for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Release {
    /// Which one.
    pub id: Ulid,
    /// When.
    pub at: Timestamp,
    /// Who asked, as the audit chain names them.
    pub actor: String,
    /// What it cost.
    pub epsilon: Epsilon,
    /// What was told.
    pub answer: Answer,
}

#[boxed]
impl Contacts {
    /// Counts the markets now and tells what may be told, exactly.
    ///
    /// # Errors
    /// When the hub's database fails. A market that fails is named in [`Answer::missing`].
    pub async fn analyse(&self, question: Question, now: Timestamp) -> Result<Answer, ContactsError> {
        self.told(question, now, true, |cell, shown| match shown {
            Shown::Value(value) => {
                debug_assert_eq!(cell.value(), value);
                Figure::Told { value: i64::try_from(value).unwrap_or(i64::MAX), plus_minus: None }
            }
            Shown::Withheld(why) => Figure::withheld(why),
        })
        .await
    }

    /// Counts the markets now and tells what may be told with noise, once the budget has paid for it. The release is
    /// kept: reading it again costs nothing.
    ///
    /// # Errors
    /// [`ContactsError::Overspent`] when less is left than it costs, [`ContactsError::Question`] for a cost or a clamp
    /// that makes no noise, or when the hub's database fails. Then nothing was spent or told.
    pub async fn release(&self, request: &ReleaseRequest, at: &Moment) -> Result<Release, ContactsError> {
        let ReleaseRequest { question, epsilon, clamp } = *request;
        if !(1..=CLAMP_MAX).contains(&clamp) {
            return Err(ContactsError::Question(format!("`clamp` is a whole number from 1 to {CLAMP_MAX}")));
        }
        let columns = gather::columns(question.measure, at.at()).0.len();
        let noise = noise::noise(epsilon, clamp, question.by, columns)
            .map_err(|error| ContactsError::Question(format!("`epsilon`: {error}")))?;
        // Asked before the work, and again when it is paid.
        self.budget().await?.spend(epsilon)?;
        let mut bits = noise::Drawn(&self.chance);
        let mut answer = self
            .told(question, at.at(), false, |cell, shown| match shown {
                Shown::Value(_) => noise::noisy(cell, clamp, noise, &mut bits),
                Shown::Withheld(why) => Figure::withheld(why),
            })
            .await?;
        answer.noise = Some(NoiseUsed {
            epsilon: epsilon.to_string(),
            epsilon_per_figure: epsilon.split(noise::figures_per_market(question.by, columns)).to_string(),
            clamp,
            scale: noise.scale().as_f64(),
        });
        let release =
            Release { id: at.ids().next(), at: at.at(), actor: at.actor.id().to_owned(), epsilon, answer };
        let text = serde_json::to_string(&release.answer)
            .map_err(|error| ContactsError::Question(format!("the answer cannot be kept: {error}")))?;
        let mut tx = self.hub.begin().await?;
        tx.one_at_a_time("privacy_budget").await?;
        let mut budget = records::budget(&mut tx).await?.unwrap_or(Budget::new(BUDGET_DEFAULT));
        budget.spend(epsilon)?;
        records::set_budget(&mut tx, budget, at.at()).await?;
        records::add_release(&mut tx, &release, text).await?;
        let noted = audit::NewEntry::new(
            at.at(),
            &at.actor,
            "analytics.released",
            &format!("release:{}", release.id),
        )
        .with("measure", question.measure.id())
        .with("grouping", question.by.id())
        .with("epsilon", epsilon)
        .with("left", budget.left());
        trail::append(&mut tx, noted);
        tx.commit().await?;
        Ok(release)
    }

    /// A release.
    ///
    /// # Errors
    /// When the hub's database fails.
    pub async fn release_by_id(&self, id: Ulid) -> Result<Option<Release>, ContactsError> {
        Ok(records::release_by_id(&self.hub, id).await?)
    }

    /// Releases, the newest first; of one question, if one is named.
    ///
    /// # Errors
    /// When the hub's database fails.
    pub async fn releases(
        &self,
        question: Option<Question>,
        limit: usize,
    ) -> Result<Vec<Release>, ContactsError> {
        Ok(records::releases(&self.hub, question, limit).await?)
    }

    async fn told(
        &self,
        question: Question,
        now: Timestamp,
        exact: bool,
        mut figure: impl FnMut(&Cell, Shown) -> Figure,
    ) -> Result<Answer, ContactsError> {
        let Question { measure, by } = question;
        let (columns, labels) = gather::columns(measure, now);
        let (counted, missing) = gather::gather(&self.markets, measure, now).await?;
        let totals = measure != Measure::Messages;
        let markets = counted.len() as u64;
        let judged = tell::judge(&counted, by, columns.len(), totals);
        // Contacts are told by the measure of stages: what is withheld there is withheld here.
        // With noise they are not told at all: they would be exact.
        let per_contact = exact && measure == Measure::Messages;
        let contacts = if per_contact { tell::contacts(&counted, by) } else { None };
        let mut rows: Vec<(Vec<Figure>, Figure)> = Vec::new();
        let Judged { groups, markets: per_group, figures } = judged.unwrap_or_else(|| Judged {
            groups: Vec::new(),
            markets: Vec::new(),
            figures: vec![vec![
                (Cell::default(), Shown::Withheld(disclosure::Withheld::TooFew));
                columns.len() + 1
            ]],
        });
        for line in &figures {
            let mut told: Vec<Figure> = line.iter().map(|(cell, shown)| figure(cell, *shown)).collect();
            // A line has one more figure than columns: its total.
            let total = told.pop().unwrap_or(Figure::withheld(disclosure::Withheld::TooFew));
            rows.push((told, total));
        }
        let withheld = rows
            .iter()
            .flat_map(|(told, total)| told.iter().chain(totals.then_some(total)))
            .filter(|figure| figure.value().is_none())
            .count() as u64;
        let contacts_of =
            |row: usize| contacts.as_ref().and_then(|contacts| contacts.get(row).copied().flatten());
        let rates: Vec<Option<Rate>> =
            rows.iter().enumerate().map(|(row, (told, _))| rate(measure, told, contacts_of(row))).collect();
        let names = groups.into_iter().zip(per_group).chain([("all".to_owned(), markets)]);
        let mut all: Vec<Group> = names
            .zip(rows)
            .zip(rates)
            .map(|(((id, markets), (figures, total)), rate)| Group {
                label: label(by, &id),
                id,
                markets,
                figures,
                total: totals.then_some(total),
                rate,
            })
            .collect();
        let last = all.pop().ok_or_else(|| ContactsError::Question("there is nothing to tell".to_owned()))?;
        Ok(Answer {
            question,
            at: now,
            columns,
            labels,
            groups: all,
            all: last,
            missing,
            withheld,
            noise: None,
        })
    }
}

/// The rate of a row, from told figures only.
fn rate(measure: Measure, told: &[Figure], contacts: Option<u64>) -> Option<Rate> {
    let divided = |part: i64, whole: i64| (part >= 0 && whole > 0).then(|| part as f64 / whole as f64);
    match measure {
        Measure::New => None,
        Measure::Stages => {
            let value = match (told[1].value(), told[2].value()) {
                (Some(won), Some(lost)) => divided(won, won.max(0) + lost.max(0)),
                _ => None,
            };
            Some(Rate { value, formula: "won / (won + lost)".to_owned() })
        }
        Measure::Messages => {
            let value = match (told[0].value(), told[1].value(), contacts) {
                (Some(received), Some(sent), Some(contacts)) => {
                    divided(received + sent, i64::try_from(contacts).unwrap_or(i64::MAX))
                }
                _ => None,
            };
            Some(Rate { value, formula: "messages / contacts".to_owned() })
        }
    }
}

fn label(by: Grouping, id: &str) -> String {
    if id == "all" {
        return "All markets".to_owned();
    }
    match by {
        Grouping::Region => id.to_ascii_uppercase(),
        Grouping::Currency => id.to_owned(),
        Grouping::Vertical => {
            let known: Option<kernel::Vertical> = id.parse().ok();
            known.map_or_else(|| id.to_owned(), |vertical| vertical.label().to_owned())
        }
    }
}
