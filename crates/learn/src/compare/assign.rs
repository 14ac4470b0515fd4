use serde::{Deserialize, Serialize};

use super::CompareError;

/// Which of the two serves a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arm {
    /// The model in office.
    Champion,
    /// The one that wants to be.
    Challenger,
}

/// Who gets the challenger: a share of all subjects, chosen by a hash of their names, so that nobody has to remember.
///
/// The same subject always gets the same arm of the same experiment, on every machine and in every version: the
/// hash is [`hash`], fixed for good. Experiments of different names assign independently of each other. A share
/// that grows moves subjects from champion to challenger and none back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Split {
    experiment: String,
    share: f64,
}

impl Split {
    /// The experiment of this name in which `share` (0-1) of the subjects get the challenger.
    ///
    /// # Errors
    /// When the share is outside of 0-1.
    pub fn new(experiment: impl Into<String>, share: f64) -> Result<Self, CompareError> {
        if (0.0..=1.0).contains(&share) {
            Ok(Self { experiment: experiment.into(), share })
        } else {
            Err(CompareError::Option { name: "share", value: share })
        }
    }

    /// The arm of `subject`, which is best an identifier that never changes.
    pub fn arm(&self, subject: &str) -> Arm {
        if self.place(subject) < self.share { Arm::Challenger } else { Arm::Champion }
    }

    /// The place of `subject` in [0, 1), uniform over subjects: the first 53 bits of its hash.
    pub fn place(&self, subject: &str) -> f64 {
        // The length in front keeps ("ab", "c") and ("a", "bc") apart.
        let length = (self.experiment.len() as u64).to_le_bytes();
        let message = [&length[..], self.experiment.as_bytes(), subject.as_bytes()].concat();
        (hash(KEY, &message) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// The share of subjects that get the challenger.
    pub fn share(&self) -> f64 {
        self.share
    }
}

/// The key of assignments, "learn.compare.v1" in little-endian words: part of the definition, not a secret.
const KEY: [u64; 2] = [u64::from_le_bytes(*b"learn.co"), u64::from_le_bytes(*b"mpare.v1")];

/// SipHash-2-4 of `message` (J.-P. Aumasson and D. Bernstein, 2012): uniform, fast, and the same everywhere.
pub fn hash(key: [u64; 2], message: &[u8]) -> u64 {
    let mut v = [
        key[0] ^ 0x736f_6d65_7073_6575,
        key[1] ^ 0x646f_7261_6e64_6f6d,
        key[0] ^ 0x6c79_6765_6e65_7261,
        key[1] ^ 0x7465_6462_7974_6573,
    ];
    let (words, rest) = message.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    last[7] = message.len() as u8;
    for word in words.iter().chain([&last]) {
        let word = u64::from_le_bytes(*word);
        v[3] ^= word;
        rounds(&mut v, 2);
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    rounds(&mut v, 4);
    v[0] ^ v[1] ^ v[2] ^ v[3]
}

fn rounds(v: &mut [u64; 4], count: usize) {
    for _ in 0..count {
        v[0] = v[0].wrapping_add(v[1]);
        v[1] = v[1].rotate_left(13) ^ v[0];
        v[0] = v[0].rotate_left(32);
        v[2] = v[2].wrapping_add(v[3]);
        v[3] = v[3].rotate_left(16) ^ v[2];
        v[0] = v[0].wrapping_add(v[3]);
        v[3] = v[3].rotate_left(21) ^ v[0];
        v[2] = v[2].wrapping_add(v[1]);
        v[1] = v[1].rotate_left(17) ^ v[2];
        v[2] = v[2].rotate_left(32);
    }
}
