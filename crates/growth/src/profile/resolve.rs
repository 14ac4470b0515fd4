//! Checks that a profile makes sense before any file is read, and says which column is read as what.

use std::collections::BTreeMap;

use super::{
    ProfileError,
    definition::{Aggregate, Condition, Measure, MetricRule, OutcomeRule, Profile, TableRule},
};
use crate::import::{Field, FieldKind};

/// What the cells of a column are read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    Text,
    Number,
    Date,
}

/// By table and column, what every column that some rule reads is read as.
pub(super) type Readings = BTreeMap<(String, String), Reading>;

/// The table and column that `name` means in rows of `table`: its own, or `other.column` of the joined table.
pub(super) fn locate<'a>(rule: &'a TableRule, table: &'a str, name: &'a str) -> (&'a str, &'a str) {
    match (name.split_once('.'), &rule.join) {
        (Some((other, column)), Some(join)) if join.table == other => (other, column),
        _ => (table, name),
    }
}

pub(super) fn check(profile: &Profile) -> Result<(), ProfileError> {
    readings(profile).map(|_| ())
}

pub(super) fn readings(profile: &Profile) -> Result<Readings, ProfileError> {
    let mut found = Reader { profile, readings: Readings::new() };
    if profile.name.trim().is_empty() {
        return Err(wrong("name", "is empty"));
    }
    for (name, table) in &profile.tables {
        found.table(name, table)?;
    }
    let client = &profile.client;
    for column in [&client.id, &client.name] {
        found.column("client", &client.table, column, Reading::Text)?;
    }
    if !profile.metrics.contains_key(&Field::CurrentMrr)
        && !profile.metrics.contains_key(&Field::CurrentAnnualSpend)
    {
        return Err(wrong("metrics", "there is no rule for current_mrr, and every client needs one"));
    }
    for (field, rule) in &profile.metrics {
        found.metric(*field, rule)?;
    }
    if let Some(positive) = client.positive
        && !profile.metrics.contains_key(&positive)
    {
        return Err(wrong("client.positive", format!("there is no rule for {positive}")));
    }
    let outcomes = [("upgraded", &profile.outcomes.upgraded), ("churned", &profile.outcomes.churned)];
    for (name, rule) in outcomes {
        if let Some(rule) = rule {
            found.outcome(&format!("outcomes.{name}"), rule)?;
        }
    }
    Ok(found.readings)
}

fn wrong(place: impl Into<String>, message: impl Into<String>) -> ProfileError {
    ProfileError::Rule { place: place.into(), message: message.into() }
}

struct Reader<'a> {
    profile: &'a Profile,
    readings: Readings,
}

impl<'a> Reader<'a> {
    fn rule(&self, place: &str, table: &str) -> Result<&'a TableRule, ProfileError> {
        self.profile.tables.get(table).ok_or_else(|| {
            let known: Vec<&str> = self.profile.tables.keys().map(String::as_str).collect();
            wrong(place, format!("there is no table `{table}`; there are: {}", known.join(", ")))
        })
    }

    fn column(&mut self, place: &str, table: &str, name: &str, reading: Reading) -> Result<(), ProfileError> {
        let rule = self.rule(place, table)?;
        let (table, column) = locate(rule, table, name);
        if self.rule(place, table)?.never.iter().any(|never| never == column) {
            let message = format!("`{column}` of {table} states the end of the data and may not be read");
            return Err(wrong(place, message));
        }
        let known = self.readings.entry((table.to_owned(), column.to_owned())).or_insert(reading);
        match (*known, reading) {
            (Reading::Text, _) => *known = reading,
            (_, Reading::Text) => {}
            (known, reading) if known == reading => {}
            _ => {
                return Err(wrong(
                    place,
                    format!("`{column}` is read as a number here and as a date elsewhere"),
                ));
            }
        }
        Ok(())
    }

    fn table(&mut self, name: &str, table: &TableRule) -> Result<(), ProfileError> {
        let place = format!("tables.{name}");
        if table.files.is_empty() {
            return Err(wrong(place, "`files` is empty: name at least one pattern"));
        }
        match (&table.client, &table.join) {
            (Some(column), None) => self.column(&place, name, column, Reading::Text)?,
            (None, Some(join)) => {
                let other = self.rule(&place, &join.table)?;
                if other.key.is_none() || other.client.is_none() {
                    return Err(wrong(
                        place,
                        format!("`{}` is joined and needs a `key` and a `client`", join.table),
                    ));
                }
                self.column(&place, name, &join.on, Reading::Text)?;
            }
            _ => return Err(wrong(place, "give either `client` or `join`")),
        }
        if let Some(key) = &table.key {
            self.column(&place, name, key, Reading::Text)?;
        }
        self.column(&place, name, &table.recorded_at, Reading::Date)?;
        for (column, since) in &table.known_at {
            self.column(&place, name, since, Reading::Date)?;
            if *column == table.recorded_at {
                return Err(wrong(
                    place,
                    format!("`{column}` says when a row is known and cannot be known later"),
                ));
            }
        }
        Ok(())
    }

    fn conditions(&mut self, place: &str, table: &str, conditions: &[Condition]) -> Result<(), ProfileError> {
        for condition in conditions {
            let comparisons = [
                condition.equals.is_some(),
                condition.one_of.is_some(),
                condition.empty.is_some(),
                condition.above.is_some(),
                condition.below.is_some(),
            ];
            if comparisons.into_iter().filter(|given| *given).count() != 1 {
                let message = format!("the condition on `{}` needs exactly one comparison", condition.column);
                return Err(wrong(place, message));
            }
            let is_number = condition.above.is_some() || condition.below.is_some();
            let reading = if is_number { Reading::Number } else { Reading::Text };
            self.column(place, table, &condition.column, reading)?;
        }
        Ok(())
    }

    fn measure(&mut self, place: &str, measure: &Measure) -> Result<Reading, ProfileError> {
        use Aggregate::{
            Count, DaysSinceLatest, Distinct, Earliest, Latest, Maximum, Mean, Minimum, MonthsSinceEarliest,
            Newest, Sum,
        };
        let (reads, gives) = match measure.aggregate {
            Count => (Reading::Text, Reading::Number),
            Distinct => (Reading::Text, Reading::Number),
            Sum | Mean | Minimum | Maximum => (Reading::Number, Reading::Number),
            Newest => (Reading::Text, Reading::Text),
            Earliest | Latest => (Reading::Date, Reading::Date),
            MonthsSinceEarliest | DaysSinceLatest => (Reading::Date, Reading::Number),
        };
        self.rule(place, &measure.table)?;
        if (measure.aggregate == Count) != measure.columns.is_empty() {
            return Err(wrong(place, "`columns` names what is aggregated, and is left out for `count` only"));
        }
        if measure.ending_days_ago > 0 && measure.window_days.is_none() {
            return Err(wrong(place, "`ending_days_ago` needs `window_days`"));
        }
        for column in &measure.columns {
            self.column(place, &measure.table, column, reads)?;
        }
        self.conditions(place, &measure.table, &measure.conditions)?;
        Ok(gives)
    }

    fn metric(&mut self, field: Field, rule: &MetricRule) -> Result<(), ProfileError> {
        let place = format!("metrics.{field}");
        if matches!(field, Field::ClientId | Field::ClientName) {
            return Err(wrong(place, "identity comes from `client`, not from a metric"));
        }
        if rule.why.trim().is_empty() {
            return Err(wrong(place, "`why` is empty: say why this stands for the metric"));
        }
        let gives = self.measure(&format!("{place}.of"), &rule.of)?;
        let wants = match field.kind() {
            FieldKind::Date => Reading::Date,
            FieldKind::Text | FieldKind::List => Reading::Text,
            FieldKind::Money
            | FieldKind::Count
            | FieldKind::Number
            | FieldKind::Fraction
            | FieldKind::Flag => Reading::Number,
        };
        if gives != wants && gives != Reading::Text {
            return Err(wrong(place, format!("the aggregate does not give what {field} is")));
        }
        let is_transformed = rule.over.is_some()
            || rule.root.is_some()
            || rule.scale.is_some()
            || rule.offset.is_some()
            || rule.clamp.is_some()
            || rule.of.when_none.is_some();
        if gives != Reading::Number && is_transformed {
            return Err(wrong(place, "only numbers can be divided, scaled, moved or clamped"));
        }
        if let Some(over) = &rule.over
            && self.measure(&format!("{place}.over"), over)? != Reading::Number
        {
            return Err(wrong(place, "`over` must be a number"));
        }
        if rule.root == Some(0) {
            return Err(wrong(place, "`root` starts at 1"));
        }
        if rule.clamp.is_some_and(|[lower, upper]| lower > upper) {
            return Err(wrong(place, "`clamp` has its bounds the wrong way round"));
        }
        Ok(())
    }

    fn outcome(&mut self, place: &str, rule: &OutcomeRule) -> Result<(), ProfileError> {
        self.column(place, &rule.table, &rule.on, Reading::Date)?;
        if let Some(amount) = &rule.amount_per_year {
            self.column(place, &rule.table, amount, Reading::Number)?;
        }
        self.conditions(place, &rule.table, &rule.conditions)
    }
}
