//! JSON whose numbers come back as they were written.

use serde::de::DeserializeOwned;

/// Reads `text`, every number to the last bit.
///
/// Read directly into a float, `serde_json` may miss the last bit (unless built with `float_roundtrip`). A
/// `serde_json::Value` keeps a number's digits (`arbitrary_precision`, which exact money switches on for every build)
/// and reads them exactly.
pub(crate) fn exactly<T: DeserializeOwned>(text: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_value(serde_json::from_slice(text)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Generator;

    #[test]
    fn numbers_come_back_to_the_last_bit() {
        let mut chance = Generator::seeded(1);
        let numbers: Vec<f64> =
            (0..20_000).map(|_| f64::from_bits(chance.next_u64())).filter(|n| n.is_finite()).collect();
        let text = serde_json::to_vec(&numbers).unwrap();
        assert_eq!(exactly::<Vec<f64>>(&text).unwrap(), numbers);
    }
}
