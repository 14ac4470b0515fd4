use std::{fmt, sync::Arc};

/// Where random bytes come from: handed in from outside, like time, so that a test can repeat them.
///
/// Keys and nonces are drawn from here and never from [`Moment::entropy`](crate::Moment), of which identifiers
/// show a part. In the product it is the operating system's generator.
#[derive(Clone)]
pub struct Chance(Fill);

type Fill = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

impl Chance {
    /// Chance that asks `fill`, which must overwrite every byte.
    pub fn from_fn(fill: impl Fn(&mut [u8]) + Send + Sync + 'static) -> Self {
        Self(Arc::new(fill))
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.0)(&mut bytes);
        bytes
    }

    /// A random number over the whole range.
    pub fn number(&self) -> u128 {
        u128::from_be_bytes(self.bytes())
    }
}

impl fmt::Debug for Chance {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Chance")
    }
}
