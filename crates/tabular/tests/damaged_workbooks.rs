//! Workbooks whose package is sound and whose content is not: an answer or an error, never a panic.

use std::io::{Cursor, Read, Write};

use tabular::{Cell, ColumnKind, Hint, Table, read};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

fn workbook() -> Vec<u8> {
    let kinds = [ColumnKind::Text, ColumnKind::Money, ColumnKind::Date, ColumnKind::Bool];
    let mut table = Table::new("Clients", ["name", "amount", "day", "yes"].into_iter().zip(kinds));
    for row in 0_u32..6 {
        table.push([
            Cell::from(format!("Brokerage {row}")),
            Cell::from(row),
            Cell::from("2026-01-19"),
            Cell::from(true),
        ]);
    }
    table.to_xlsx().expect("workbook")
}

fn parts(workbook: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut package = ZipArchive::new(Cursor::new(workbook)).expect("package");
    (0..package.len())
        .map(|at| {
            let mut part = package.by_index(at).expect("part");
            let mut content = Vec::new();
            part.read_to_end(&mut content).expect("content");
            let name = part.name().expect("name").into_owned();
            (name, content)
        })
        .collect()
}

fn packed(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut package = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        package.start_file(name, stored).expect("memory");
        package.write_all(content).expect("memory");
    }
    package.finish().expect("memory").into_inner()
}

#[test]
fn damaged_content_of_a_workbook_never_panics() {
    const PIECES: [&[u8]; 12] = [
        b"",
        b"99999999999",
        b"-1",
        b"<c r=\"ZZZZ9\">",
        b"</row>",
        b"\xff",
        b"r=\"\"",
        b"t=\"s\"",
        b"\"",
        b"&#0;",
        b"1e308",
        b"A0",
    ];
    let sound = parts(&workbook());
    let mut state = 7_u64;
    // A 64-bit linear congruential generator (Knuth's MMIX constants): the same files on every machine.
    let mut below = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % bound.max(1)
    };
    let (mut readable, mut refused) = (0, 0);
    for _ in 0..1_000 {
        let mut parts = sound.clone();
        let part = below(parts.len());
        let content = &mut parts[part].1;
        for _ in 0..=below(3) {
            let at = below(content.len());
            let end = (at + below(10)).min(content.len());
            content.splice(at..end, PIECES[below(PIECES.len())].iter().copied());
        }
        match read(&packed(&parts), &Hint::default()) {
            Ok(sheet) => {
                readable += 1;
                assert!(sheet.rows.iter().all(|row| row.cells.len() == sheet.columns.len()));
            }
            Err(_) => refused += 1,
        }
    }
    assert!(readable > 50 && refused > 50, "{readable} readable, {refused} refused");
}

/// An entity that names a file stays a name: nothing outside of the workbook is read into it.
#[test]
fn an_external_entity_of_a_workbook_is_not_read() {
    let folder = std::env::temp_dir().join(format!("tabular-entity-{}", std::process::id()));
    std::fs::write(&folder, "canary of a file outside").expect("a temporary file");
    let mut parts = parts(&workbook());
    let (_, texts) =
        parts.iter_mut().find(|(name, _)| name.ends_with("sharedStrings.xml")).expect("texts of the cells");
    let text = String::from_utf8(std::mem::take(texts)).expect("UTF-8");
    let declared = text.replacen(
        "<sst ",
        &format!("<!DOCTYPE sst [<!ENTITY outside SYSTEM \"file://{}\">]>\n<sst ", folder.display()),
        1,
    );
    assert_ne!(declared, text, "the entity is declared");
    let used = declared.replace("Brokerage 0", "&outside;");
    assert_ne!(used, declared, "the entity is used");
    *texts = used.into_bytes();
    let said = format!("{:?}", read(&packed(&parts), &Hint::default()));
    std::fs::remove_file(&folder).expect("a temporary file");
    assert!(!said.contains("canary"), "{said}");
}
