/// An exact fraction of whole numbers, in lowest terms: scales and chances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratio {
    pub(crate) num: u128,
    pub(crate) den: u128,
}

/// A noise distribution that cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoiseError {
    /// A divisor or scale of zero.
    #[error("a scale of zero is no noise: the privacy parameter and the sensitivity must be above zero")]
    Zero,
    /// Numbers beyond what integer arithmetic holds exactly here.
    #[error("the scale is out of range: at most {max}")]
    TooWide {
        /// The widest scale.
        max: u64,
    },
}

impl Ratio {
    /// `num / den` in lowest terms.
    ///
    /// # Errors
    /// When `den` is zero.
    pub fn new(num: u64, den: u64) -> Result<Self, NoiseError> {
        if den == 0 {
            return Err(NoiseError::Zero);
        }
        Ok(Self::reduced(u128::from(num), u128::from(den)))
    }

    /// In lowest terms; `den` is not zero.
    pub(crate) fn reduced(num: u128, den: u128) -> Self {
        let divisor = gcd(num, den);
        Self { num: num / divisor, den: den / divisor }
    }

    /// The nearest floating-point number, for showing.
    pub fn as_f64(self) -> f64 {
        self.num as f64 / self.den as f64
    }
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}
