//! The streams of numbers that reference programs were run on, made again from their seed.

/// Uniform numbers in [0, 1): the upper 53 bits of a 64-bit linear congruential generator.
pub struct Stream(u64);

impl Stream {
    pub fn seeded(seed: u64) -> Self {
        Self(seed)
    }
}

impl Iterator for Stream {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Some((self.0 >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

/// What a file of `data/ml` holds.
pub fn reference<T: serde::de::DeserializeOwned>(file: &str) -> T {
    let path = format!("{}/../../data/ml/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    restored(&text)
}

/// The value that was written as `text`, every number to the last bit: a `serde_json::Value` keeps their digits,
/// which a float that is read directly may lose.
pub fn restored<T: serde::de::DeserializeOwned>(text: &str) -> T {
    let value: serde_json::Value = serde_json::from_str(text).expect("JSON");
    serde_json::from_value(value).expect("the same type")
}

/// Fails unless the numbers are equal within `tolerance`.
#[track_caller]
pub fn assert_near(actual: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((actual - expected).abs() <= tolerance, "{what}: {actual} is not {expected}");
}
