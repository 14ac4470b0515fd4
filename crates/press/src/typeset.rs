use jiff::civil::Date;
use typst::{
    Library, LibraryExt, World, WorldExt, comemo,
    diag::SourceDiagnostic,
    foundations::Smart,
    layout::{Frame, FrameItem},
    utils::LazyHash,
};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::{
    fonts::Fonts,
    template::Template,
    world::{Desk, datetime},
};

/// Why no document came out.
#[derive(Debug, thiserror::Error)]
pub enum PressError {
    /// A part has a name that is no file name.
    #[error("template `{template}`: `{part}` is not a file name")]
    Part {
        /// The template's name.
        template: &'static str,
        /// The offending name.
        part: String,
    },
    /// The template does not compile with this data.
    #[error("template `{template}`, {file} line {line}: {message}")]
    Template {
        /// The template's name.
        template: &'static str,
        /// File within the template (`main.typ`).
        file: String,
        /// Line in that file, from 1; 0 when typst names no place.
        line: usize,
        /// What typst says, with its hints.
        message: String,
    },
}

/// Sets documents. Holds the fonts and the typst library; cheap to share, build one per process.
pub struct Press {
    library: LazyHash<Library>,
    fonts: Fonts,
}

/// A document that has been set, page by page.
pub struct Typeset {
    template: &'static str,
    document: PagedDocument,
    date: Date,
}

impl Default for Press {
    fn default() -> Self {
        Self::new()
    }
}

impl Press {
    /// A press with the embedded fonts.
    pub fn new() -> Self {
        Self { library: LazyHash::new(Library::default()), fonts: Fonts::embedded() }
    }

    /// The PDF of `template` filled with `data`. `date` is the day the template sees as today and the
    /// creation date in the file.
    ///
    /// # Errors
    /// When the template does not compile with this data; the error names the line.
    pub fn pdf(
        &self,
        template: &Template,
        data: &serde_json::Value,
        date: Date,
    ) -> Result<Vec<u8>, PressError> {
        self.typeset(template, data, date)?.pdf()
    }

    /// The pages of `template` filled with `data`, for callers that look at them before export.
    ///
    /// # Errors
    /// As [`Press::pdf`].
    pub fn typeset(
        &self,
        template: &Template,
        data: &serde_json::Value,
        date: Date,
    ) -> Result<Typeset, PressError> {
        let desk = Desk::new(&self.library, &self.fonts, template, data, date)?;
        let document = typst::compile::<PagedDocument>(&desk)
            .output
            .map_err(|errors| described(template.name, &desk, &errors));
        // Typst memoises every layout step for incremental editing; documents here are set once.
        comemo::evict(0);
        Ok(Typeset { template: template.name, document: document?, date })
    }
}

impl Typeset {
    /// Number of pages.
    pub fn pages(&self) -> usize {
        self.document.pages().len()
    }

    /// The text of each page in drawing order, one line per run of glyphs.
    pub fn text(&self) -> Vec<String> {
        self.document
            .pages()
            .iter()
            .map(|page| {
                let mut text = String::new();
                collect_text(&page.frame, &mut text);
                text
            })
            .collect()
    }

    /// The document as PDF: tagged, and PDF/UA-1 unless its content rules that out (a character that no
    /// embedded font has).
    ///
    /// # Errors
    /// When the document cannot be written as PDF at all.
    pub fn pdf(&self) -> Result<Vec<u8>, PressError> {
        let accessible = PdfStandards::new(&[PdfStandard::Ua_1])
            .ok()
            .and_then(|standards| typst_pdf::pdf(&self.document, &self.options(standards)).ok());
        let pdf = match accessible {
            Some(pdf) => Ok(pdf),
            None => typst_pdf::pdf(&self.document, &self.options(PdfStandards::default()))
                .map_err(|errors| undescribed(self.template, &errors)),
        };
        comemo::evict(0);
        pdf
    }

    fn options(&self, standards: PdfStandards) -> PdfOptions {
        PdfOptions {
            creator: Smart::Custom(Some("EnterpriseHub".to_owned())),
            timestamp: datetime(self.date).map(Timestamp::new_utc),
            standards,
            ..PdfOptions::default()
        }
    }
}

fn collect_text(frame: &Frame, text: &mut String) {
    for (_, item) in frame.items() {
        match item {
            FrameItem::Group(group) => collect_text(&group.frame, text),
            FrameItem::Text(run) => {
                text.push_str(&run.text);
                text.push('\n');
            }
            _ => {}
        }
    }
}

fn described(template: &'static str, desk: &Desk<'_>, errors: &[SourceDiagnostic]) -> PressError {
    let Some(first) = errors.first() else { return undescribed(template, errors) };
    // An error inside a function of a part is most useful at the place in the template that calls it
    // only when typst gives no place of its own.
    let place = first.span.id().and_then(|id| {
        let start = desk.range(first.span)?.start;
        let line = desk.source(id).ok()?.lines().byte_to_line(start)?;
        Some((id.get().vpath().get_without_slash().to_owned(), line + 1))
    });
    let (file, line) = place.unwrap_or_default();
    PressError::Template { template, file, line, message: sentence(first) }
}

fn undescribed(template: &'static str, errors: &[SourceDiagnostic]) -> PressError {
    let message = errors.first().map_or_else(|| "unknown error".to_owned(), sentence);
    PressError::Template { template, file: String::new(), line: 0, message }
}

fn sentence(error: &SourceDiagnostic) -> String {
    let mut message = error.message.to_string();
    for hint in &error.hints {
        message.push_str("; ");
        message.push_str(&hint.v);
    }
    message
}
