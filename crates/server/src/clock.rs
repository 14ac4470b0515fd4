//! The one place of the server that reads the clock and the system's randomness.
//!
//! Everything else receives [`Clock`] and [`Entropy`] with its state, so that a test can stop time and
//! repeat chance.

use std::sync::Arc;

use jiff::Timestamp;

/// Tells the time: the system's, or one that a test holds still.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The clock of this machine.
    #[expect(clippy::disallowed_methods, reason = "this is the server's one clock module")]
    pub fn system() -> Self {
        Self(Arc::new(Timestamp::now))
    }

    /// A clock that always says `instant`.
    pub fn fixed(instant: Timestamp) -> Self {
        Self(Arc::new(move || instant))
    }

    /// A clock that asks `tell`, for tests that move time.
    pub fn from_fn(tell: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// The current instant.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

/// Gives random bytes: the system's, or a repeatable sequence in tests.
#[derive(Clone)]
pub struct Entropy(Fill);

type Fill = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

impl Entropy {
    /// The operating system's generator.
    ///
    /// # Panics
    /// [`fill`](Self::fill) panics when the system has no randomness to give: going on would make sign-in
    /// tokens guessable.
    pub fn system() -> Self {
        let random = ring::rand::SystemRandom::new();
        Self(Arc::new(move |bytes| {
            if ring::rand::SecureRandom::fill(&random, bytes).is_err() {
                panic!("the operating system gave no randomness");
            }
        }))
    }

    /// A repeatable sequence that starts at `seed`. For tests only: it can be guessed.
    pub fn counting(seed: u64) -> Self {
        let next = Arc::new(std::sync::atomic::AtomicU64::new(seed));
        Self(Arc::new(move |bytes| {
            for chunk in bytes.chunks_mut(32) {
                let count = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                let digest = ring::digest::digest(&ring::digest::SHA256, &count.to_be_bytes());
                chunk.copy_from_slice(&digest.as_ref()[..chunk.len()]);
            }
        }))
    }

    /// Fills `bytes`.
    pub fn fill(&self, bytes: &mut [u8]) {
        (self.0)(bytes);
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A random number over the whole range, as services take it.
    pub fn number(&self) -> u128 {
        u128::from_be_bytes(self.bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_chance_repeats_and_does_not_stand_still() {
        let (one, other) = (Entropy::counting(7), Entropy::counting(7));
        let first = one.bytes::<40>();
        assert_eq!(first, other.bytes::<40>());
        assert_ne!(first, one.bytes::<40>());
    }
}
