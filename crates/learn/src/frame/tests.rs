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
