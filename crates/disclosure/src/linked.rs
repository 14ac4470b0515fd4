use std::collections::BTreeSet;

/// A figure among others over the same parts: the sum of some of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// The parts that it sums, each once.
    pub parts: BTreeSet<u32>,
    /// Whether it is told.
    pub told: bool,
    /// Whether it must not be known: it is withheld by a rule of its own, and not to protect another one.
    pub secret: bool,
    /// How much is lost by not telling it.
    pub cost: u64,
}

/// A prime below 2^31, so that products fit into 64 bits. A combination that exists over the rationals exists modulo
/// it; one that exists only modulo it (about one chance in 2^31) withholds a figure too many.
const PRIME: u64 = 2_147_483_647;

/// Which told figures must be withheld as well, because some secret one is a combination of told ones: tables that
/// group the same contributors in different ways can tell together what each of them keeps. Each time the cheapest
/// figure of such a combination goes, until no secret follows.
pub fn unlink(figures: &[Figure]) -> BTreeSet<usize> {
    let mut withheld = BTreeSet::new();
    let parts: BTreeSet<u32> = figures.iter().flat_map(|figure| figure.parts.iter().copied()).collect();
    let column = |part: &u32| parts.iter().position(|known| known == part);
    let vectors: Vec<Vec<u64>> = figures
        .iter()
        .map(|figure| {
            let mut vector = vec![0; parts.len()];
            figure.parts.iter().filter_map(column).for_each(|at| vector[at] = 1);
            vector
        })
        .collect();
    loop {
        let told: Vec<usize> =
            (0..figures.len()).filter(|index| figures[*index].told && !withheld.contains(index)).collect();
        let basis = Basis::of(told.iter().map(|index| &vectors[*index]));
        let secrets =
            (0..figures.len()).filter(|index| figures[*index].secret && !figures[*index].parts.is_empty());
        let combination = secrets.filter_map(|index| basis.combination(&vectors[index])).next();
        let Some(combination) = combination else { return withheld };
        let cheapest =
            combination.into_iter().map(|row| told[row]).min_by_key(|index| (figures[*index].cost, *index));
        // A secret is not empty, so some told figure is part of what it follows from.
        let Some(cheapest) = cheapest else { return withheld };
        withheld.insert(cheapest);
    }
}

/// The told vectors in echelon form, each row with the told ones it is made of.
struct Basis {
    rows: Vec<Row>,
    told: usize,
}

struct Row {
    pivot: usize,
    vector: Vec<u64>,
    made_of: Vec<u64>,
}

impl Basis {
    fn of<'a>(vectors: impl Iterator<Item = &'a Vec<u64>> + Clone) -> Self {
        let told = vectors.clone().count();
        let mut basis = Self { rows: Vec::new(), told };
        for (index, vector) in vectors.enumerate() {
            let mut made_of = vec![0; told];
            made_of[index] = 1;
            let mut vector = vector.clone();
            basis.reduce(&mut vector, &mut made_of);
            if let Some(pivot) = vector.iter().position(|value| *value != 0) {
                let inverse = power(vector[pivot], PRIME - 2);
                vector.iter_mut().chain(&mut made_of).for_each(|value| *value = *value * inverse % PRIME);
                basis.rows.push(Row { pivot, vector, made_of });
            }
        }
        basis
    }

    /// Takes away multiples of the rows until nothing at their pivots is left.
    fn reduce(&self, vector: &mut [u64], made_of: &mut [u64]) {
        for row in &self.rows {
            let factor = vector[row.pivot];
            if factor == 0 {
                continue;
            }
            let minus = PRIME - factor;
            for (value, by) in vector.iter_mut().zip(&row.vector).filter(|(_, by)| **by != 0) {
                *value = (*value + minus * by) % PRIME;
            }
            for (value, by) in made_of.iter_mut().zip(&row.made_of).filter(|(_, by)| **by != 0) {
                *value = (*value + minus * by) % PRIME;
            }
        }
    }

    /// The told ones that `vector` is a combination of, if it is one.
    fn combination(&self, vector: &[u64]) -> Option<Vec<usize>> {
        let (mut rest, mut made_of) = (vector.to_vec(), vec![0; self.told]);
        self.reduce(&mut rest, &mut made_of);
        let follows = rest.iter().all(|value| *value == 0);
        follows.then(|| (0..self.told).filter(|index| made_of[*index] != 0).collect())
    }
}

fn power(mut base: u64, mut exponent: u64) -> u64 {
    let mut result = 1;
    while exponent > 0 {
        if exponent % 2 == 1 {
            result = result * base % PRIME;
        }
        base = base * base % PRIME;
        exponent /= 2;
    }
    result
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(parts: &[u32], cost: u64) -> Figure {
        Figure { parts: parts.iter().copied().collect(), told: true, secret: false, cost }
    }

    fn secret(parts: &[u32]) -> Figure {
        Figure { parts: parts.iter().copied().collect(), told: false, secret: true, cost: 0 }
    }

    #[test]
    fn a_region_withheld_to_protect_another_is_not_told_as_a_currency() {
        // By region: 0 is a small one, 1 was withheld for it, 2 and the total are told. By currency, 1 is one of its own.
        let figures = [secret(&[0]), told(&[2], 50), told(&[0, 1, 2], 90), told(&[1], 30), told(&[0, 2], 60)];
        let gone = unlink(&figures);
        assert_eq!(gone, BTreeSet::from([1, 3]));
    }

    #[test]
    fn nothing_is_withheld_where_nothing_follows() {
        assert!(unlink(&[secret(&[0]), told(&[0, 1], 1), told(&[1, 2], 1)]).is_empty());
        assert!(unlink(&[]).is_empty());
    }

    proptest! {
        /// Against brute force: every small integer combination of the figures that stay told.
        #[test]
        fn no_small_combination_of_what_stays_told_is_a_secret(
            sets in prop::collection::vec(prop::collection::btree_set(0..5_u32, 1..5), 2..7),
            hidden in prop::collection::btree_set(0..5_u32, 1..3),
        ) {
            let mut figures: Vec<Figure> = sets
                .into_iter()
                .map(|parts| Figure { cost: parts.len() as u64, parts, told: true, secret: false })
                .collect();
            figures.push(Figure { parts: hidden.clone(), told: false, secret: true, cost: 0 });
            let gone = unlink(&figures);
            let stay: Vec<&Figure> = figures
                .iter()
                .enumerate()
                .filter(|(index, figure)| figure.told && !gone.contains(index))
                .map(|(_, figure)| figure)
                .collect();
            let combinations = 5_usize.pow(u32::try_from(stay.len()).unwrap());
            for number in 0..combinations {
                let mut sum = [0_i32; 5];
                let mut rest = number;
                for figure in &stay {
                    let factor = i32::try_from(rest % 5).unwrap() - 2;
                    rest /= 5;
                    figure.parts.iter().for_each(|part| sum[*part as usize] += factor);
                }
                let is_secret = (0..5).all(|part| sum[part as usize] == i32::from(hidden.contains(&part)));
                prop_assert!(!is_secret, "{:?}", stay);
            }
        }
    }
}
