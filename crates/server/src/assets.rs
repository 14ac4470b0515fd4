//! The files that pages load: embedded, addressed by their content, cached forever.
//!
//! A page names a file through [`url`]; the address carries the hash of the bytes, so a new release is a
//! new address and nothing else ever expires. Text is compressed once, at the first request for it.

use std::{collections::BTreeMap, io::Write, sync::OnceLock};

use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};

use crate::problem::Problem;

struct Asset {
    path: String,
    content_type: &'static str,
    bytes: Bytes,
    gzip: Option<OnceLock<Bytes>>,
}

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

macro_rules! vendored {
    ($($name:literal => $content_type:expr, $path:literal;)+) => {
        [$(($name, $content_type, include_bytes!(concat!("../assets/", $path)).as_slice())),+]
    };
}

const STYLES: [&str; 14] = [
    include_str!("../assets/css/tokens.css"),
    include_str!("../assets/css/base.css"),
    include_str!("../assets/css/shell.css"),
    include_str!("../assets/css/controls.css"),
    include_str!("../assets/css/surfaces.css"),
    include_str!("../assets/css/data.css"),
    include_str!("../assets/css/growth.css"),
    include_str!("../assets/css/plan.css"),
    include_str!("../assets/css/paper.css"),
    include_str!("../assets/css/whatif.css"),
    include_str!("../assets/css/identity.css"),
    include_str!("../assets/css/markets.css"),
    include_str!("../assets/css/leads.css"),
    include_str!("../assets/css/print.css"),
];

fn all() -> &'static BTreeMap<&'static str, Asset> {
    static ALL: OnceLock<BTreeMap<&'static str, Asset>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut assets = BTreeMap::new();
        let files = vendored! {
            "inter-latin.woff2" => "font/woff2", "fonts/inter-latin.woff2";
            "inter-latin-ext.woff2" => "font/woff2", "fonts/inter-latin-ext.woff2";
            "htmx.js" => JAVASCRIPT, "vendor/htmx-4.0.1.min.js";
            "htmx-sse.js" => JAVASCRIPT, "vendor/htmx-sse-4.0.1.min.js";
            "echarts.js" => JAVASCRIPT, "vendor/echarts-6.1.0.trimmed.min.js";
            "chart.js" => JAVASCRIPT, "js/chart.js";
            "icon.svg" => "image/svg+xml", "icon.svg";
        };
        for (name, content_type, bytes) in files {
            assets.insert(name, Asset::new(name, content_type, Bytes::from_static(bytes)));
        }
        // These two name other files, so they are filled in once those have their addresses.
        for (name, content_type, text) in [
            ("app.css", "text/css; charset=utf-8", STYLES.concat()),
            ("app.js", JAVASCRIPT, include_str!("../assets/js/app.js").to_owned()),
        ] {
            let text = assets.iter().fold(text, |text, (name, asset): (&&str, &Asset)| {
                text.replace(&format!("{{{{{name}}}}}"), &asset.path)
            });
            assets.insert(name, Asset::new(name, content_type, Bytes::from(text)));
        }
        assets
    })
}

impl Asset {
    fn new(name: &str, content_type: &'static str, bytes: Bytes) -> Self {
        let digest = ring::digest::digest(&ring::digest::SHA256, &bytes);
        let hash: String = digest.as_ref()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        // woff2 is compressed already.
        let gzip = (content_type != "font/woff2").then(OnceLock::new);
        Self { path: format!("/assets/{hash}/{name}"), content_type, bytes, gzip }
    }

    fn gzip(&self) -> Option<Bytes> {
        let cell = self.gzip.as_ref()?;
        let packed = cell.get_or_init(|| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            // Writing to memory cannot fail; an empty result means "send it as it is".
            match encoder.write_all(&self.bytes).and_then(|()| encoder.finish()) {
                Ok(packed) => packed.into(),
                Err(_) => Bytes::new(),
            }
        });
        (!packed.is_empty()).then(|| packed.clone())
    }
}

/// The address of the embedded file `name` (`app.css`).
///
/// # Panics
/// When there is no such file: a page would be broken, and the test of every page finds it.
pub fn url(name: &str) -> &'static str {
    match all().get(name) {
        Some(asset) => &asset.path,
        None => panic!("no embedded file is called {name}"),
    }
}

/// `GET /assets/{hash}/{name}`. Another hash than the current one is answered with 404, so that a stale
/// page never mixes releases.
pub async fn serve(Path((hash, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(asset) = all().get(name.as_str()).filter(|asset| asset.path.split('/').nth(2) == Some(&hash))
    else {
        return Problem::not_found("There is no such file in this release. Reload the page.").into_response();
    };
    let accepts_gzip = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(',').any(|coding| coding.trim().starts_with("gzip")));
    let base = [
        (header::CONTENT_TYPE, asset.content_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::VARY, "Accept-Encoding"),
    ];
    match asset.gzip().filter(|_| accepts_gzip) {
        Some(packed) => (StatusCode::OK, base, [(header::CONTENT_ENCODING, "gzip")], packed).into_response(),
        None => (StatusCode::OK, base, asset.bytes.clone()).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vendored_files_are_the_ones_whose_origin_is_written_down() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
        let origin = std::fs::read_to_string(root.join("ORIGIN.md")).expect("ORIGIN.md");
        let mut checked = 0;
        for line in origin.lines().filter(|line| line.starts_with("| `")) {
            let cells: Vec<&str> = line.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
            let bytes =
                std::fs::read(root.join(cells[1])).unwrap_or_else(|error| panic!("{}: {error}", cells[1]));
            let digest = ring::digest::digest(&ring::digest::SHA256, &bytes);
            let hash: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hash, cells[2], "{} is not the file that ORIGIN.md speaks of", cells[1]);
            assert!(root.join("LICENSES").join(cells[4]).is_file(), "{} has no licence text", cells[1]);
            checked += 1;
        }
        let vendored = std::fs::read_dir(root.join("vendor")).expect("vendor").count()
            + std::fs::read_dir(root.join("fonts")).expect("fonts").count();
        assert_eq!(checked, vendored, "every vendored file has a line in ORIGIN.md");
    }

    #[test]
    fn files_that_name_others_name_their_addresses() {
        for name in ["app.css", "app.js"] {
            let text = String::from_utf8(all()[name].bytes.to_vec()).expect("text");
            assert!(!text.contains("{{"), "{name} has an unfilled name");
        }
        assert!(url("app.css").starts_with("/assets/"));
    }

    #[test]
    fn nothing_in_our_scripts_needs_more_than_the_content_security_policy_allows() {
        for name in ["app.js", "chart.js"] {
            let text = String::from_utf8(all()[name].bytes.to_vec()).expect("text");
            for forbidden in ["eval(", "new Function", "setAttribute(\"style\"", "innerHTML"] {
                assert!(!text.contains(forbidden), "{name} uses {forbidden}");
            }
        }
    }
}
