//! Files that are small to send and large to open are refused before they are opened.

use std::io::{Cursor, Write};

use tabular::{Cell, ColumnKind, Format, FormulaGuard, Hint, ReadError, Table, limits, read};

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(content).expect("memory");
    packed.finish().expect("memory")
}

/// Pieces of this size, packed once and repeated, make a bomb.
const PIECE_BYTES: usize = 8 * 1024 * 1024;
const PIECES: u64 = limits::UNPACKED_BYTES_MAX / PIECE_BYTES as u64 + 1;

#[test]
fn a_packed_file_is_read_as_what_it_holds() {
    let packed = gzip(b"a;b\n1;2\n");
    let sheet = read(&packed, &Hint::named("a.csv.gz")).expect("readable");
    assert_eq!(sheet.rows[0].cells, [Cell::from("1"), Cell::from("2")]);
    assert!(matches!(read(&packed[..packed.len() - 9], &Hint::default()), Err(ReadError::Damaged(_))));
}

#[test]
fn a_gzip_bomb_is_refused() {
    let piece = gzip(&vec![b' '; PIECE_BYTES]);
    let bomb: Vec<u8> = (0..PIECES).flat_map(|_| piece.iter().copied()).collect();
    assert!(bomb.len() < limits::FILE_BYTES_MAX);
    assert_eq!(
        read(&bomb, &Hint::default()),
        Err(ReadError::UnpacksTooLarge { limit: limits::UNPACKED_BYTES_MAX })
    );
}

#[test]
fn a_workbook_bomb_is_refused() {
    let mut package = zip::ZipWriter::new(Cursor::new(Vec::new()));
    package.start_file("piece", zip::write::SimpleFileOptions::default()).expect("memory");
    package.write_all(&vec![b' '; PIECE_BYTES]).expect("memory");
    let piece = package.finish().expect("memory");
    let mut bomb = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..PIECES {
        let mut piece = zip::ZipArchive::new(piece.clone()).expect("package");
        bomb.raw_copy_file_rename(piece.by_index(0).expect("piece"), format!("xl/part{at}.xml"))
            .expect("memory");
    }
    let bomb = bomb.finish().expect("memory").into_inner();
    assert!(bomb.len() < limits::FILE_BYTES_MAX);
    assert_eq!(
        read(&bomb, &Hint::default()),
        Err(ReadError::UnpacksTooLarge { limit: limits::UNPACKED_BYTES_MAX })
    );
}

#[test]
fn a_far_off_cell_costs_no_more_than_a_near_one() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "a").expect("cell");
    sheet.write_string(1_048_575, 0, "far").expect("cell");
    let bytes = book.save_to_buffer().expect("workbook");
    let sheet = read(&bytes, &Hint::default()).expect("readable");
    assert_eq!((sheet.rows.len(), sheet.rows[0].number), (1, 1_048_575));

    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().write_string(0, 16_383, "wide").expect("cell");
    let bytes = book.save_to_buffer().expect("workbook");
    assert!(matches!(read(&bytes, &Hint::default()), Err(ReadError::TooManyColumns { .. })));
}

#[test]
fn files_with_too_many_bytes_or_columns_are_refused() {
    let large = vec![b'a'; limits::FILE_BYTES_MAX + 1];
    assert!(matches!(read(&large, &Hint::default()), Err(ReadError::TooLarge { .. })));
    let header = (0..=limits::COLUMNS_MAX).map(|at| format!("c{at}")).collect::<Vec<_>>().join(",");
    assert!(matches!(
        read(header.as_bytes(), &Hint::format(Format::Csv)),
        Err(ReadError::TooManyColumns { .. })
    ));
    let object = (0..=limits::COLUMNS_MAX).map(|at| format!("\"c{at}\":1")).collect::<Vec<_>>().join(",");
    let fault = read(format!("{{{object}}}").as_bytes(), &Hint::format(Format::Ndjson));
    assert!(matches!(fault, Err(ReadError::TooManyColumns { .. })));
}

#[test]
fn a_file_of_ones_own_may_be_wider_than_one_that_is_sent() {
    let header = (0..2_000).map(|at| format!("c{at}")).collect::<Vec<_>>().join(",");
    let hint = Hint::format(Format::Csv);
    let sheet =
        tabular::read_within(header.as_bytes(), &hint, &limits::Limits::OWN, &mut |_| ()).expect("readable");
    assert_eq!(sheet.columns.len(), 2_000);
    assert_eq!(read(header.as_bytes(), &hint), Err(ReadError::TooManyColumns { limit: limits::COLUMNS_MAX }));
}

#[test]
fn an_object_of_very_many_members_is_refused_at_once() {
    let members: Vec<String> = (0..1_000_000).map(|at| format!("\"c{at}\":1")).collect();
    let fault = read(format!("{{{}}}", members.join(",")).as_bytes(), &Hint::format(Format::Ndjson));
    assert!(matches!(fault, Err(ReadError::TooManyColumns { .. })));
}

#[test]
fn deeply_nested_json_is_a_bad_row() {
    let deep = format!("{{\"a\":{}1{}}}\n{{\"a\":2}}", "[".repeat(100_000), "]".repeat(100_000));
    let sheet = read(deep.as_bytes(), &Hint::format(Format::Ndjson)).expect("readable");
    assert_eq!((sheet.rows.len(), sheet.bad_rows.len()), (1, 1));
}

#[test]
fn formulas_are_disarmed_for_people_and_kept_for_programs() {
    let mut table = Table::new("t", [("a", ColumnKind::Text), ("b", ColumnKind::Number)]);
    for text in ["=cmd()", "+1 555", "-5", "@x", "plain", "a,\"b\"\r\nc"] {
        table.push([Cell::from(text), Cell::from(-1.5)]);
    }
    assert_eq!(
        table.to_csv(FormulaGuard::On).expect("CSV"),
        "a,b\r\n'=cmd(),-1.5\r\n'+1 555,-1.5\r\n-5,-1.5\r\n'@x,-1.5\r\nplain,-1.5\r\n\"a,\"\"b\"\"\r\nc\",-1.5\r\n"
    );
    assert!(table.to_csv(FormulaGuard::Off).expect("CSV").contains("\n=cmd(),"));
    assert_eq!(table.row_count(), 6);
}
