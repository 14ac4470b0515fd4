use proptest::prelude::*;

use super::{cover::width, *};

fn cell(values: &[u64]) -> Cell {
    Cell::new((0..).zip(values.iter().copied()))
}

fn spread(of: u64) -> Cell {
    cell(&[of; 6])
}

/// Everything an attacker can do with told figures and linear algebra: Gaussian elimination over a prime
/// field, and the arcs whose value it fixes.
fn determined(network: &Network, withheld: &[Option<Withheld>]) -> Vec<usize> {
    const PRIME: u64 = 1_000_000_007;
    let unknown: Vec<usize> = (0..network.arcs.len()).filter(|arc| withheld[*arc].is_some()).collect();
    let mut rows: Vec<Vec<u64>> = (0..network.nodes)
        .map(|node| {
            let coefficient = |arc: &usize| {
                let arc = &network.arcs[*arc];
                let leaves = u64::from(arc.from == node);
                let arrives = if arc.to == node { PRIME - 1 } else { 0 };
                (leaves + arrives) % PRIME
            };
            unknown.iter().map(coefficient).collect()
        })
        .collect();
    let power = |mut base: u64, mut exponent: u64| {
        let mut result = 1;
        while exponent > 0 {
            if exponent % 2 == 1 {
                result = result * base % PRIME;
            }
            base = base * base % PRIME;
            exponent /= 2;
        }
        result
    };
    let mut rank = 0;
    for column in 0..unknown.len() {
        let Some(pivot) = (rank..rows.len()).find(|row| rows[*row][column] != 0) else { continue };
        rows.swap(rank, pivot);
        let inverse = power(rows[rank][column], PRIME - 2);
        let lead: Vec<u64> = rows[rank].iter().map(|value| value * inverse % PRIME).collect();
        rows[rank].clone_from(&lead);
        for (index, row) in rows.iter_mut().enumerate() {
            let factor = row[column];
            if index != rank && factor != 0 {
                for (value, lead) in row.iter_mut().zip(&lead) {
                    *value = (*value + (PRIME - factor) * lead) % PRIME;
                }
            }
        }
        rank += 1;
    }
    // A reduced row with a single entry fixes that unknown.
    let fixed = rows.iter().filter_map(|row| {
        let mut entries = row.iter().enumerate().filter(|(_, value)| **value != 0);
        let only = entries.next()?.0;
        entries.next().is_none().then(|| unknown[only])
    });
    fixed.collect()
}

/// The least and the greatest value each withheld arc can have, by trying every completion with cells up to
/// `most`: withheld cells take every value, totals are their sums, and told totals must come out.
fn ranges(network: &Network, withheld: &[Option<Withheld>], most: u64) -> Vec<(u64, u64)> {
    let cells: Vec<usize> = (0..network.arcs.len())
        .filter(|arc| withheld[*arc].is_some() && network.arcs[*arc].sums == 1)
        .collect();
    let mut ranges = vec![(u64::MAX, 0); network.arcs.len()];
    let completions = (most + 1).pow(u32::try_from(cells.len()).unwrap());
    for completion in 0..completions {
        let mut values: Vec<u64> = network.arcs.iter().map(|arc| arc.cell.value()).collect();
        let mut rest = completion;
        for arc in &cells {
            values[*arc] = rest % (most + 1);
            rest /= most + 1;
        }
        let told = |arc: usize, sum: u64| withheld[arc].is_some() || values[arc] == sum;
        let mut sums = Vec::new();
        for (row, column) in (0..network.rows)
            .map(|row| (Some(row), None))
            .chain((0..network.columns).map(|column| (None, Some(column))).chain([(None, None)]))
        {
            let rows = row.map_or(0..network.rows, |row| row..row + 1);
            let columns = column.map_or(0..network.columns, |column| column..column + 1);
            let sum: u64 = rows
                .flat_map(|r| columns.clone().map(move |c| (r, c)))
                .map(|(r, c)| values[network.cell(r, c)])
                .sum();
            let arc = match (row, column) {
                (Some(row), _) => network.row_total(row),
                (_, Some(column)) => network.column_total(column),
                _ => network.total(),
            };
            sums.push((arc, sum));
        }
        if sums.iter().all(|(arc, sum)| told(*arc, *sum)) {
            for (arc, sum) in sums.into_iter().chain(cells.iter().map(|arc| (*arc, values[*arc]))) {
                let range: &mut (u64, u64) = &mut ranges[arc];
                *range = (range.0.min(sum), range.1.max(sum));
            }
        }
    }
    ranges
}

#[test]
fn a_single_small_group_takes_another_with_it() {
    // Without the second, total minus the rest would be the first.
    let told = Table::new(4, 1, vec![cell(&[9, 2]), spread(5), spread(20), spread(30)]).unwrap();
    let told = told.protect(Rules::STANDARD);
    assert_eq!(told.cell(0, 0), Shown::Withheld(Withheld::TooFew));
    assert_eq!(told.cell(1, 0), Shown::Withheld(Withheld::Protecting));
    assert_eq!(told.cell(2, 0), Shown::Value(120));
    assert_eq!(told.total(), Shown::Value(11 + 30 + 120 + 180));
    assert_eq!(told.row_total(2), told.cell(2, 0));
    assert_eq!(told.column_total(0), told.total());
}

#[test]
fn two_small_groups_that_are_small_together_take_a_third() {
    // Two markets in each, the same two: total minus the rest would be a sum over two markets.
    let table = vec![cell(&[9, 7]), cell(&[3, 4]), spread(5), spread(20)];
    let told = Table::new(4, 1, table).unwrap().protect(Rules::STANDARD);
    assert_eq!(told.cell(2, 0), Shown::Withheld(Withheld::Protecting));
    assert_eq!(told.total(), Shown::Value(23 + 30 + 120));
}

#[test]
fn a_small_cell_inside_a_table_is_covered_in_its_row_and_in_its_column() {
    let mut cells = vec![spread(10); 9];
    cells[4] = cell(&[3]);
    let told = Table::new(3, 3, cells).unwrap().protect(Rules::STANDARD);
    assert!(matches!(told.cell(1, 1), Shown::Withheld(Withheld::TooFew)));
    let in_row = (0..3).filter(|column| told.cell(1, *column).value().is_none()).count();
    let in_column = (0..3).filter(|row| told.cell(*row, 1).value().is_none()).count();
    assert!(in_row >= 2 && in_column >= 2, "{in_row} {in_column}");
    assert_eq!(told.total(), Shown::Value(8 * 60 + 3));
}

#[test]
fn a_refused_row_is_withheld_and_covered_like_any_other() {
    let mut table =
        Table::new(3, 2, vec![spread(10), spread(11), spread(12), spread(13), spread(14), spread(15)])
            .unwrap();
    table.refuse_row(1);
    let told = table.protect(Rules::STANDARD);
    assert_eq!(told.cell(1, 0), Shown::Withheld(Withheld::Overlapping));
    assert_eq!(told.row_total(1), Shown::Withheld(Withheld::Overlapping));
    // Otherwise the column's total less the other rows would be it.
    assert!(told.cell(0, 0).value().is_none() || told.cell(2, 0).value().is_none());
    assert!(told.row_total(0).value().is_none() || told.row_total(2).value().is_none());
}

#[test]
fn where_a_told_total_is_zero_so_are_its_parts_and_nothing_is_withheld_for_them() {
    // Two groups, of six and of one: nothing in the first column, something in the second.
    let zeros = |members: std::ops::Range<u32>| Cell::new(members.map(|member| (member, 0)));
    let cells = vec![zeros(0..6), spread(10), zeros(6..7), Cell::new([(6, 8)])];
    let told = Table::new(2, 2, cells).unwrap().protect(Rules::STANDARD);
    for row in 0..2 {
        assert_eq!(told.cell(row, 0), Shown::Value(0));
    }
    assert_eq!(told.column_total(0), Shown::Value(0));
    assert_eq!(told.cell(1, 1), Shown::Withheld(Withheld::TooFew));
    assert_eq!(told.cell(0, 1), Shown::Withheld(Withheld::Protecting));
    assert_eq!(told.total(), Shown::Value(68));
}

#[test]
fn one_cell_alone_and_a_table_where_everyone_contributes_need_no_cover() {
    assert_eq!(Table::new(1, 1, vec![spread(2)]).unwrap().protect(Rules::STANDARD).total(), Shown::Value(12));
    let withheld = Table::new(1, 1, vec![cell(&[4])]).unwrap().protect(Rules::STANDARD);
    assert_eq!(withheld.total(), Shown::Withheld(Withheld::TooFew));
    let open = Table::new(3, 4, vec![spread(7); 12]).unwrap().protect(Rules::STANDARD);
    assert_eq!(open.withheld(), 0);
}

#[test]
fn cells_that_make_no_table_are_refused() {
    assert!(Table::new(2, 2, vec![spread(1); 3]).is_err());
    assert!(Table::new(0, 0, Vec::new()).is_err());
}

fn a_cell(contributors: u32, most: u64) -> impl Strategy<Value = Cell> {
    prop::collection::btree_map(0..contributors, 0..=most, 0..8).prop_map(Cell::new)
}

fn a_table(lines: usize, contributors: u32, most: u64) -> impl Strategy<Value = Table> {
    (1..=lines, 1..=lines).prop_flat_map(move |(rows, columns)| {
        prop::collection::vec(a_cell(contributors, most), rows * columns)
            .prop_map(move |cells| Table::new(rows, columns, cells).unwrap())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_refused_is_told_and_nothing_refused_follows_by_linear_algebra(table in a_table(5, 9, 30)) {
        let told = table.protect(Rules::STANDARD);
        for (index, (arc, why)) in told.network.arcs.iter().zip(&told.withheld).enumerate() {
            let parts_of_zero = |whole: &usize| {
                told.network.arcs[*whole].cell.value() == 0 && told.withheld[*whole].is_none()
            };
            if why.is_none() && told.network.wholes(index).iter().any(parts_of_zero) {
                continue;
            }
            match Rules::STANDARD.withhold(&arc.cell) {
                Some(reason) => prop_assert_eq!(*why, Some(reason)),
                None => prop_assert!(matches!(why, None | Some(Withheld::Protecting))),
            }
        }
        for arc in determined(&told.network, &told.withheld) {
            let primary = Rules::STANDARD.withhold(&told.network.arcs[arc].cell);
            prop_assert!(primary.is_none() || told.network.is_single(), "arc {} follows", arc);
        }
    }

    #[test]
    fn what_remains_of_a_total_after_its_told_parts_may_itself_be_told(table in a_table(5, 9, 30)) {
        let told = table.protect(Rules::STANDARD);
        for node in 0..told.network.nodes {
            let side = |leaving: bool| {
                let mut sum = Cell::default();
                let mut any = false;
                for (arc, why) in told.network.arcs.iter().zip(&told.withheld) {
                    if why.is_some() && (if leaving { arc.from } else { arc.to }) == node {
                        sum.merge(&arc.cell);
                        any = true;
                    }
                }
                any.then_some(sum)
            };
            match (side(true), side(false)) {
                (Some(sum), None) | (None, Some(sum)) if !told.network.is_single() => {
                    prop_assert_eq!(Rules::STANDARD.withhold(&sum), None);
                }
                _ => {}
            }
        }
    }

    #[test]
    fn no_completion_of_the_told_figures_pins_a_refused_one(
        rows in 1..=2_usize, columns in 1..=3_usize, seed in prop::collection::vec(a_cell(3, 1), 6),
    ) {
        // Small enough to try every completion: two contributors are enough here.
        let rules = Rules { contributors_min: 2, share_max: 50 };
        let cells = seed[..rows * columns].to_vec();
        let told = Table::new(rows, columns, cells).unwrap().protect(rules);
        let unknown = (0..rows * columns).filter(|cell| told.withheld[*cell].is_some()).count();
        prop_assume!(unknown <= 4 && !told.network.is_single());
        let ranges = ranges(&told.network, &told.withheld, 9);
        for ((arc, why), (least, greatest)) in told.network.arcs.iter().zip(&told.withheld).zip(ranges) {
            if why.is_some() && rules.withhold(&arc.cell).is_some() {
                prop_assert!(greatest - least >= width(arc.cell.value()), "{:?} in {}..={}", arc, least, greatest);
            }
        }
    }
}
