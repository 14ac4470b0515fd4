use serde_json::Value;

/// The value in CBOR (RFC 8949), the form in which a template reads its data.
///
/// Not JSON: where any crate of the build switches on serde_json's `arbitrary_precision`, typst's own
/// JSON reader turns every number into a dictionary.
pub(crate) fn encoded(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(value, &mut bytes);
    bytes
}

fn write(value: &Value, bytes: &mut Vec<u8>) {
    match value {
        Value::Null => bytes.push(0xf6),
        Value::Bool(no_or_yes) => bytes.push(0xf4 + u8::from(*no_or_yes)),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(count), _) => head(0, count, bytes),
            (None, Some(negative)) => head(1, negative.unsigned_abs() - 1, bytes),
            (None, None) => {
                bytes.push(0xfb);
                bytes.extend(number.as_f64().unwrap_or(f64::NAN).to_be_bytes());
            }
        },
        Value::String(text) => string(text, bytes),
        Value::Array(items) => {
            head(4, items.len() as u64, bytes);
            items.iter().for_each(|item| write(item, bytes));
        }
        Value::Object(fields) => {
            head(5, fields.len() as u64, bytes);
            for (name, field) in fields {
                string(name, bytes);
                write(field, bytes);
            }
        }
    }
}

fn string(text: &str, bytes: &mut Vec<u8>) {
    head(3, text.len() as u64, bytes);
    bytes.extend(text.as_bytes());
}

/// Major type and length or value, in the shortest form.
fn head(major: u8, value: u64, bytes: &mut Vec<u8>) {
    let major = major << 5;
    if value < 24 {
        bytes.push(major | value as u8);
    } else if let Ok(value) = u8::try_from(value) {
        bytes.extend([major | 24, value]);
    } else if let Ok(value) = u16::try_from(value) {
        bytes.push(major | 25);
        bytes.extend(value.to_be_bytes());
    } else if let Ok(value) = u32::try_from(value) {
        bytes.push(major | 26);
        bytes.extend(value.to_be_bytes());
    } else {
        bytes.push(major | 27);
        bytes.extend(value.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_examples_of_the_specification() {
        let vectors: [(Value, &[u8]); 12] = [
            (json!(0), &[0x00]),
            (json!(24), &[0x18, 0x18]),
            (json!(1000), &[0x19, 0x03, 0xe8]),
            (json!(1_000_000), &[0x1a, 0x00, 0x0f, 0x42, 0x40]),
            (json!(1_000_000_000_000_u64), &[0x1b, 0, 0, 0, 0xe8, 0xd4, 0xa5, 0x10, 0]),
            (json!(-1), &[0x20]),
            (json!(-1000), &[0x39, 0x03, 0xe7]),
            (json!(1.1), &[0xfb, 0x3f, 0xf1, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a]),
            (json!(null), &[0xf6]),
            (json!(true), &[0xf5]),
            (json!("ü"), &[0x62, 0xc3, 0xbc]),
            (json!({ "a": 1, "b": [2, 3] }), &[0xa2, 0x61, 0x61, 0x01, 0x61, 0x62, 0x82, 0x02, 0x03]),
        ];
        for (value, bytes) in vectors {
            assert_eq!(encoded(&value), bytes, "{value}");
        }
    }
}
