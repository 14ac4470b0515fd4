//! The samplers draw from exactly the distribution they name, and cost what the published maps say.

use disclosure::{Bits, DiscreteGaussian, DiscreteLaplace, Ratio};
use serde_json::Value;

const DRAWS: u32 = 100_000;

fn seeded(mut state: u64) -> impl Bits {
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// Pearson's statistic over the values expected at least ten times, the tails together, and its degrees of
/// freedom.
fn chi_square(probability: impl Fn(i64) -> f64, mut draw: impl FnMut() -> i64) -> (f64, f64) {
    let expected = |y: i64| probability(y) * f64::from(DRAWS);
    let edge = (0..).find(|y| expected(*y) < 10.0).expect("probabilities fall");
    let bins = usize::try_from(2 * edge - 1).expect("a width");
    let mut seen = vec![0_u32; bins + 2];
    for _ in 0..DRAWS {
        let y = draw().clamp(-edge, edge);
        seen[usize::try_from(y + edge).expect("in range")] += 1;
    }
    let inner: f64 = (1 - edge..edge).map(&expected).sum();
    let tail = (f64::from(DRAWS) - inner) / 2.0;
    let mut statistic = 0.0;
    for (index, count) in seen.iter().enumerate() {
        let y = i64::try_from(index).expect("small") - edge;
        let expected = if y.abs() == edge { tail } else { expected(y) };
        statistic += (f64::from(*count) - expected).powi(2) / expected;
    }
    (statistic, bins as f64 + 1.0)
}

/// The statistic is not above what one of 10 000 fair samplers would reach (Wilson-Hilferty).
fn fits((statistic, freedom): (f64, f64)) -> bool {
    let spread = 2.0 / (9.0 * freedom);
    statistic < freedom * (1.0 - spread + 3.72 * spread.sqrt()).powi(3)
}

#[test]
fn discrete_laplace_draws_follow_their_probabilities() {
    for (seed, (num, den)) in [(1, 2), (1, 1), (2, 1), (7, 3), (10, 1)].into_iter().enumerate() {
        let noise = DiscreteLaplace::new(Ratio::new(num, den).unwrap()).unwrap();
        let mut bits = seeded(seed as u64);
        let measured = chi_square(|y| noise.probability(y), || noise.sample(&mut bits));
        assert!(fits(measured), "scale {num}/{den}: {measured:?}");
    }
}

#[test]
fn discrete_gaussian_draws_follow_their_probabilities() {
    for (seed, (num, den)) in [(1, 4), (1, 1), (9, 2), (16, 1), (200, 1)].into_iter().enumerate() {
        let noise = DiscreteGaussian::new(Ratio::new(num, den).unwrap()).unwrap();
        let mut bits = seeded(100 + seed as u64);
        let measured = chi_square(|y| noise.probability(y), || noise.sample(&mut bits));
        assert!(fits(measured), "variance {num}/{den}: {measured:?}");
    }
}

#[test]
fn the_test_of_fit_refuses_a_scale_that_is_off_by_a_twentieth() {
    let named = DiscreteLaplace::new(Ratio::new(100, 10).unwrap()).unwrap();
    let drawn = DiscreteLaplace::new(Ratio::new(105, 10).unwrap()).unwrap();
    let mut bits = seeded(3);
    assert!(!fits(chi_square(|y| named.probability(y), || drawn.sample(&mut bits))));
}

#[test]
fn the_same_bits_give_the_same_draws() {
    let noise = DiscreteLaplace::new(Ratio::new(10, 1).unwrap()).unwrap();
    let draws = |seed| {
        let mut bits = seeded(seed);
        (0..20).map(|_| noise.sample(&mut bits)).collect::<Vec<_>>()
    };
    assert_eq!(draws(9), draws(9));
    assert_ne!(draws(9), draws(10));
}

#[test]
fn privacy_costs_what_an_independent_library_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/std/opendp_maps.json");
    let maps: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let close = |ratio: Ratio, expected: &Value| {
        let expected: f64 = expected.to_string().parse().unwrap();
        assert!((ratio.as_f64() - expected).abs() < 1e-12, "{ratio:?} is not {expected}");
    };
    assert_eq!(maps.len(), 6);
    for map in maps {
        let tenths = (map["scale"].to_string().parse::<f64>().unwrap() * 10.0) as u64;
        let scale = Ratio::new(tenths, 10).unwrap();
        if map["mech"] == "discrete_laplace" {
            let noise = DiscreteLaplace::new(scale).unwrap();
            close(noise.epsilon(1), &map["eps_d1"]);
            close(noise.epsilon(3), &map["eps_d3"]);
        } else {
            let noise = DiscreteGaussian::new(Ratio::new(tenths * tenths, 100).unwrap()).unwrap();
            close(noise.rho(1), &map["rho_d1"]);
        }
    }
}
