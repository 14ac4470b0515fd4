//! QR codes, drawn as one SVG path.

use std::fmt::Write as _;

use maud::{Markup, html};
use qrcodegen::{QrCode, QrCodeEcc};

/// Light modules around a code, as scanners need.
const QUIET: i32 = 4;

/// A QR code that says `text`; `label` tells screen readers what it is. Nothing when the text is too long for one
/// (more than 2 900 characters).
pub fn qr(text: &str, label: &str) -> Markup {
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Medium) else { return html! {} };
    let side = code.size() + 2 * QUIET;
    html! {
        svg.qr viewBox={ "0 0 " (side) " " (side) } role="img" aria-label=(label) shape-rendering="crispEdges" {
            rect.qr-light width=(side) height=(side) {}
            path.qr-dark d=(path(&code)) {}
        }
    }
}

/// One square per dark module.
fn path(code: &QrCode) -> String {
    let dark = (0..code.size())
        .flat_map(|y| (0..code.size()).map(move |x| (x, y)))
        .filter(|(x, y)| code.get_module(*x, *y));
    dark.fold(String::new(), |mut path, (x, y)| {
        // Writing into a String cannot fail.
        let _ = write!(path, "M{} {}h1v1h-1z", x + QUIET, y + QUIET);
        path
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_one_picture_with_a_name_and_without_its_text() {
        let drawn = qr("otpauth://totp/x?secret=ABC", "A key").into_string();
        assert!(drawn.contains("role=\"img\" aria-label=\"A key\"") && !drawn.contains("otpauth"), "{drawn}");
        // Version 3 has 29 modules a side; its finder begins in the corner of the quiet zone.
        assert!(drawn.contains("viewBox=\"0 0 37 37\"") && drawn.contains("M4 4h1v1h-1z"), "{drawn}");
        assert_eq!(qr(&"x".repeat(5000), "").into_string(), "");
    }
}
