use std::{fmt, str::FromStr};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A currency by its ISO 4217 alphabetic code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Currency([u8; 3]);

/// The text is not a currency code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a currency code: three capital letters of ISO 4217, such as USD")]
pub struct CurrencyError(pub String);

/// Two amounts of different currencies met in one sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{left} and {right} cannot be added: convert one of them first")]
pub struct CurrencyMismatch {
    /// Currency of the left amount.
    pub left: Currency,
    /// Currency of the right amount.
    pub right: Currency,
}

impl Currency {
    /// United States dollar.
    pub const USD: Self = Self(*b"USD");

    /// The three letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).expect("three ASCII letters, as parsed")
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        match text.as_bytes() {
            &[a, b, c] if [a, b, c].iter().all(u8::is_ascii_uppercase) => Ok(Self([a, b, c])),
            _ => Err(CurrencyError(text.to_owned())),
        }
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl TryFrom<String> for Currency {
    type Error = CurrencyError;

    fn try_from(text: String) -> Result<Self, CurrencyError> {
        text.parse()
    }
}

/// An exact amount in a currency. No rounding happens except where a method's name says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// The amount in major units (dollars, not cents).
    pub amount: Decimal,
    /// The currency it is in.
    pub currency: Currency,
}

impl Money {
    /// `amount` major units of `currency`.
    pub const fn new(amount: Decimal, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// The sum.
    ///
    /// # Errors
    /// When the currencies differ.
    pub fn plus(self, other: Self) -> Result<Self, CurrencyMismatch> {
        if self.currency == other.currency {
            Ok(Self::new(self.amount + other.amount, self.currency))
        } else {
            Err(CurrencyMismatch { left: self.currency, right: other.currency })
        }
    }
}

macro_rules! recurring {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Money);

        impl $name {
            /// `amount` major units of `currency` per period.
            pub const fn new(amount: Decimal, currency: Currency) -> Self {
                Self(Money::new(amount, currency))
            }

            /// Nothing per period.
            pub const fn zero(currency: Currency) -> Self {
                Self::new(Decimal::ZERO, currency)
            }

            /// The amount in major units per period.
            pub const fn amount(&self) -> Decimal {
                self.0.amount
            }

            /// The currency.
            pub const fn currency(&self) -> Currency {
                self.0.currency
            }

            /// The amount as a floating-point number, for scores and charts; never for sums of money.
            pub fn to_f64(&self) -> f64 {
                use rust_decimal::prelude::ToPrimitive;
                self.0.amount.to_f64().unwrap_or(f64::NAN)
            }

            /// The sum.
            ///
            /// # Errors
            /// When the currencies differ.
            pub fn plus(self, other: Self) -> Result<Self, CurrencyMismatch> {
                self.0.plus(other.0).map(Self)
            }
        }
    };
}

recurring! {
    /// Annual recurring revenue. Becomes monthly only by [`Arr::per_month`].
    Arr
}

recurring! {
    /// Monthly recurring revenue. Becomes annual only by [`Mrr::per_year`].
    Mrr
}

impl Arr {
    /// The same revenue per month: a twelfth, to 28 significant digits.
    pub fn per_month(self) -> Mrr {
        Mrr::new(self.amount() / Decimal::from(12), self.currency())
    }
}

impl Mrr {
    /// The same revenue per year: twelve times as much, exactly.
    pub fn per_year(self) -> Arr {
        Arr::new(self.amount() * Decimal::from(12), self.currency())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_currency_is_three_capital_letters() {
        assert_eq!("EUR".parse::<Currency>().map(|c| c.to_string()), Ok("EUR".to_owned()));
        for text in ["", "usd", "US", "USDX", "U1D", "ÜSD"] {
            assert!(text.parse::<Currency>().is_err(), "{text}");
        }
    }

    #[test]
    fn currencies_do_not_mix() {
        let dollars = Arr::new(Decimal::ONE, Currency::USD);
        let euros = Arr::new(Decimal::ONE, "EUR".parse().expect("code"));
        assert!(dollars.plus(euros).is_err());
        assert_eq!(dollars.plus(dollars).map(|sum| sum.amount()), Ok(Decimal::TWO));
    }

    proptest! {
        #[test]
        fn a_year_of_months_is_the_year(cents in 0_i64..1_000_000_000_000) {
            let monthly = Mrr::new(Decimal::new(cents, 2), Currency::USD);
            prop_assert_eq!(monthly.per_year().per_month(), monthly);
        }
    }
}
