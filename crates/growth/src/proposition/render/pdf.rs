use std::sync::LazyLock;

use press::{Press, PressError, Template, Typeset};
use serde_json::{Value, json};

use super::RenderError;
use crate::proposition::{Proposition, figures::day};

const PARTS: &[(&str, &str)] = &[("house.typ", include_str!("../../../templates/house.typ"))];

pub(in crate::proposition) const PROPOSAL: Template =
    Template::new("proposal", include_str!("../../../templates/proposal.typ")).with_parts(PARTS);

pub(in crate::proposition) const SUMMARY: Template =
    Template::new("summary", include_str!("../../../templates/summary.typ")).with_parts(PARTS);

// The fonts are parsed once per process, when the first PDF is asked for.
static PRESS: LazyLock<Press> = LazyLock::new(Press::new);

/// The full proposal.
pub(super) fn proposal(proposition: &Proposition) -> Result<Vec<u8>, RenderError> {
    Ok(typeset(&PROPOSAL, proposition)?.pdf()?)
}

/// The executive summary; the template chooses type size and content so that it is one page.
pub(super) fn summary(proposition: &Proposition) -> Result<Vec<u8>, RenderError> {
    Ok(typeset(&SUMMARY, proposition)?.pdf()?)
}

/// The pages, before export.
pub(in crate::proposition) fn typeset(
    template: &Template,
    proposition: &Proposition,
) -> Result<Typeset, RenderError> {
    let data = data(proposition)?;
    PRESS.typeset(template, &data, proposition.as_of).map_err(PressError::into)
}

/// What the templates read: the proposition itself, the day in words and the signature.
fn data(proposition: &Proposition) -> Result<Value, serde_json::Error> {
    let mut data = serde_json::to_value(proposition)?;
    if let Some(fields) = data.as_object_mut() {
        fields.insert("day".to_owned(), json!(day(proposition.as_of)));
        fields.insert("signature".to_owned(), json!(super::signature(proposition)));
        // Letter where the dollar is at home, A4 elsewhere.
        let paper = if proposition.currency == kernel::Currency::USD { "us-letter" } else { "a4" };
        fields.insert("paper".to_owned(), json!(paper));
    }
    Ok(data)
}
