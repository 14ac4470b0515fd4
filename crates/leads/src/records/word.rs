//! Words of the rules as columns hold them: as serde writes them.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use store::StoreError;

/// The word of a value that is one: `opt_out`.
pub(crate) fn stored(word: impl Serialize) -> String {
    match serde_json::to_value(word) {
        Ok(Value::String(word)) => word,
        // Only enumerations without content are stored so; anything else would not be read back either.
        _ => String::new(),
    }
}

/// The value of a word.
pub(crate) fn value<T: DeserializeOwned>(column: &'static str, word: &str) -> Result<T, StoreError> {
    serde_json::from_value(Value::from(word)).map_err(|error| StoreError::column(column, error))
}

/// The values of words with spaces between.
pub(crate) fn values<T: DeserializeOwned, C: FromIterator<T>>(
    column: &'static str,
    words: &str,
) -> Result<C, StoreError> {
    words.split_whitespace().map(|word| value(column, word)).collect()
}
