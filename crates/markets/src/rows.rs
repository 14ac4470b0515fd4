//! Rows of tables as lines of JSON: one object per row, its members in the order of the table's rule.
//!
//! Text, numbers and truth values are themselves, bytes are base64, nothing is `null`. A credential never leaves: it is
//! `null` whether there is one or not, and its column takes that.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value as Json};
use store::{
    Kind, Value,
    schema::{ColumnRule, Rule, TableRule},
};

/// Writes a row, without the line's end.
pub(crate) fn line(table: &TableRule, row: &[Value]) -> Result<String, String> {
    let mut object = Map::with_capacity(row.len());
    for (column, value) in table.columns.iter().zip(row) {
        object.insert(column.name.to_owned(), written(column, value)?);
    }
    serde_json::to_string(&Json::Object(object)).map_err(|error| error.to_string())
}

fn written(column: &ColumnRule, value: &Value) -> Result<Json, String> {
    if let Rule::Secret { .. } = column.rule {
        return Ok(Json::Null);
    }
    Ok(match value {
        Value::Text(text) => Json::from(text.as_str()),
        Value::Int(number) => Json::from(*number),
        Value::Bool(flag) => Json::from(*flag),
        Value::Bytes(bytes) => Json::from(STANDARD.encode(bytes)),
        Value::Null(_) => Json::Null,
        Value::Real(number) => {
            let shown = serde_json::Number::from_f64(*number);
            shown
                .map(Json::Number)
                .ok_or_else(|| format!("`{}`: {number} has no form in JSON", column.name))?
        }
    })
}

/// Reads a row. A member that is missing is a column that was added since: nothing.
pub(crate) fn read(table: &TableRule, line: &str) -> Result<Vec<Value>, String> {
    let object: Map<String, Json> = serde_json::from_str(line).map_err(|error| error.to_string())?;
    if let Some(unknown) = object.keys().find(|name| table.column(name).is_none()) {
        return Err(format!("`{unknown}` is no column of `{}`", table.name));
    }
    table
        .columns
        .iter()
        .map(|column| {
            let value = object.get(column.name).unwrap_or(&Json::Null);
            value_of(column, value).ok_or_else(|| {
                format!("`{}` does not hold what a {:?} column holds", column.name, column.kind)
            })
        })
        .collect()
}

fn value_of(column: &ColumnRule, json: &Json) -> Option<Value> {
    Some(match (column.kind, json) {
        (kind, Json::Null) => Value::Null(kind),
        // Nobody's credential comes in by a file.
        _ if matches!(column.rule, Rule::Secret { .. }) => return None,
        (Kind::Text, Json::String(text)) => Value::Text(text.clone()),
        (Kind::Int, Json::Number(number)) => Value::Int(number.as_i64()?),
        (Kind::Real, Json::Number(number)) => Value::Real(number.as_f64()?),
        (Kind::Bool, Json::Bool(flag)) => Value::Bool(*flag),
        (Kind::Bytes, Json::String(text)) => Value::Bytes(STANDARD.decode(text).ok()?),
        _ => return None,
    })
}

/// The text of a value, as the row in a seal's associated data.
pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Bytes(bytes) => STANDARD.encode(bytes),
        Value::Null(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TABLE: TableRule = TableRule {
        name: "t",
        key: &["id"],
        columns: &[
            ColumnRule::plain("id", Kind::Text),
            ColumnRule::plain("int", Kind::Int),
            ColumnRule::plain("real", Kind::Real),
            ColumnRule::plain("flag", Kind::Bool),
            ColumnRule::sealed("note_sealed", None, "id"),
            ColumnRule::secret("token_sealed", "id"),
        ],
    };

    fn maybe<T: std::fmt::Debug + Clone + 'static>(
        strategy: impl Strategy<Value = T> + 'static,
        kind: Kind,
        value: fn(T) -> Value,
    ) -> BoxedStrategy<Value> {
        prop_oneof![Just(Value::Null(kind)), strategy.prop_map(value)].boxed()
    }

    proptest! {
        #[test]
        fn a_row_reads_back_as_it_was_to_the_last_bit_and_without_its_credential(
            id in "\\PC{0,20}|[\\x00-\\x1f\"\\\\]{1,4}",
            int in maybe(any::<i64>(), Kind::Int, Value::Int),
            real in maybe(any::<f64>().prop_filter("finite", |number| number.is_finite()), Kind::Real, Value::Real),
            flag in maybe(any::<bool>(), Kind::Bool, Value::Bool),
            note in maybe(prop::collection::vec(any::<u8>(), 0..40), Kind::Bytes, Value::Bytes),
            token in maybe(prop::collection::vec(any::<u8>(), 1..40), Kind::Bytes, Value::Bytes),
        ) {
            let row = vec![Value::Text(id), int, real, flag, note, token];
            let text = line(&TABLE, &row).expect("written");
            prop_assert!(!text.contains('\n'));
            let back = read(&TABLE, &text).expect("read");
            prop_assert_eq!(&back[..5], &row[..5]);
            prop_assert_eq!(&back[5], &Value::Null(Kind::Bytes));
            // What was imported is exported alike.
            prop_assert_eq!(line(&TABLE, &back).expect("written"), text);
        }

        #[test]
        fn no_line_makes_the_reader_panic(text in "\\PC{0,60}") {
            let _ = read(&TABLE, &text);
        }
    }

    #[test]
    fn a_column_that_is_unknown_or_of_another_kind_is_named() {
        for (text, complaint) in [
            (r#"{"id":"a","colour":"red"}"#, "`colour` is no column of `t`"),
            (r#"{"id":1}"#, "`id` does not hold"),
            (r#"{"id":"a","int":1.5}"#, "`int` does not hold"),
            (r#"{"id":"a","note_sealed":"*"}"#, "`note_sealed` does not hold"),
            (r#"{"id":"a","token_sealed":"c2VjcmV0"}"#, "`token_sealed` does not hold"),
        ] {
            assert!(read(&TABLE, text).expect_err(text).contains(complaint), "{text}");
        }
        let older = read(&TABLE, r#"{"id":"a"}"#).expect("columns added since are nothing");
        assert_eq!(older[1], Value::Null(Kind::Int));
    }
}
