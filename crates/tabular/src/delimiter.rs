/// The separators that are recognised, the most usual first.
pub(crate) const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The separator that stands most often in the header line outside quotes; a comma when none does.
pub(crate) fn sniff(text: &[u8]) -> u8 {
    let mut counts = [0_usize; DELIMITERS.len()];
    let mut quoted = false;
    let start = text.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(0);
    for byte in &text[start..] {
        match byte {
            b'"' => quoted = !quoted,
            b'\r' | b'\n' if !quoted => break,
            _ if quoted => {}
            byte => {
                if let Some(at) = DELIMITERS.iter().position(|delimiter| delimiter == byte) {
                    counts[at] += 1;
                }
            }
        }
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    let at = counts.iter().position(|count| *count == most).unwrap_or(0);
    DELIMITERS[at]
}

/// Whether `record` ends inside a quoted cell.
pub(crate) fn ends_inside_quotes(record: &[u8], delimiter: u8) -> bool {
    #[derive(PartialEq)]
    enum At {
        CellStart,
        Plain,
        Quoted,
        QuoteInQuoted,
    }
    let mut at = At::CellStart;
    for byte in record {
        at = match (&at, *byte) {
            (At::CellStart, b'"') | (At::QuoteInQuoted, b'"') => At::Quoted,
            (At::Quoted, b'"') => At::QuoteInQuoted,
            (At::Quoted, _) => At::Quoted,
            (_, byte) if byte == delimiter || byte == b'\n' || byte == b'\r' => At::CellStart,
            _ => At::Plain,
        };
    }
    at == At::Quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_decides_the_separator() {
        for (text, expected) in [
            ("a,b,c\n1;2;3;4;5", b','),
            ("a;b;\"c,d,e,f\"\n", b';'),
            ("a\tb\n", b'\t'),
            ("a|b\n", b'|'),
            ("only\n1,2", b','),
            ("\r\n\r\na;b\n", b';'),
        ] {
            assert_eq!(sniff(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn an_open_quote_is_told_from_a_literal_one() {
        for (record, open) in
            [("a,\"b", true), ("a,5\" pipe", false), ("a,\"b\"\"", true), ("a,\"b\"", false), ("\"\"", false)]
        {
            assert_eq!(ends_inside_quotes(record.as_bytes(), b','), open, "{record}");
        }
    }
}
