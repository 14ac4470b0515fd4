//! What comes out of files, sound and damaged.

use proptest::prelude::*;
use tabular::{Cell, ColumnKind, Format, FormulaGuard, Hint, ReadError, Sheet, Table, read};

fn csv(text: &str) -> Sheet {
    read(text.as_bytes(), &Hint::format(Format::Csv)).expect("readable")
}

fn named(name: &str, text: &str) -> Sheet {
    read(text.as_bytes(), &Hint::named(name)).expect("readable")
}

fn texts(sheet: &Sheet) -> Vec<Vec<String>> {
    sheet.rows.iter().map(|row| row.cells.iter().map(Cell::display).collect()).collect()
}

#[test]
fn commas_semicolons_tabs_bars_and_a_byte_order_mark_are_recognised() {
    for (text, delimiter) in [
        ("a,b\n1,\"x,y\"\n", ','),
        ("\u{feff}a;b\r\n1;x,y\r\n", ';'),
        ("a\tb\n1\tx,y\n", '\t'),
        ("a|b\r1|x,y\r", '|'),
    ] {
        let sheet = csv(text);
        assert_eq!(sheet.delimiter, Some(delimiter));
        assert_eq!(sheet.columns, ["a", "b"]);
        assert_eq!(texts(&sheet), [["1", "x,y"]], "{text:?}");
    }
}

#[test]
fn quoted_cells_hold_separators_quotes_and_line_breaks() {
    let sheet = csv("a,b\n\"x\"\"y\",\"two\nlines\"\n3,4\n");
    assert_eq!(texts(&sheet), [["x\"y", "two\nlines"], ["3", "4"]]);
    assert_eq!(sheet.rows[1].number, 2);
}

#[test]
fn a_ragged_row_is_named_and_the_others_are_read() {
    let sheet = csv("a,b,c\n1,2,3\n1,2\n1,2,3,4\n1,2,3,,\n,,\n7,8,9\n");
    assert_eq!(texts(&sheet), [["1", "2", "3"], ["1", "2", "3"], ["7", "8", "9"]]);
    let bad: Vec<u64> = sheet.bad_rows.iter().map(|bad| bad.number).collect();
    assert_eq!(bad, [2, 3]);
    assert!(sheet.bad_rows[0].message.contains("2 cells where the header has 3"));
    assert_eq!(sheet.rows[2].number, 6, "a row of empty cells counts and is no data");
}

#[test]
fn text_that_is_not_utf8_names_its_row_column_and_byte() {
    let sheet = read(b"a,b\n1,2\n3,caf\xe9\n5,6\n", &Hint::format(Format::Csv)).expect("readable");
    assert_eq!(sheet.rows.len(), 2);
    let bad = &sheet.bad_rows[0];
    assert_eq!((bad.number, bad.column.as_str()), (2, "b"));
    assert!(bad.message.contains("byte 13 of the file"), "{}", bad.message);
    let fault = read(b"a,caf\xe9\n1,2\n", &Hint::format(Format::Csv));
    assert_eq!(fault, Err(ReadError::HeaderNotUtf8 { byte: 5 }));
}

#[test]
fn a_quote_that_never_closes_costs_its_own_line() {
    let sheet = csv("a,b\n1,2\n3,\"4\n5,6\n7,\"8,9\"\n");
    assert_eq!(texts(&sheet), [["1", "2"], ["5", "6"], ["7", "8,9"]]);
    assert_eq!(sheet.bad_rows.len(), 1);
    assert_eq!((sheet.bad_rows[0].number, sheet.bad_rows[0].value.as_str()), (2, "3,\"4"));
}

#[test]
fn a_file_cut_off_inside_a_quote_does_not_pass_for_whole() {
    let sheet = csv("a,b\n1,2\n3,\"4");
    assert_eq!((sheet.rows.len(), sheet.bad_rows.len()), (1, 1));
}

#[test]
fn quotes_that_pair_up_nowhere_end_in_an_error_and_not_in_an_hour() {
    let mut text = "a,b\n".to_owned();
    for _ in 0..40_000 {
        text.push_str("x,\"b\"\"\n");
    }
    let started = std::time::Instant::now();
    let _ = read(text.as_bytes(), &Hint::format(Format::Csv));
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[test]
fn nul_characters_are_refused_in_every_format() {
    for (name, text) in [
        ("a.csv", "a,b\n1,x\0y\n2,z\n"),
        ("a.ndjson", "{\"a\":1,\"b\":\"x\\u0000y\"}\n{\"a\":2,\"b\":\"z\"}"),
    ] {
        let sheet = named(name, text);
        assert_eq!((sheet.rows.len(), sheet.bad_rows[0].column.as_str()), (1, "b"), "{name}");
    }
}

#[test]
fn repeated_and_nameless_columns_get_names_of_their_own() {
    let sheet = csv("a,,a, a \n1,2,3,4\n");
    assert_eq!(sheet.columns, ["a", "column_2", "a (2)", "a (3)"]);
    assert_eq!(sheet.remarks.len(), 3);
    let sheet = csv(" a ,a\n1,2\n");
    assert_eq!(sheet.columns, ["a (2)", "a"], "the clean spelling keeps its name");
}

#[test]
fn json_is_read_from_an_array_from_inside_an_object_or_as_one_object() {
    let rows =
        r#"[{"a":1.10,"b":"x"},{"b":null,"a":12345678901234567890.123,"c":[1,"two",true]},{"c":{"d":1}}]"#;
    let expected = [["1.10", "x", ""], ["12345678901234567890.123", "", "1;two;true"], ["", "", "{\"d\":1}"]];
    for text in
        [rows.to_owned(), format!("{{\"as_of\":\"2026-01-19\",\"tags\":[],\"clients\": {rows} ,\"n\":3}}")]
    {
        let sheet = named("a.json", &text);
        assert_eq!(sheet.columns, ["a", "b", "c"]);
        assert_eq!(texts(&sheet), expected);
        assert_eq!(sheet.remarks, [] as [&str; 0]);
    }
    assert_eq!(texts(&named("a.json", "{\"a\":1,\"b\":[\"x\",\"y\"]}")), [["1", "x;y"]]);
}

#[test]
fn a_damaged_json_object_costs_itself_only() {
    let sheet =
        named("a.json", "[{\"a\":1},{\"a\":.5},{\"a\":\"x},{\"a\":4},{\"a\":5,\"a\":6},{},7,{\"a\":8}]");
    assert_eq!(texts(&sheet), [["1"], ["4"], ["8"]]);
    assert_eq!(sheet.bad_rows.len(), 5);
    assert!(sheet.bad_rows.iter().any(|bad| bad.message.contains("`a` is there twice")));
    let sheet = named("a.json", "[{\"a\":1},\n{\"a\":2}],\n{\"a\":3}]");
    assert_eq!((texts(&sheet).len(), sheet.bad_rows.len()), (3, 1));
}

#[test]
fn what_is_no_object_costs_itself_only() {
    let sheet =
        named("a.json", "[3,{\"a\":1},null,\"s\",{\"a\":2},[{\"a\":7},{\"a\":8}],{\"a\":3},{},{\"a\":4}]");
    assert_eq!(texts(&sheet), [["1"], ["2"], ["3"], ["4"]]);
    let bad: Vec<(u64, &str)> = sheet.bad_rows.iter().map(|bad| (bad.number, bad.value.as_str())).collect();
    assert_eq!(bad, [(1, "3"), (3, "null"), (4, "\"s\""), (6, "[{\"a\":7},{\"a\":8}]"), (8, "{}")]);
}

#[test]
fn an_empty_array_holds_no_table() {
    let fault = read(b" [ ] ", &Hint::named("a.json"));
    assert!(matches!(fault, Err(ReadError::Json(message)) if message.contains("no object")));
}

#[test]
fn a_bare_nan_is_a_text_of_its_cell() {
    let rows = "[{\"a\":NaN,\"b\":[{\"a\":1},{\"a\":2}]},{\"a\":-Infinity,\"b\":\"NaN\"}]";
    let sheet = named("a.json", rows);
    assert_eq!(texts(&sheet), [["NaN", "[{\"a\":1},{\"a\":2}]"], ["-Infinity", "NaN"]]);
    assert_eq!(sheet.bad_rows, []);
    assert_eq!(texts(&named("a.ndjson", "{\"a\":NaN}\n{\"a\":Infinity}")), [["NaN"], ["Infinity"]]);
}

#[test]
fn a_json_file_that_was_cut_off_says_so() {
    let sheet = named("a.json", "[{\"a\":1},{\"a\":2},{\"a\":");
    assert_eq!((sheet.rows.len(), sheet.bad_rows.len()), (2, 1));
    assert!(sheet.remarks[0].contains("cut off"));
}

#[test]
fn several_arrays_are_a_question_and_no_guess() {
    let fault = read(b"{\"a\":[{\"x\":1}],\"b\":[{\"x\":2}]}", &Hint::named("a.json"));
    assert!(matches!(fault, Err(ReadError::Json(message)) if message.contains("a, b")));
}

#[test]
fn a_bad_line_of_ndjson_costs_itself_only() {
    let sheet = named("a.ndjson", "{\"a\":1}\r\n\r\n{\"a\":\n{\"a\":3}\n");
    assert_eq!(texts(&sheet), [["1"], ["3"]]);
    assert_eq!(sheet.bad_rows[0].number, 2);
}

#[test]
fn the_content_decides_the_format() {
    for (name, text, format) in [
        ("", "a,b\n1,2\n", Format::Csv),
        ("", "[{\"a\":1}]", Format::Json),
        ("", " {\"a\":1}\n{\"a\":2}\n", Format::Ndjson),
        ("", "{\n \"a\": [{\"b\":1}]\n}", Format::Json),
        ("wrong.json", "[{\"a\":1}]", Format::Json),
        ("odd.csv", "[a],{b}\n1,2\n", Format::Csv),
        ("x.jsonl", "{\"a\":1}", Format::Ndjson),
    ] {
        assert_eq!(named(name, text).format, format, "{name} {text}");
    }
    for bytes in [b"%PDF-1.7" as &[u8], b"\xD0\xCF\x11\xE0\xA1", b"\xFF\xFEa\0", b"<html>"] {
        assert!(matches!(read(bytes, &Hint::default()), Err(ReadError::Unsupported(_))));
    }
    assert_eq!(read(b" \n", &Hint::default()), Err(ReadError::Empty));
}

fn workbook() -> Table {
    let mut table = Table::new(
        "Sheet: one/two",
        [
            ("name", ColumnKind::Text),
            ("amount", ColumnKind::Money),
            ("share", ColumnKind::Fraction),
            ("day", ColumnKind::Date),
            ("moment", ColumnKind::Date),
            ("yes", ColumnKind::Bool),
            ("long", ColumnKind::Integer),
        ],
    );
    let cells = |name: &str| {
        let number = |text: &str| Cell::Number(text.to_owned());
        [
            Cell::from(name),
            number("1234567.89"),
            number("0.1"),
            Cell::from("2026-01-19"),
            Cell::from("2026-01-19T08:30:15"),
            Cell::from(true),
            number("12345678901234567890"),
        ]
    };
    table.push(cells("Harbour Homes"));
    table.push([Cell::Empty, Cell::Empty]);
    table.push(cells("=1+1"));
    table
}

#[test]
fn a_workbook_gives_back_what_was_written() {
    let bytes = workbook().to_xlsx().expect("workbook");
    let sheet = read(&bytes, &Hint::default()).expect("readable");
    assert_eq!(sheet.format, Format::Xlsx);
    assert_eq!(
        sheet.rows[0].cells,
        [
            Cell::from("Harbour Homes"),
            Cell::Number("1234567.89".to_owned()),
            Cell::Number("0.1".to_owned()),
            Cell::from("2026-01-19"),
            Cell::from("2026-01-19T08:30:15"),
            Cell::Bool(true),
            Cell::from("12345678901234567890"),
        ]
    );
    assert_eq!(sheet.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(sheet.rows[1].cells[0], Cell::from("=1+1"), "text, and no formula");
}

#[test]
fn a_sheet_is_chosen_by_name() {
    let bytes = workbook().to_xlsx().expect("workbook");
    let hint = |name: &str| Hint { sheet: Some(name.to_owned()), ..Hint::default() };
    assert_eq!(read(&bytes, &hint("Sheet onetwo")).expect("readable").rows.len(), 2);
    assert!(
        matches!(read(&bytes, &hint("Other")), Err(ReadError::NoSuchSheet { available, .. }) if available == "Sheet onetwo")
    );
}

proptest! {
    #[test]
    fn any_table_of_text_survives_csv(rows in prop::collection::vec(prop::collection::vec("[ -~\u{e4}\u{20ac}\n\";,]{0,12}", 3), 1..8)) {
        let mut table = Table::new("t", [("a", ColumnKind::Text), ("b", ColumnKind::Text), ("key", ColumnKind::Text)]);
        for (at, row) in rows.iter().enumerate() {
            table.push([Cell::from(row[0].as_str()), Cell::from(row[1].as_str()), Cell::from(format!("k{at}"))]);
        }
        let text = table.to_csv(FormulaGuard::Off).expect("CSV");
        let sheet = csv(&text);
        prop_assert_eq!(sheet.bad_rows.len(), 0);
        let read: Vec<Vec<Cell>> = sheet.rows.into_iter().map(|row| row.cells).collect();
        prop_assert_eq!(read, table.rows);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), name in "(a\\.csv|a\\.json|a\\.ndjson|)") {
        if let Ok(sheet) = read(&bytes, &Hint::named(name)) {
            prop_assert!(sheet.rows.iter().all(|row| row.cells.len() == sheet.columns.len()));
        }
    }
}
