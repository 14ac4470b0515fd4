//! Reproducible chance: every draw comes from a seed that the caller names.

/// A generator of pseudo-random numbers: xoshiro256**, seeded through splitmix64.
///
/// The algorithms are Blackman's and Vigna's (<https://prng.di.unimi.it>). The same seed gives the same draws on
/// every platform. Good for sampling and shuffling; not for secrets.
///
/// ```
/// use learn::chance::Generator;
///
/// let mut one = Generator::seeded(42);
/// let mut other = Generator::seeded(42);
/// assert_eq!(one.next_u64(), other.next_u64());
/// ```
#[derive(Clone, Debug)]
pub struct Generator {
    state: [u64; 4],
}

impl Generator {
    /// The generator that `seed` begins.
    pub fn seeded(seed: u64) -> Self {
        let mut at = seed;
        Self { state: std::array::from_fn(|_| splitmix(&mut at)) }
    }

    /// A generator of its own for the `index`-th part of something that has one seed: parts can be drawn in any
    /// order, or not at all, without moving the others.
    pub fn seeded_part(seed: u64, index: u64) -> Self {
        let mut at = seed;
        let mixed = splitmix(&mut at) ^ index.wrapping_mul(0xd134_2543_de82_ef95);
        Self::seeded(mixed)
    }

    /// 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        let [s0, s1, s2, s3] = &mut self.state;
        let result = s1.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = *s1 << 17;
        *s2 ^= *s0;
        *s3 ^= *s1;
        *s1 ^= *s2;
        *s0 ^= *s3;
        *s2 ^= shifted;
        *s3 = s3.rotate_left(45);
        result
    }

    /// A number in [0, 1), uniform over the multiples of 2^-53.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// An index below `bound`, each equally likely (Lemire's method, without bias); 0 when `bound` is 0 or 1.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = bound as u64;
        if bound < 2 {
            return 0;
        }
        let mut product = u128::from(self.next_u64()) * u128::from(bound);
        if (product as u64) < bound {
            // Only here may a draw belong to the uneven rest; the division is worth avoiding.
            let rejected_below = bound.wrapping_neg() % bound;
            while (product as u64) < rejected_below {
                product = u128::from(self.next_u64()) * u128::from(bound);
            }
        }
        (product >> 64) as usize
    }

    /// A draw from the standard normal distribution (Marsaglia's polar method).
    pub fn normal(&mut self) -> f64 {
        loop {
            let x = 2.0 * self.unit() - 1.0;
            let y = 2.0 * self.unit() - 1.0;
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                return x * (-2.0 * libm::log(square) / square).sqrt();
            }
        }
    }

    /// Puts `items` into a random order, each order equally likely (Fisher-Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    /// `count` different indices below `bound`, ascending; all of them when `count` is not less than `bound`.
    pub fn sample(&mut self, bound: usize, count: usize) -> Vec<usize> {
        // Selection sampling (Knuth, TAOCP 2, algorithm S).
        let mut chosen = Vec::with_capacity(count.min(bound));
        for index in 0..bound {
            let wanted = count.saturating_sub(chosen.len());
            if self.below(bound - index) < wanted {
                chosen.push(index);
            }
        }
        chosen
    }
}

/// The next output of splitmix64, whose state is `at`.
fn splitmix(at: &mut u64) -> u64 {
    *at = at.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *at;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitmix_gives_the_published_numbers() {
        // The reference program's first outputs for the seed 1234567.
        let mut at = 1_234_567;
        let first: Vec<u64> = (0..3).map(|_| splitmix(&mut at)).collect();
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn xoshiro_gives_the_published_numbers() {
        // The reference program's first outputs for the state 1, 2, 3, 4.
        let mut generator = Generator { state: [1, 2, 3, 4] };
        let first: Vec<u64> = (0..4).map(|_| generator.next_u64()).collect();
        assert_eq!(first, [11_520, 0, 1_509_978_240, 1_215_971_899_390_074_240]);
    }

    #[test]
    fn indices_are_equally_likely() {
        let mut generator = Generator::seeded(7);
        let mut counts = [0_u32; 6];
        for _ in 0..60_000 {
            counts[generator.below(6)] += 1;
        }
        // Chi-square with 5 degrees of freedom: 20.5 is the 0.999 quantile.
        let chi: f64 = counts.iter().map(|&c| (f64::from(c) - 10_000.0).powi(2) / 10_000.0).sum();
        assert!(chi < 20.5, "{counts:?}");
    }

    #[test]
    fn a_sample_has_different_ascending_indices_and_the_asked_number_of_them() {
        let mut generator = Generator::seeded(7);
        for count in [0, 1, 5, 10, 12] {
            let sample = generator.sample(10, count);
            assert_eq!(sample.len(), count.min(10));
            assert!(sample.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }

    #[test]
    fn normal_draws_have_mean_0_and_variance_1() {
        let mut generator = Generator::seeded(3);
        let draws: Vec<f64> = (0..100_000).map(|_| generator.normal()).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        let variance = draws.iter().map(|d| d * d).sum::<f64>() / draws.len() as f64;
        assert!(mean.abs() < 0.015 && (variance - 1.0).abs() < 0.02, "{mean} {variance}");
    }
}
