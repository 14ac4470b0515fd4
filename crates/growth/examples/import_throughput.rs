//! How many rows of client metrics are read and checked per CPU-second: `import_throughput [ROWS]`.
//!
//! Prints one JSON line. The file is the shipped client base repeated under new identifiers, all 27 columns.

use std::{fmt::Write as _, process::ExitCode, time::Instant};

use growth::import::{self, ColumnMapping, ImportOptions};
use jiff::civil::date;
use kernel::Currency;

fn main() -> ExitCode {
    let rows: usize = std::env::args().nth(1).and_then(|rows| rows.parse().ok()).unwrap_or(100_000);
    let base = include_str!("../../../data/growth/clients.csv");
    let mut lines = base.lines();
    let mut file = lines.next().unwrap_or_default().to_owned();
    let clients: Vec<&str> = lines.filter_map(|line| line.split_once(',').map(|(_, rest)| rest)).collect();
    for row in 0..rows {
        // Writing to a string cannot fail.
        let _ = write!(file, "\nclient_{row:07},{}", clients[row % clients.len()]);
    }
    let options = ImportOptions { as_of: date(2026, 1, 19), currency: Currency::USD };
    let started = Instant::now();
    let imported =
        match import::read(file.as_bytes(), &"clients.csv".into(), &ColumnMapping::default(), &options) {
            Ok(imported) => imported,
            Err(fault) => {
                eprintln!("{fault}");
                return ExitCode::FAILURE;
            }
        };
    // One thread does all the work, so that elapsed time is processor time unless the machine is busy.
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{{\"rows\":{},\"bytes\":{},\"clients\":{},\"rejected_rows\":{},\"seconds\":{seconds},\"rows_per_second\":{}}}",
        imported.rows,
        file.len(),
        imported.clients.len(),
        imported.rejected_rows(),
        imported.rows as f64 / seconds
    );
    ExitCode::SUCCESS
}
