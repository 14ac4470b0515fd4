//! What a press promises to its callers, through its public face.

use std::sync::LazyLock;

use jiff::civil::{Date, date};
use press::{Press, PressError, Template};
use serde_json::json;

static PRESS: LazyLock<Press> = LazyLock::new(Press::new);
const DAY: Date = date(2026, 1, 19);

const LETTER: Template = Template::new(
    "letter",
    r#"#set document(title: "Letter")
#set text(lang: "en", font: "Inter")
#let data = cbor("data.cbor")
= Dear #data.name
Written on #datetime.today().display()."#,
);

#[test]
fn data_is_never_code() {
    for name in ["#panic(\"x\")", "*bold* _it_ $x$ `raw`", "@cite <label> \\ // comment", "\"]); #sys"] {
        let pages = PRESS.typeset(&LETTER, &json!({ "name": name }), DAY).expect("sets");
        let text = pages.text().join("\n").replace('\n', "");
        assert!(text.contains(&name.replace(' ', "")) || text.contains(name), "{name}: {text}");
    }
}

#[test]
fn numbers_arrive_as_numbers() {
    const SUM: Template = Template::new("sum", "#let d = cbor(\"data.cbor\")\n#(d.whole + d.part + d.less)");
    let data = json!({ "whole": 40_000, "part": 1.5, "less": -1 });
    assert_eq!(PRESS.typeset(&SUM, &data, DAY).expect("sets").text(), ["40000.5\n"]);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let data = json!({ "name": "Ada" });
    let first = PRESS.pdf(&LETTER, &data, DAY).expect("sets");
    let second = Press::new().pdf(&LETTER, &data, DAY).expect("sets");
    assert!(first.starts_with(b"%PDF"));
    assert_eq!(first, second);
    assert_ne!(first, PRESS.pdf(&LETTER, &data, DAY.tomorrow().expect("a day")).expect("sets"));
}

#[test]
fn a_document_declares_pdf_ua_unless_a_glyph_is_missing() {
    let claim = |name: &str| {
        let pdf = PRESS.pdf(&LETTER, &json!({ "name": name }), DAY).expect("sets");
        String::from_utf8_lossy(&pdf).contains("pdfuaid:part")
    };
    assert!(claim("Ada"));
    assert!(!claim("不動産"), "no embedded font has these glyphs, so the claim would be false");
}

#[test]
fn an_error_names_template_file_and_line() {
    const BROKEN: Template = Template::new("broken", "#import \"part.typ\": twice\n\n#twice(none)")
        .with_parts(&[("part.typ", "\n#let twice(value) = {\n  value * 2\n}")]);
    match PRESS.pdf(&BROKEN, &json!({}), DAY) {
        Err(PressError::Template { template, file, line, message }) => {
            assert_eq!((template, file.as_str(), line), ("broken", "part.typ", 3), "{message}");
        }
        other => panic!("expected a template error, got {:?}", other.map(|pdf| pdf.len())),
    }
}

#[test]
fn nothing_outside_is_readable() {
    const READERS: [Template; 4] = [
        Template::new("file", "#read(\"/etc/passwd\")"),
        Template::new("up", "#read(\"../../../etc/passwd\")"),
        Template::new("image", "#image(\"logo.png\")"),
        Template::new("package", "#import \"@preview/cetz:0.3.0\""),
    ];
    for reader in &READERS {
        let outcome = PRESS.pdf(reader, &json!({}), DAY);
        assert!(matches!(outcome, Err(PressError::Template { line: 1, .. })), "{}", reader.name);
    }
}
