mod html;
mod markdown;
pub(super) mod pdf;
mod text;

use super::{Proposition, SectionKey};

/// How a proposition is written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// E-mail as plain text, subject line first.
    Text,
    /// E-mail as HTML.
    Html,
    /// Everything, as Markdown.
    Markdown,
    /// The executive summary: one page of PDF.
    SummaryPdf,
    /// The full proposal as PDF.
    ProposalPdf,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 5] = [Self::Text, Self::Html, Self::Markdown, Self::SummaryPdf, Self::ProposalPdf];

    /// Stable identifier, as in files and APIs.
    pub fn id(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Html => "html",
            Self::Markdown => "markdown",
            Self::SummaryPdf => "summary_pdf",
            Self::ProposalPdf => "proposal_pdf",
        }
    }

    /// As people read it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Text => "E-mail, text",
            Self::Html => "E-mail, HTML",
            Self::Markdown => "Markdown",
            Self::SummaryPdf => "Executive summary, PDF",
            Self::ProposalPdf => "Proposal, PDF",
        }
    }

    /// The format with this identifier.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.id() == id)
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::SummaryPdf | Self::ProposalPdf => "application/pdf",
        }
    }

    fn file_ending(self) -> &'static str {
        match self {
            Self::Text => "email.txt",
            Self::Html => "email.html",
            Self::Markdown => "proposal.md",
            Self::SummaryPdf => "summary.pdf",
            Self::ProposalPdf => "proposal.pdf",
        }
    }
}

/// A proposition written out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its media type.
    pub media_type: &'static str,
    /// A name to save it under, ASCII letters, digits, `-`, `_` and `.` only.
    pub file_name: String,
}

/// Why a proposition could not be written out.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The PDF did not come out.
    #[error("the proposition cannot be set as PDF: {0}")]
    Press(#[from] press::PressError),
    /// The proposition could not be handed to the press.
    #[error("the proposition cannot be handed to the press: {0}")]
    Data(#[from] serde_json::Error),
}

/// Writes a proposition out, generated or edited. Same proposition, same bytes.
///
/// # Errors
/// For the PDF formats, when the document cannot be set.
pub fn render(proposition: &Proposition, format: Format) -> Result<Rendered, RenderError> {
    let bytes = match format {
        Format::Text => text::email(proposition).into_bytes(),
        Format::Html => html::email(proposition).into_bytes(),
        Format::Markdown => markdown::document(proposition).into_bytes(),
        Format::SummaryPdf => pdf::summary(proposition)?,
        Format::ProposalPdf => pdf::proposal(proposition)?,
    };
    let file_name = format!(
        "{}-{}-{}",
        file_stem(proposition.client_id.as_str()),
        proposition.as_of,
        format.file_ending()
    );
    Ok(Rendered { bytes, media_type: format.media_type(), file_name })
}

/// What a letter carries; the rest is in the proposal.
const EMAIL: [SectionKey; 5] =
    [SectionKey::Summary, SectionKey::Findings, SectionKey::Evidence, SectionKey::Urgency, SectionKey::Steps];

/// Lines of the signature, known parts only.
fn signature(proposition: &Proposition) -> Vec<String> {
    let sender = &proposition.sender;
    let role = match (&sender.role, &sender.operator) {
        (Some(role), Some(operator)) => Some(format!("{role}, {operator}")),
        (Some(only), None) | (None, Some(only)) => Some(only.clone()),
        (None, None) => None,
    };
    [sender.name.clone(), role, sender.email.clone(), sender.phone.clone()]
        .into_iter()
        .flatten()
        .filter(|line| !line.trim().is_empty())
        .collect()
}

fn file_stem(id: &str) -> String {
    let stem: String = id
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || letter == '_' { letter } else { '-' })
        .take(60)
        .collect();
    let stem = stem.trim_matches('-');
    if stem.is_empty() { "client".to_owned() } else { stem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_safe_whatever_the_identifier_is() {
        assert_eq!(file_stem("../../etc/passwd"), "etc-passwd");
        assert_eq!(file_stem("Zürich\r\n\"x\""), "Z-rich---x");
        assert_eq!(file_stem("不動産"), "client");
        assert_eq!(file_stem(&"a".repeat(500)).len(), 60);
    }

    #[test]
    fn identifiers_read_back() {
        for format in Format::ALL {
            assert_eq!(Format::from_id(format.id()), Some(format));
        }
        assert_eq!(Format::from_id("docx"), None);
    }
}
