use crate::Ratio;

/// A source of independent, uniform bits, 64 at a time. What is told with noise is as private as these bits
/// are unpredictable: feed it from a cryptographic generator.
pub trait Bits {
    /// The next 64 bits.
    fn next(&mut self) -> u64;
}

impl<F: FnMut() -> u64> Bits for F {
    fn next(&mut self) -> u64 {
        self()
    }
}

/// Uniform among `0..n`, exactly: draws that fall beyond `n` are drawn again.
///
/// `n` is at least 1.
pub(crate) fn uniform(n: u128, bits: &mut impl Bits) -> u128 {
    let width = u128::BITS - (n - 1).leading_zeros();
    loop {
        let drawn = match width {
            0 => 0,
            1..=64 => u128::from(bits.next() >> (64 - width)),
            _ => {
                let high = u128::from(bits.next()) << 64;
                (high | u128::from(bits.next())) >> (128 - width)
            }
        };
        if drawn < n {
            return drawn;
        }
    }
}

/// True with probability one half.
pub(crate) fn coin(bits: &mut impl Bits) -> bool {
    bits.next() >> 63 == 1
}

/// True with probability `exp(-chance)`, exactly, for any ratio from 0 up (CKS 2020, algorithm 1).
pub(crate) fn bernoulli_exp(chance: Ratio, bits: &mut impl Bits) -> bool {
    let (mut whole, part) = (chance.num / chance.den, chance.num % chance.den);
    // exp(-whole) as that many times exp(-1): after the first failure nothing more is needed.
    while whole > 0 {
        if !bernoulli_exp_of_part(1, 1, bits) {
            return false;
        }
        whole -= 1;
    }
    bernoulli_exp_of_part(part, chance.den, bits)
}

/// The same for `num / den` in 0..=1: the parity of how often the shrinking chance `num / (den * k)` holds.
fn bernoulli_exp_of_part(num: u128, den: u128, bits: &mut impl Bits) -> bool {
    let mut k = 1_u128;
    loop {
        // `den` stays below 2^120 (`Ratio`), and k beyond 2^7 is rarer than one in 128! draws.
        let Some(of) = den.checked_mul(k) else { return k % 2 == 1 };
        if uniform(of, bits) >= num {
            return k % 2 == 1;
        }
        k += 1;
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// SplitMix64, seeded: good enough to test distributions, not for privacy.
    pub(crate) fn seeded(mut state: u64) -> impl Bits {
        move || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        }
    }

    #[test]
    fn uniform_draws_fill_their_range_evenly() {
        let mut bits = seeded(1);
        let mut seen = [0_u32; 6];
        for _ in 0..60_000 {
            seen[usize::try_from(uniform(6, &mut bits)).unwrap()] += 1;
        }
        for count in seen {
            assert!(count.abs_diff(10_000) < 500, "{seen:?}");
        }
        assert_eq!(uniform(1, &mut || panic!("one possibility needs no bits")), 0);
        let wide = (0..1_000).map(|_| uniform(3 << 100, &mut bits)).max();
        assert!(wide.is_some_and(|wide| wide > 2 << 100 && wide < 3 << 100));
    }

    #[test]
    fn an_exponential_chance_is_met_below_and_above_one() {
        let mut bits = seeded(2);
        for (num, den) in [(0, 1), (1, 3), (1, 1), (5, 2), (9, 4)] {
            let ratio = Ratio::new(num, den).unwrap();
            let hits = (0..40_000).filter(|_| bernoulli_exp(ratio, &mut bits)).count();
            let expected = libm::exp(-ratio.as_f64());
            let deviation = libm::sqrt(40_000.0 * expected * (1.0 - expected)).max(0.5);
            assert!((hits as f64 - 40_000.0 * expected).abs() < 4.5 * deviation, "{num}/{den}: {hits}");
        }
    }
}
