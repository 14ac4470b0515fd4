use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};
use learn::frame::{Column, ColumnSchema, Frame, Kind as ColumnKind, Value};
use ring::digest::{Context, SHA256};

use crate::{
    features::{AS_OF, CONTACT, Feature, Features, GOAL, Sampling, Target, training_rows},
    score::Outcomes,
    timeline::Timeline,
};

/// The column with the day on which a row's contact was first asked about: contacts who came later judge. All rows of a
/// contact have the same, so that nobody is on both sides.
pub const BEGAN: &str = "began";

/// Rows to learn from, with what came of the contacts.
#[derive(Clone, Debug, PartialEq)]
pub struct Lesson {
    /// The features, with [`BEGAN`] and [`GOAL`] behind them.
    pub frame: Frame,
    /// The contact of each row, by its place among the timelines.
    pub contacts: Vec<u32>,
    /// The moment of each row.
    pub moments: Vec<Timestamp>,
    /// Contacts whose end is known.
    pub outcomes: Outcomes,
    /// Rows that were left out because their end is not known yet.
    pub open: u64,
}

impl Lesson {
    /// The lesson of `timelines`, one contact each, by what is known `now`.
    pub fn of<'a>(
        timelines: impl IntoIterator<Item = &'a Timeline>,
        target: &impl Target,
        sampling: &Sampling,
        zone: &TimeZone,
        now: Timestamp,
    ) -> Self {
        let rows = training_rows(timelines, target, sampling, zone, now);
        let contacts = rows.contacts();
        let days = match rows.frame.column(AS_OF) {
            Some(Column::Number(days)) => days.clone(),
            _ => Vec::new(),
        };
        let mut first: BTreeMap<u32, f64> = BTreeMap::new();
        for (contact, day) in contacts.iter().zip(&days) {
            first.entry(*contact).and_modify(|first| *first = first.min(*day)).or_insert(*day);
        }
        let began = contacts.iter().map(|contact| first.get(contact).copied().unwrap_or(f64::NAN)).collect();
        let kept = rows.frame.select(|column| column.name != CONTACT && column.name != AS_OF);
        let (mut schema, mut columns) = (kept.schema().clone(), kept.columns().to_vec());
        schema.columns.push(ColumnSchema {
            name: BEGAN.to_owned(),
            kind: ColumnKind::Date,
            levels: Vec::new(),
            left_out: None,
            writing: Default::default(),
        });
        columns.push(Column::Number(began));
        let frame = Frame::new(schema, columns).expect("one more column of as many cells, of another name");
        let moment = |day: &f64| Timestamp::from_microsecond((day * 86_400e6).round() as i64);
        Self {
            frame,
            contacts,
            moments: days.iter().map(|day| moment(day).unwrap_or(Timestamp::MAX)).collect(),
            outcomes: Outcomes {
                positive: rows.contacts_reached as u64,
                negative: rows.contacts_missed as u64,
            },
            open: rows.open as u64,
        }
    }

    /// The features of a row.
    pub fn features(&self, row: usize) -> Features {
        let mut cells = Vec::new();
        self.frame.row_into(row, &mut cells);
        Features::of(self.moments[row], Feature::ALL.into_iter().zip(cells))
    }

    /// Whether it came about, row by row.
    pub fn reached(&self) -> Vec<bool> {
        match self.frame.column(GOAL) {
            Some(Column::Number(cells)) => cells.iter().map(|cell| *cell == 1.0).collect(),
            _ => Vec::new(),
        }
    }

    /// SHA-256 of every cell, hexadecimal: the same rows give the same.
    pub fn data_hash(&self) -> String {
        let mut context = Context::new(&SHA256);
        for column in &self.frame.schema().columns {
            context.update(column.name.as_bytes());
            context.update(&[0]);
        }
        let mut cells = Vec::new();
        for row in 0..self.frame.rows() {
            self.frame.row_into(row, &mut cells);
            for cell in &cells {
                let (kind, bits) = match cell {
                    Value::Missing => (0_u8, 0),
                    Value::Number(number) => (1, number.to_bits()),
                    Value::Level(code) => (2, u64::from(*code)),
                };
                context.update(&[kind]);
                context.update(&bits.to_le_bytes());
            }
        }
        context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
