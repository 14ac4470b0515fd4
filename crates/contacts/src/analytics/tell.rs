//! From the counts of markets to figures that may be told.

use std::collections::BTreeMap;

use disclosure::{Cell, Figure as Linked, GroupSet, Rules, Shown, Table, Withheld, too_close, unlink};

use super::{
    Grouping,
    gather::{Counted, STAGES},
};

/// The figures of one grouping, judged.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    /// Identifiers of the groups, ascending.
    pub groups: Vec<String>,
    /// Markets in each.
    pub markets: Vec<u64>,
    /// Row by row, one more column for the total of the row, one more row for all groups.
    pub figures: Vec<Vec<(Cell, Shown)>>,
}

/// The groups that a market's counts go into, with the counts.
fn shares(counted: &Counted, by: Grouping, width: usize) -> Vec<(String, Vec<u64>)> {
    let whole = || {
        let mut sum = vec![0; width];
        for counts in counted.by_vertical.values() {
            sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
        sum
    };
    match by {
        Grouping::Region => vec![(counted.record.region.to_string(), whole())],
        Grouping::Currency => vec![(counted.record.currency.to_string(), whole())],
        Grouping::Vertical => {
            // A line of business without a contact yet is one of the market's all the same.
            let mut all: BTreeMap<String, Vec<u64>> = counted
                .record
                .verticals
                .iter()
                .map(|vertical| (vertical.to_string(), vec![0; width]))
                .collect();
            for (vertical, counts) in &counted.by_vertical {
                all.insert(vertical.to_string(), counts.clone());
            }
            all.into_iter().collect()
        }
    }
}

/// A grouping before it is judged.
struct Grouped {
    groups: Vec<String>,
    members: Vec<GroupSet>,
    cells: Vec<Cell>,
}

fn grouped(counted: &[Counted], by: Grouping, columns: usize) -> Grouped {
    let mut rows: BTreeMap<String, (GroupSet, Vec<Cell>)> = BTreeMap::new();
    for (market, counts) in (0_u32..).zip(counted) {
        for (group, values) in shares(counts, by, columns) {
            let row = rows.entry(group).or_insert_with(|| (GroupSet::new(), vec![Cell::default(); columns]));
            row.0.insert(market);
            row.1.iter_mut().zip(values).for_each(|(cell, value)| cell.add(market, value));
        }
    }
    let mut all = Grouped { groups: Vec::new(), members: Vec::new(), cells: Vec::new() };
    for (group, (members, cells)) in rows {
        all.groups.push(group);
        all.members.push(members);
        all.cells.extend(cells);
    }
    all
}

/// Judges all groupings of the same counts together, and gives the one asked for; `None` without any market.
pub(super) fn judge(counted: &[Counted], by: Grouping, columns: usize, totals: bool) -> Option<Judged> {
    if counted.is_empty() {
        return None;
    }
    let groupings: Vec<Grouped> =
        Grouping::ALL.iter().map(|grouping| grouped(counted, *grouping, columns)).collect();
    let refused = overlapping(&groupings, counted.len());
    let mut judged = Vec::new();
    for (index, grouped) in groupings.iter().enumerate() {
        let rows = grouped.groups.len();
        // Groups and columns were made together.
        let mut table = Table::new(rows, columns, grouped.cells.clone()).ok()?;
        refused.iter().filter(|(of, _)| *of == index).for_each(|(_, row)| table.refuse_row(*row));
        let told = table.protect(Rules::STANDARD);
        let mut figures: Vec<Vec<(Cell, Shown)>> = Vec::new();
        let mut bottom = vec![Cell::default(); columns + 1];
        for row in 0..rows {
            let mut sum = Cell::default();
            let mut line: Vec<(Cell, Shown)> = Vec::new();
            for (column, under) in bottom.iter_mut().take(columns).enumerate() {
                let cell = &grouped.cells[row * columns + column];
                sum.merge(cell);
                under.merge(cell);
                line.push((cell.clone(), told.cell(row, column)));
            }
            bottom[columns].merge(&sum);
            line.push((sum, told.row_total(row)));
            figures.push(line);
        }
        let last = bottom.into_iter().enumerate().map(|(column, cell)| {
            (cell, if column < columns { told.column_total(column) } else { told.total() })
        });
        figures.push(last.collect());
        judged.push(figures);
    }
    let asked = Grouping::ALL.iter().position(|grouping| *grouping == by)?;
    one_row_of_all(&mut judged);
    together(&mut judged, &groupings, counted.len(), columns, totals);
    let grouped = &groupings[asked];
    Some(Judged {
        groups: grouped.groups.clone(),
        markets: grouped.members.iter().map(|members| members.len() as u64).collect(),
        figures: judged.swap_remove(asked),
    })
}

/// The contacts of each group and of all, as the measure of stages tells them.
pub(super) fn contacts(counted: &[Counted], by: Grouping) -> Option<Vec<Option<u64>>> {
    let stages: Vec<Counted> = counted
        .iter()
        .map(|counted| Counted { by_vertical: counted.stages.clone(), ..counted.clone() })
        .collect();
    let judged = judge(&stages, by, STAGES, true)?;
    Some(judged.figures.iter().map(|line| line.last().and_then(|(_, shown)| shown.value())).collect())
}

/// Regions and currencies that differ from each other, or from all markets, by too few markets: grouping and row.
fn overlapping(groupings: &[Grouped], markets: usize) -> Vec<(usize, usize)> {
    let by_market = |grouping: &Grouping| *grouping != Grouping::Vertical;
    let mut sets = vec![(0..u32::try_from(markets).unwrap_or(u32::MAX)).collect::<GroupSet>()];
    let mut places = vec![None];
    for (index, _) in Grouping::ALL.iter().enumerate().filter(|(_, grouping)| by_market(grouping)) {
        for (row, members) in groupings[index].members.iter().enumerate() {
            sets.push(members.clone());
            places.push(Some((index, row)));
        }
    }
    let close = too_close(&sets, Rules::STANDARD.contributors_min);
    close.into_iter().filter_map(|index| places[index]).collect()
}

/// The figures of all markets are the same in every grouping: what one of them withholds, all do.
fn one_row_of_all(judged: &mut [Vec<Vec<(Cell, Shown)>>]) {
    let columns = judged.first().and_then(|table| table.last()).map_or(0, Vec::len);
    for column in 0..columns {
        let last = |table: &Vec<Vec<(Cell, Shown)>>| table.last().map(|line| line[column].1);
        let withheld = judged.iter().filter_map(last).find(|shown| shown.value().is_none());
        if let Some(withheld) = withheld {
            judged.iter_mut().filter_map(|table| table.last_mut()).for_each(|line| line[column].1 = withheld);
        }
    }
}

/// Withholds what only the groupings together would give away.
fn together(
    judged: &mut [Vec<Vec<(Cell, Shown)>>],
    groupings: &[Grouped],
    markets: usize,
    columns: usize,
    totals: bool,
) {
    let verticals =
        Grouping::ALL.iter().position(|grouping| *grouping == Grouping::Vertical).unwrap_or_default();
    let lines = groupings[verticals].groups.len();
    // A part is what one market has in one line of business and one column.
    let part = |market: u32, line: usize, column: usize| {
        let index = (market as usize * lines + line) * columns + column;
        u32::try_from(index).unwrap_or(u32::MAX)
    };
    let parts_of = |index: usize, row: usize, column: usize| {
        let members: GroupSet = match groupings[index].members.get(row) {
            Some(members) => members.clone(),
            None => (0..u32::try_from(markets).unwrap_or(u32::MAX)).collect(),
        };
        let own_line = (index == verticals && row < lines).then_some(row);
        let columns: Vec<usize> = if column < columns { vec![column] } else { (0..columns).collect() };
        let mut parts = std::collections::BTreeSet::new();
        for market in members {
            for line in own_line.map_or(0..lines, |line| line..line + 1) {
                let has = groupings[verticals].members[line].contains(&market);
                parts.extend(columns.iter().filter(|_| has).map(|column| part(market, line, *column)));
            }
        }
        parts
    };
    let mut figures: Vec<Linked> = Vec::new();
    let mut places: Vec<Option<(usize, usize, usize)>> = Vec::new();
    for (index, table) in judged.iter().enumerate() {
        for (row, line) in table.iter().enumerate() {
            for (column, (cell, shown)) in line.iter().enumerate() {
                if column == columns && !totals {
                    continue;
                }
                let rows = if row + 1 == table.len() { 1_000 } else { 1 };
                figures.push(Linked {
                    parts: parts_of(index, row, column),
                    told: shown.value().is_some(),
                    secret: matches!(shown, Shown::Withheld(why) if *why != Withheld::Protecting),
                    cost: (cell.value() + 1).saturating_mul(rows),
                });
                places.push(Some((index, row, column)));
            }
        }
    }
    // No combination may be a single market either.
    for market in 0..u32::try_from(markets).unwrap_or(u32::MAX) {
        for column in 0..columns {
            let lines = (0..lines).filter(|line| groupings[verticals].members[*line].contains(&market));
            let parts = lines.map(|line| part(market, line, column)).collect();
            figures.push(Linked { parts, told: false, secret: true, cost: 0 });
            places.push(None);
        }
    }
    for index in unlink(&figures) {
        if let Some((table, row, column)) = places[index] {
            judged[table][row][column].1 = Shown::Withheld(Withheld::Protecting);
        }
    }
}
