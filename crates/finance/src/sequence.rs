/// A fixed sequence of numbers that looks random: SplitMix64 (Steele, Lea and Flood, 2014).
///
/// For searches and resampling that must give the same answer again; not for anything secret.
#[derive(Clone, Debug)]
pub struct Sequence(u64);

impl Sequence {
    /// The sequence that `seed` starts.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// The next whole number below `end`; 0 when there is none.
    pub fn below(&mut self, end: usize) -> usize {
        // The bias of the remainder is end / 2^64: nothing that picking or resampling could notice.
        (self.bits() % end.max(1) as u64) as usize
    }

    /// The next number in 0-1, 1 excluded.
    pub fn fraction(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The reference implementation of Vigna (prng.di.unimi.it/splitmix64.c) from seed 1234567.
    #[test]
    fn the_sequence_is_splitmix64() {
        let mut sequence = Sequence::new(1_234_567);
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!([(); 3].map(|()| sequence.bits()), expected);
    }

    #[test]
    fn numbers_stay_below_their_end() {
        let mut sequence = Sequence::new(7);
        let mut seen = [false; 6];
        for _ in 0..200 {
            seen[sequence.below(6)] = true;
            assert!((0.0..1.0).contains(&sequence.fraction()));
        }
        assert_eq!((seen, sequence.below(0)), ([true; 6], 0));
    }
}
