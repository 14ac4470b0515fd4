//! Ten thousand damaged files: no panic, no row lost, and no good row dropped because of a bad neighbour.
//!
//! Deterministic: the same seed gives the same files on every machine.

use growth::{
    import::{self, ColumnMapping, Field, ImportError, ImportOptions, Imported},
    metrics::ClientMetrics,
};
use jiff::civil::date;
use kernel::Currency;
use serde_json::{Map, Value, json};
use tabular::{Cell, ColumnKind, Format, Hint, Table};

const OPTIONS: ImportOptions = ImportOptions { as_of: date(2026, 1, 19), currency: Currency::USD };
const ROWS: usize = 8;
/// A test in which fewer damaged rows than this are noticed tests nothing.
const FEW: u32 = 60;

/// SplitMix64 (Steele, Lea, Flood 2014): enough chance for choosing bytes.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn of<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.below(choices.len())]
    }
}

const NASTY: [&[u8]; 24] = [
    b"", b"\0", b"\xff\xfe", b"\xc3\x28", b"\xe2\x82", "\u{202e}\u{200b}".as_bytes(), "\u{1f3e0}".as_bytes(),
    b"1e999", b"-1e-999", b"99999999999999999999999999999999999999999999", b"NaN", b"-inf", b"1,234.5.6,7",
    b"9999-99-99", b"2026-01-19T99:99", b"$", b"%", b"0x", b"--", b"=cmd()", b";;;;", b"\t\t", b"|||",
    b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];

/// Valid clients, every field given.
fn records() -> Vec<Map<String, Value>> {
    (0..ROWS as u64)
        .map(|row| {
            let mut chance = Chance(row);
            let id = format!("{:016x}{:016x}", chance.next(), chance.next());
            let record = json!({
                "client_id": id, "client_name": format!("Brokerage {row}, \u{dc}ber & Co"),
                "current_mrr": 1_000 + row * 137, "implementation_date": "2024-02-29", "tenure_months": 12 + row,
                "active_users": row, "locations_count": 4, "monthly_active_locations": row % 4,
                "leads_processed_monthly": 100 + row, "appointments_generated_monthly": 7, "roi_percentage": 20_000.5,
                "satisfaction_score": 4.25, "nps_score": -10, "success_case_documented": row % 2 == 0,
                "referrals_provided": 2, "support_tickets_monthly": 1, "feature_requests": 3,
                "last_interaction_date": "2026-01-17T08:30:00Z", "executive_relationship_strength": 8,
                "leads_growth_rate": 0.125, "locations_growth_rate": -0.0625, "payment_history_score": 9,
                "upsell_history": "white_label;consulting_delivery", "contract_end_date": "2026-04-18", "note": "extra"
            });
            match record {
                Value::Object(members) => members,
                _ => unreachable!("json! of braces is an object"),
            }
        })
        .collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The rows as lines without their ends: a header and one line per record.
fn csv_lines(delimiter: char) -> Vec<Vec<u8>> {
    let records = records();
    let quoted =
        |cell: String| if cell.contains([delimiter, ',', ';']) { format!("\"{cell}\"") } else { cell };
    let line = |cells: Vec<String>| cells.join(&delimiter.to_string()).into_bytes();
    let mut lines = vec![line(records[0].keys().cloned().collect())];
    lines.extend(
        records.iter().map(|record| line(record.values().map(|value| quoted(text(value))).collect())),
    );
    lines
}

fn json_lines() -> Vec<Vec<u8>> {
    records().into_iter().map(|record| Value::Object(record).to_string().into_bytes()).collect()
}

fn read(bytes: &[u8], hint: &Hint) -> Result<Imported, ImportError> {
    let imported = import::read(bytes, hint, &ColumnMapping::default(), &OPTIONS)?;
    assert_eq!(imported.clients.len() as u64 + imported.rejected_rows(), imported.rows, "no row is lost");
    for rejection in &imported.rejected {
        assert!(!rejection.message.is_empty() && rejection.row > 0);
    }
    for client in &imported.clients {
        assert!(!client.client_id.as_str().is_empty() && !client.client_name.contains('\0'));
        assert!(client.satisfaction_score.is_none_or(|score| (1.0..=5.0).contains(&score)));
        assert!(client.usage_intensity.is_none_or(|usage| (0.0..=1.0).contains(&usage)));
        assert!(!client.current_arr.amount().is_sign_negative());
    }
    Ok(imported)
}

/// Every client but that of row `damaged` (from 0) is taken, exactly as without the damage. Says whether the
/// damaged row was noticed.
fn assert_neighbours(expected: &[ClientMetrics], damaged: usize, bytes: &[u8], hint: &Hint) -> bool {
    let shown = || String::from_utf8_lossy(bytes).into_owned();
    let imported = read(bytes, hint).unwrap_or_else(|fault| panic!("{fault}\n{}", shown()));
    for (row, client) in expected.iter().enumerate().filter(|(row, _)| *row != damaged) {
        assert!(
            imported.clients.contains(client),
            "row {row} is lost, row {damaged} was damaged:\n{}",
            shown()
        );
    }
    !imported.rejected.is_empty()
}

/// Changes, inserts and removes bytes of one line, never a byte of `kept` and never writing one.
fn damage(line: &mut Vec<u8>, kept: &[u8], chance: &mut Chance) {
    for _ in 0..=chance.below(4) {
        let at = chance.below(line.len());
        if line.is_empty() || kept.contains(&line[at]) {
            continue;
        }
        let nasty: Vec<u8> = chance.of(&NASTY).iter().copied().filter(|byte| !kept.contains(byte)).collect();
        let byte = chance.next() as u8;
        match chance.below(5) {
            0 if !kept.contains(&byte) => line[at] = byte,
            1 => line[at] ^= if kept.contains(&(line[at] ^ 1)) { 0 } else { 1 },
            2 => {
                line.remove(at);
            }
            3 => {
                line.splice(at..at, nasty);
            }
            _ => {
                let end = (at + chance.below(12)).min(line.len());
                if !line[at..end].iter().any(|byte| kept.contains(byte)) {
                    line.splice(at..end, nasty);
                }
            }
        }
    }
}

/// Damages a whole file without any regard: bytes, ends, repetitions, separators.
fn wreck(file: &mut Vec<u8>, chance: &mut Chance) {
    for _ in 0..=chance.below(6) {
        let at = chance.below(file.len());
        let end = (at + chance.below(200)).min(file.len());
        match chance.below(7) {
            0 => file.truncate(at),
            1 if !file.is_empty() => file[at] = chance.next() as u8,
            2 => {
                let piece = file[at..end].to_vec();
                let to = chance.below(file.len());
                file.splice(to..to, piece);
            }
            3 => {
                file.drain(at..end);
            }
            4 => {
                let nasty = chance.of(&NASTY).to_vec();
                file.splice(at..at, nasty);
            }
            5 => {
                let (from, to) = (
                    *chance.of(&[&b',', &b'"', &b'\n', &b'{']),
                    *chance.of(&[&b';', &b'"', &b'\r', &b'}', &b'[']),
                );
                for byte in file.iter_mut().filter(|byte| **byte == from) {
                    *byte = to;
                }
            }
            _ => {
                let piece =
                    chance.of(&[b"\"" as &[u8], b"\n", b"\r", b"[", b"]", b"{", b"}", b"\\", b","]).to_vec();
                file.splice(at..at, piece);
            }
        }
    }
}

/// Reads a wrecked file in every way a user could: nothing may panic, whatever comes out.
fn survive(file: &[u8], chance: &mut Chance) {
    let name = chance.of(&["", "a.csv", "a.json", "a.ndjson", "a.xlsx"]);
    let _ = read(file, &Hint::named(name));
    if chance.below(4) == 0 {
        let _ = import::preview(file, &Hint::named(name));
    }
}

#[test]
fn damaged_csv() {
    let mut chance = Chance(1);
    let mut refused = 0;
    for delimiter in [',', ';', '\t', '|'] {
        let lines = csv_lines(delimiter);
        let hint = Hint::format(Format::Csv);
        let expected = read(&lines.join(&b"\n"[..]), &hint).expect("sound").clients;
        assert_eq!(expected.len(), ROWS);
        for _ in 0..600 {
            let mut lines = lines.clone();
            let row = chance.below(ROWS);
            damage(&mut lines[row + 1], b"\"\r\n", &mut chance);
            let end: &[u8] = if chance.below(2) == 0 { b"\n" } else { b"\r\n" };
            refused += u32::from(assert_neighbours(&expected, row, &lines.join(end), &hint));
        }
        for _ in 0..400 {
            let mut file = lines.join(&b"\n"[..]);
            wreck(&mut file, &mut chance);
            survive(&file, &mut chance);
        }
    }
    assert!(refused > FEW, "only {refused} damaged rows were noticed: the damage is too gentle");
}

/// A stray quote costs its own row only, as long as no other row has quotes it could pair with.
#[test]
fn a_stray_quote_costs_one_row() {
    let mut chance = Chance(2);
    let mut refused = 0;
    let lines: Vec<Vec<u8>> = csv_lines(',').into_iter().map(|line| plain_cells(&line)).collect();
    let hint = Hint::format(Format::Csv);
    let expected = read(&lines.join(&b"\n"[..]), &hint).expect("sound").clients;
    for _ in 0..400 {
        let mut lines = lines.clone();
        let row = chance.below(ROWS);
        let line = &mut lines[row + 1];
        let starts: Vec<usize> = (0..line.len()).filter(|at| *at == 0 || line[at - 1] == b',').collect();
        let at = starts[chance.below(starts.len())];
        line.insert(at, b'"');
        refused += u32::from(assert_neighbours(&expected, row, &lines.join(&b"\n"[..]), &hint));
    }
    assert!(refused > FEW, "only {refused} damaged rows were noticed: the damage is too gentle");
}

/// The line without quotes and without the commas inside them.
fn plain_cells(line: &[u8]) -> Vec<u8> {
    let mut quoted = false;
    let keep = |byte: &u8| {
        if *byte == b'"' {
            quoted = !quoted;
        }
        *byte != b'"' && !(quoted && *byte == b',')
    };
    line.iter().copied().filter(|byte| byte != &b'\r').collect::<Vec<_>>().into_iter().filter(keep).collect()
}

#[test]
fn damaged_ndjson() {
    let mut chance = Chance(3);
    let mut refused = 0;
    let lines = json_lines();
    let hint = Hint::format(Format::Ndjson);
    let expected = read(&lines.join(&b"\n"[..]), &hint).expect("sound").clients;
    for _ in 0..1_600 {
        let mut lines = lines.clone();
        let row = chance.below(ROWS);
        damage(&mut lines[row], b"\n", &mut chance);
        refused += u32::from(assert_neighbours(&expected, row, &lines.join(&b"\n"[..]), &hint));
    }
    for _ in 0..1_000 {
        let mut file = lines.join(&b"\n"[..]);
        wreck(&mut file, &mut chance);
        survive(&file, &mut chance);
    }
    assert!(refused > FEW, "only {refused} damaged rows were noticed: the damage is too gentle");
}

#[test]
fn damaged_json() {
    let mut chance = Chance(4);
    let mut refused = 0;
    let lines = json_lines();
    let hint = Hint::format(Format::Json);
    let array = |lines: &[Vec<u8>], between: &[u8]| [b"[", lines.join(between).as_slice(), b"]"].concat();
    let expected = read(&array(&lines, b",\n"), &hint).expect("sound").clients;
    assert_eq!(expected.len(), ROWS);
    for _ in 0..800 {
        // One object per line: any byte may be damaged.
        let mut lines = lines.clone();
        let row = chance.below(ROWS);
        damage(&mut lines[row], b"\n", &mut chance);
        refused += u32::from(assert_neighbours(&expected, row, &array(&lines, b",\n"), &hint));
    }
    for _ in 0..800 {
        // All on one line, inside another object: the damage keeps to what is between the brackets and quotes.
        let mut lines = lines.clone();
        let row = chance.below(ROWS);
        damage(&mut lines[row], b"{}[]\",\\\n", &mut chance);
        let file = [b"{\"clients\":", array(&lines, b",").as_slice(), b",\"n\":8}"].concat();
        refused += u32::from(assert_neighbours(&expected, row, &file, &hint));
    }
    for _ in 0..1_000 {
        let mut file = array(&lines, chance.of(&[b"," as &[u8], b",\n", b" , "]));
        wreck(&mut file, &mut chance);
        survive(&file, &mut chance);
    }
    assert!(refused > FEW, "only {refused} damaged rows were noticed: the damage is too gentle");
}

#[test]
fn damaged_workbooks() {
    let mut chance = Chance(5);
    let mut refused = 0;
    let records = records();
    let hint = Hint::format(Format::Xlsx);
    let columns: Vec<(String, ColumnKind)> =
        records[0].keys().map(|name| (name.clone(), ColumnKind::Number)).collect();
    let mut table = Table::new("Clients", columns);
    for record in &records {
        table.push(record.values().map(|value| match value {
            Value::Number(number) => Cell::Number(number.to_string()),
            Value::Bool(value) => Cell::Bool(*value),
            other => Cell::from(text(other)),
        }));
    }
    let sound = table.to_xlsx().expect("workbook");
    let expected = read(&sound, &hint).expect("sound").clients;
    assert_eq!(expected.len(), ROWS);
    for _ in 0..100 {
        let mut table = table.clone();
        let row = chance.below(ROWS);
        let column = chance.below(Field::ALL.len() - 1);
        let nasty = String::from_utf8_lossy(chance.of(&NASTY)).replace('\0', "\u{1}");
        table.rows[row][column] = Cell::Text(nasty);
        refused += u32::from(assert_neighbours(&expected, row, &table.to_xlsx().expect("workbook"), &hint));
    }
    for _ in 0..300 {
        let mut file = sound.clone();
        wreck(&mut file, &mut chance);
        survive(&file, &mut chance);
    }
    assert!(refused > FEW, "only {refused} damaged rows were noticed: the damage is too gentle");
}
