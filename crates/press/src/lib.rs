//! Templates and data in, PDF out.
//!
//! ```
//! use jiff::civil::date;
//! use press::{Press, Template};
//!
//! let letter = Template::new(
//!     "letter",
//!     r#"#set document(title: "Letter")
//!        #let data = cbor("data.cbor")
//!        Dear #data.name,"#,
//! );
//! let data = serde_json::json!({ "name": "#panic(\"not code\")" });
//! let pdf = Press::new().pdf(&letter, &data, date(2026, 1, 19))?;
//! assert!(pdf.starts_with(b"%PDF"));
//! # Ok::<(), press::PressError>(())
//! ```
//!
//! **Flow.** [`Template`] (typst source compiled into the program) + data, which the template reads with
//! `cbor("data.cbor")` -> [`Press::typeset`] -> [`Typeset`] (pages) -> PDF.
//!
//! **Invariants.** A template sees its own parts, its data and the embedded fonts: no file system, no
//! network, no packages, no clock. What a person wrote reaches typst as data only, so it cannot become
//! code. The same template, data and date give the same bytes. Documents are tagged and conform to
//! PDF/UA-1 wherever their content allows it.
//!
//! **To add a document**: a `.typ` file beside the module that owns the content, included with
//! `include_str!`, and a [`Template`] constant.

mod cbor;
mod fonts;
mod template;
mod typeset;
mod world;

pub use template::Template;
pub use typeset::{Press, PressError, Typeset};
