use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn table(lines: &[&str]) -> (Vec<String>, Vec<Record>) {
    let cells = |line: &str| line.split(';').map(str::to_owned).collect::<Vec<_>>();
    let records = lines[1..].iter().zip(1..).map(|(line, number)| Record { number, cells: cells(line) });
    (cells(lines[0]), records.collect())
}

fn infer(lines: &[&str]) -> Inferred {
    let (header, records) = table(lines);
    Frame::infer(&header, &records, &Reading::default()).unwrap()
}

fn kinds(inferred: &Inferred) -> Vec<Kind> {
    inferred.rows.frame.schema().columns.iter().map(|column| column.kind).collect()
}

#[test]
fn kinds_are_found_from_what_the_cells_say() {
    let inferred =
        infer(&["a;b;c;d;e", "1;yes;2024-01-05;red;1", "2,000;NO;;blue;0", "3.5;;2024-02-01;NA;1"]);
    assert_eq!(kinds(&inferred), [Kind::Number, Kind::Boolean, Kind::Date, Kind::Category, Kind::Boolean]);
    let frame = &inferred.rows.frame;
    assert_eq!(frame.column("a"), Some(&Column::Number(vec![1.0, 2000.0, 3.5])));
    assert_eq!(frame.column("c").unwrap().value(0), Value::Number(19_727.0));
    assert_eq!(frame.column("c").unwrap().value(1), Value::Missing);
    let levels = vec!["blue".to_owned(), "red".to_owned()];
    assert_eq!(frame.column("d"), Some(&Column::Category { codes: vec![1, 0, MISSING_LEVEL], levels }));
}

#[test]
fn a_kind_given_by_hand_rejects_rows_that_say_something_else() {
    let (header, records) = table(&["n;x", "1;a", "one;b", "3;c"]);
    let kinds = BTreeMap::from([("n".to_owned(), Kind::Number)]);
    let inferred = Frame::infer(&header, &records, &Reading { kinds, ..Reading::default() }).unwrap();
    assert_eq!(inferred.rows.numbers, [1, 3]);
    let rejection = &inferred.rows.rejections[0];
    assert_eq!((rejection.row, rejection.field.as_str(), rejection.value.as_str()), (2, "n", "one"));
    assert!(rejection.message.contains("is not a number"), "{}", rejection.message);
}

#[test]
fn a_few_cells_that_are_no_numbers_are_missing_and_told() {
    let mut lines = vec!["n".to_owned()];
    lines.extend((0..60).map(|n| if n == 7 { "4+".to_owned() } else { n.to_string() }));
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let inferred = infer(&lines);
    assert_eq!(kinds(&inferred), [Kind::Number]);
    assert_eq!(inferred.rows.numbers.len(), 60);
    assert_eq!(inferred.rows.frame.columns()[0].value(7), Value::Missing);
    assert_eq!((inferred.notices[0].row, inferred.notices[0].value.as_str()), (8, "4+"));
}

/// The only column of a table with these cells.
fn column(cells: impl IntoIterator<Item = String>) -> (ColumnSchema, Vec<Value>, Vec<String>) {
    let records: Vec<Record> =
        cells.into_iter().zip(1..).map(|(cell, number)| Record { number, cells: vec![cell] }).collect();
    let inferred = Frame::infer(&["c".to_owned()], &records, &Reading::default()).unwrap();
    let values = (0..records.len()).map(|row| inferred.rows.frame.columns()[0].value(row)).collect();
    let told = inferred.notices.into_iter().map(|notice| notice.value).collect();
    (inferred.rows.frame.schema().columns[0].clone(), values, told)
}

#[test]
fn decimal_commas_are_found_by_the_column_and_read_in_rows_to_come() {
    let (schema, values, told) = column((0..40).map(|n| format!("{},{}", n * 37, n % 10)));
    assert_eq!((schema.kind, schema.writing.decimal_comma, told.len()), (Kind::Number, true, 0));
    assert_eq!(values[3], Value::Number(111.3));
    assert_eq!(schema.value("1.234,5"), Ok(Value::Number(1234.5)));
    let (thousands, values, _) = column((0..40).map(|n| format!("{},{:03}", n + 1, n)));
    assert!(!thousands.writing.decimal_comma);
    assert_eq!(values[1], Value::Number(2001.0));
}

#[test]
fn whether_the_day_comes_first_is_found_by_the_column() {
    let written = |day: i32, mark: char, day_first: bool| {
        let (day, month) = (day % 28 + 1, day % 12 + 1);
        let (one, two) = if day_first { (day, month) } else { (month, day) };
        format!("{one:02}{mark}{two:02}{mark}2026")
    };
    for (mark, day_first) in [('/', true), ('/', false), ('.', true), ('-', true), ('-', false)] {
        let (schema, values, _) = column((0..60).map(|day| written(day, mark, day_first)));
        assert_eq!((schema.kind, schema.writing.day_first), (Kind::Date, day_first), "{mark}");
        assert_eq!(values[0], Value::Number(20_454.0), "1 January 2026");
    }
    // Where every date can be read either way, points stand behind the day and strokes behind the month.
    for (mark, day_first) in [('/', false), ('.', true)] {
        let (schema, ..) =
            column((0..12).map(|n| format!("{:02}{mark}0{}{mark}2026", n % 12 + 1, n % 9 + 1)));
        assert_eq!((schema.kind, schema.writing.day_first), (Kind::Date, day_first), "{mark}");
    }
    let mixed = ["2026-01-31", "31 Jan 2026", "Jan 31, 2026", "1/31/2026 10:15 PM", "2026-01-31T08:00:00Z"];
    let (schema, values, _) = column(mixed.map(str::to_owned));
    assert_eq!(schema.kind, Kind::Date);
    assert!(values.iter().all(|value| matches!(value, Value::Number(day) if day.floor() == 20_484.0)));
}

#[test]
fn a_word_or_two_among_many_numbers_say_that_they_are_not_known() {
    let cell = |n: usize| if n.is_multiple_of(3) { "unknown".to_owned() } else { (n * 7).to_string() };
    let (schema, values, told) = column((0..90).map(cell));
    assert_eq!((schema.kind, values[0], values[1]), (Kind::Number, Value::Missing, Value::Number(7.0)));
    assert_eq!(told, ["unknown"]);
    assert_eq!(schema.value("Unknown"), Ok(Value::Missing), "in rows to come as well");
    assert!(schema.value("soon").is_err());
    // Few numbers among words are levels.
    let (levels, ..) = column((0..90).map(|n| ["1", "2", "3", "more"][n % 4].to_owned()));
    assert_eq!(levels.kind, Kind::Category);
    // Many words are levels, whatever else there is.
    let (many, ..) = column((0..90).map(|n| if n % 2 == 0 { format!("w{}", n % 8) } else { n.to_string() }));
    assert_eq!(many.kind, Kind::Category);
}

#[test]
fn row_numbers_without_a_name_are_identifiers() {
    let header = ["column_1", "x"].map(str::to_owned);
    let rows: Vec<Record> = (0..50_u64)
        .map(|n| Record { number: n + 1, cells: vec![n.to_string(), (n % 7).to_string()] })
        .collect();
    let inferred = Frame::infer(&header, &rows, &Reading::default()).unwrap();
    assert_eq!(inferred.rows.frame.schema().columns[0].left_out, Some(LeftOut::Identifier));
}

#[test]
fn a_row_with_too_few_cells_is_rejected_and_the_next_is_read() {
    let inferred = infer(&["a;b", "1;2", "3", "5;6"]);
    assert_eq!(inferred.rows.numbers, [1, 3]);
    assert_eq!(inferred.rows.rejections[0].row, 2);
}

#[test]
fn columns_that_teach_nothing_are_flagged_with_the_reason() {
    let lines: Vec<String> = (0..100)
        .map(|n| format!("{};u{n};;same;note number {};{n};{}", 1000 + n, n / 2 * 2, n * 3))
        .collect();
    let mut all = vec!["customerID;key;void;constant;remark;usage;price"];
    all.extend(lines.iter().map(String::as_str));
    let inferred = infer(&all);
    let reasons: Vec<_> = inferred.rows.frame.schema().columns.iter().map(|column| column.left_out).collect();
    assert_eq!(
        reasons,
        [
            Some(LeftOut::Identifier),
            Some(LeftOut::Identifier),
            Some(LeftOut::AllMissing),
            Some(LeftOut::Constant),
            None,
            None,
            None
        ]
    );
}

#[test]
fn two_columns_of_one_name_are_refused() {
    let (header, records) = table(&["a;a", "1;2"]);
    assert_eq!(
        Frame::infer(&header, &records, &Reading::default()),
        Err(FrameError::SameName { name: "a".to_owned() })
    );
}

#[test]
fn an_absent_column_is_named() {
    let inferred = infer(&["a;b", "1;x", "2;y"]);
    let (header, records) = table(&["b", "x"]);
    let error = Frame::read(inferred.rows.frame.schema(), &header, &records).unwrap_err();
    assert_eq!(error, ReadError::ColumnsAbsent(vec!["a".to_owned()]));
}

#[test]
fn a_level_that_was_never_seen_is_missing() {
    let inferred = infer(&["a;b", "1;x", "2;y"]);
    let (header, records) = table(&["a;b", "1;z"]);
    let rows = Frame::read(inferred.rows.frame.schema(), &header, &records).unwrap();
    assert_eq!(rows.frame.column("b").unwrap().value(0), Value::Missing);
}

#[test]
fn a_row_told_by_name_may_leave_columns_out() {
    let inferred = infer(&["a;b", "1.5;x", "2;y"]);
    let schema = inferred.rows.frame.schema();
    assert_eq!(
        Frame::read_row(schema, [("b", "y"), ("other", "1")]),
        Ok(vec![Value::Missing, Value::Level(1)])
    );
    let rejections = Frame::read_row(schema, [("a", "much")]).unwrap_err();
    assert_eq!((rejections[0].field.as_str(), rejections[0].value.as_str()), ("a", "much"));
}

#[test]
fn of_very_many_levels_the_rare_ones_are_missing() {
    let of = |levels: u32, rows: u32| {
        let codes: Vec<u32> = (0..rows).map(|row| row % levels).collect();
        let names: Vec<String> = (0..levels).map(|level| format!("{level:05}")).collect();
        let schema = ColumnSchema {
            name: "c".to_owned(),
            kind: Kind::Category,
            levels: names.clone(),
            left_out: None,
            writing: Writing::default(),
        };
        let schema = Schema { columns: vec![schema], missing: vec![] };
        let frame = Frame::new(schema, vec![Column::Category { codes, levels: names }]).unwrap();
        let all: Vec<usize> = (0..rows as usize).collect();
        frame.with_levels_of(&all)
    };
    // 500 of 1200 levels occur three times, the others twice.
    let many = of(1200, 2 * 1200 + 500);
    assert_eq!(many.schema().columns[0].levels.len(), 500);
    assert_eq!((many.columns()[0].value(7), many.columns()[0].value(700)), (Value::Level(7), Value::Missing));
    assert_eq!(of(900, 900).schema().columns[0].levels.len(), 900);
}

#[test]
fn columns_of_different_lengths_make_no_frame() {
    let inferred = infer(&["a;b", "1.5;2.5", "2;3"]);
    let schema = inferred.rows.frame.schema().clone();
    let error = Frame::new(schema, vec![Column::Number(vec![1.0]), Column::Number(vec![])]).unwrap_err();
    assert_eq!(error, FrameError::Rows { name: "b".to_owned(), found: 0, expected: 1 });
}

proptest! {
    /// The order of columns is no part of what is read.
    #[test]
    fn shuffled_columns_read_the_same(
        cells in proptest::collection::vec(("[a-c]?", "-?[0-9]{1,3}", "(yes|no|)"), 1..20),
        turn in 0_usize..3,
    ) {
        let header: Vec<String> = ["x", "y", "z"].map(str::to_owned).to_vec();
        let records: Vec<Record> = cells
            .iter()
            .zip(1..)
            .map(|((a, b, c), number)| Record { number, cells: vec![a.clone(), b.clone(), c.clone()] })
            .collect();
        let inferred = Frame::infer(&header, &records, &Reading::default()).unwrap();
        let schema = inferred.rows.frame.schema();
        let turned = |mut cells: Vec<String>| { cells.rotate_left(turn); cells };
        let moved: Vec<Record> =
            records.iter().map(|r| Record { number: r.number, cells: turned(r.cells.clone()) }).collect();
        let straight = Frame::read(schema, &header, &records).unwrap();
        let other = Frame::read(schema, &turned(header.clone()), &moved).unwrap();
        prop_assert_eq!(straight.frame.schema(), other.frame.schema());
        let mut one = Vec::new();
        let mut two = Vec::new();
        for row in 0..straight.frame.rows() {
            straight.frame.row_into(row, &mut one);
            other.frame.row_into(row, &mut two);
            prop_assert_eq!(&one, &two);
        }
    }
}

#[test]
fn words_for_truth_that_would_fall_together_are_levels() {
    let inferred = infer(&["a;b;c", "F;y;yes", "N;n;NO", "F;f;TRUE", "N;n;false"]);
    assert_eq!(kinds(&inferred), [Kind::Category, Kind::Category, Kind::Boolean]);
    assert_eq!(inferred.rows.frame.schema().columns[1].levels, ["f", "n", "y"]);
}

#[test]
fn levels_that_a_model_cannot_hold_are_those_that_occur_least() {
    let text = |level: usize| format!("{level:03}{}", "x".repeat(8000));
    let levels: Vec<String> = (0..1000).map(text).collect();
    // The first half of them occurs twice.
    let codes: Vec<u32> = (0..1000).chain(0..500).collect();
    let schema = Schema {
        columns: vec![ColumnSchema {
            name: "note".to_owned(),
            kind: Kind::Category,
            levels: levels.clone(),
            left_out: None,
            writing: Writing::default(),
        }],
        missing: Vec::new(),
    };
    let frame = Frame::new(schema, vec![Column::Category { codes, levels: levels.clone() }]).unwrap();
    let kept = |rows: usize| {
        let rows: Vec<usize> = (0..rows).collect();
        frame.with_levels_of(&rows).schema().columns[0].levels.len()
    };
    assert_eq!((kept(600), kept(1500)), (600, 500));
}
