use learn::{
    chance::Generator,
    drift::{ColumnDrift, DriftError, Shift, columns},
    frame::{Column, ColumnSchema, Frame, Kind, MISSING_LEVEL, Schema},
};

const LEVELS: [&str; 3] = ["web", "fair", "friend"];

/// Four columns, of which each may be moved: a number, its gaps, a category, and a share of a level that training
/// did not know.
struct World {
    shift: f64,
    gaps: f64,
    fair: f64,
    unknown: f64,
}

const STILL: World = World { shift: 0.0, gaps: 0.1, fair: 0.3, unknown: 0.0 };

impl World {
    fn rows(&self, rows: usize, seed: u64) -> Frame {
        let mut chance = Generator::seeded(seed);
        let levels: Vec<String> = LEVELS.iter().map(|level| (*level).to_owned()).collect();
        let mut number = |shift: f64, gaps: f64| {
            let cell = |_| if chance.unit() < gaps { f64::NAN } else { chance.normal() + shift };
            Column::Number((0..rows).map(cell).collect())
        };
        let (moved, gappy, still) = (number(self.shift, 0.0), number(0.0, self.gaps), number(0.0, 0.0));
        let mut chance = Generator::seeded(seed + 1_000_000);
        let code = |_| match chance.unit() {
            u if u < self.unknown => MISSING_LEVEL,
            u if u < self.unknown + self.fair => 1,
            u => u32::from(u > 0.8) * 2,
        };
        let source = Column::Category { codes: (0..rows).map(code).collect(), levels: levels.clone() };
        let schema = |name: &str, kind, levels| ColumnSchema {
            name: name.into(),
            kind,
            levels,
            left_out: None,
            writing: Default::default(),
        };
        let schemas = vec![
            schema("moved", Kind::Number, vec![]),
            schema("gappy", Kind::Number, vec![]),
            schema("still", Kind::Number, vec![]),
            schema("source", Kind::Category, levels),
        ];
        let schema = Schema { columns: schemas, ..Schema::default() };
        Frame::new(schema, vec![moved, gappy, still, source]).expect("columns of one length")
    }
}

fn shifts(now: &World, seed: u64) -> Vec<(String, Shift)> {
    let found =
        columns(&STILL.rows(2_000, seed), &now.rows(1_500, seed + 7), 0.01).expect("the same columns");
    found.into_iter().map(|ColumnDrift { column, shift, .. }| (column, shift)).collect()
}

#[test]
fn the_column_that_moved_is_named_and_no_other() {
    for (now, moved) in [
        (World { shift: 0.45, ..STILL }, "moved"),
        (World { gaps: 0.3, ..STILL }, "gappy"),
        (World { fair: 0.5, ..STILL }, "source"),
        (World { unknown: 0.2, ..STILL }, "source"),
    ] {
        for (column, shift) in shifts(&now, 3) {
            assert_eq!(shift >= Shift::Moderate, column == moved, "{column} when {moved} moved: {shift:?}");
        }
    }
    assert_eq!(shifts(&World { shift: 1.5, ..STILL }, 3)[0].1, Shift::Strong);
    // Surely moved, and too little to matter.
    assert_eq!(shifts(&World { shift: 0.2, ..STILL }, 3)[0].1, Shift::Slight);
}

#[test]
fn where_nothing_moves_there_are_hardly_any_alarms() {
    let alarms =
        (0..60).filter(|seed| shifts(&STILL, 100 * seed).iter().any(|(_, shift)| *shift > Shift::None));
    let alarms = alarms.count();
    // 1 % of 60 looks is 0.6.
    assert!(alarms <= 4, "{alarms} of 60");
}

#[test]
fn shares_of_missing_cells_are_told() {
    let before = STILL.rows(4_000, 1);
    let found = columns(&before, &World { gaps: 1.0, ..STILL }.rows(500, 2), 0.01).expect("the same columns");
    assert!((found[1].missing_before - 0.1).abs() < 0.02, "{found:?}");
    assert_eq!((found[1].missing_now, found[1].shift), (1.0, Shift::Strong));
    assert!(found.iter().all(|drift| drift.p_adjusted >= drift.p_value && drift.psi.is_finite()));
}

#[test]
fn frames_of_other_columns_are_refused() {
    let before = STILL.rows(100, 1);
    let fewer = before.select(|column| column.name != "source");
    assert_eq!(columns(&before, &fewer, 0.01), Err(DriftError::OtherColumns { column: "source".into() }));
    assert_eq!(columns(&fewer, &before, 0.01).expect("those that it knows").len(), 3);
    assert_eq!(columns(&before, &before.take(&[]), 0.01), Err(DriftError::Empty));
    assert!(columns(&before, &before, 0.0).is_err());
    let same = columns(&before, &before, 0.01).expect("the same columns");
    assert!(same.iter().all(|drift| drift.psi == 0.0 && drift.shift == Shift::None));
}
