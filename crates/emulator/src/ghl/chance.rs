//! Repeatable chance: the same seed makes the same world, the same identifiers, the same faults.

/// SplitMix64 (Steele, Lea, Flood 2014): small, fast, and good enough for identifiers and jitter. Nothing here is a
/// secret.
#[derive(Clone, Debug)]
pub(super) struct Chance(u64);

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

impl Chance {
    /// Chance that begins with `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 when there is none.
    pub fn below(&mut self, end: usize) -> usize {
        // The bias of a remainder is far below anything that a test could see.
        usize::try_from(self.bits() % u64::try_from(end.max(1)).unwrap_or(u64::MAX)).unwrap_or(0)
    }

    /// A number from 0 up to and without 1.
    pub fn fraction(&mut self) -> f64 {
        // 53 bits are what an f64 holds exactly.
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// One of these.
    pub fn pick<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }

    /// An identifier of the common kind: 20 letters and digits.
    pub fn id(&mut self) -> String {
        (0..20).map(|_| char::from(LETTERS[self.below(LETTERS.len())])).collect()
    }

    /// An identifier of the kind that opportunities' neighbours have: 24 hexadecimal digits.
    pub fn hex_id(&mut self) -> String {
        format!("{:016x}{:08x}", self.bits(), self.bits() >> 32)
    }

    /// A random UUID (version 4).
    pub fn uuid(&mut self) -> String {
        let (high, low) = (self.bits(), self.bits());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:x}{:03x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            8 + ((low >> 62) & 3),
            (low >> 48) & 0xfff,
            low & 0xffff_ffff_ffff
        )
    }

    /// A long text for tokens.
    pub fn token(&mut self, prefix: &str) -> String {
        format!("{prefix}{}{}{}", self.id(), self.id(), self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::Chance;

    #[test]
    fn the_generator_is_splitmix64() {
        // First outputs for seed 1234567, as published with the reference implementation.
        let mut chance = Chance::new(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| chance.bits()).collect();
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn identifiers_have_the_shapes_of_the_real_ones() {
        let mut chance = Chance::new(7);
        assert_eq!(chance.id().len(), 20);
        assert_eq!(chance.hex_id().len(), 24);
        let uuid = chance.uuid();
        assert_eq!((uuid.len(), uuid.as_bytes()[14]), (36, b'4'));
    }
}
