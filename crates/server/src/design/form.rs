//! Form fields: a label always, a hint where it helps, the error beside the field it speaks of.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::{Icon, Tone, state};

/// What was wrong with which field of a form that was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Errors(BTreeMap<String, String>);

impl Errors {
    /// One wrong field more.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.insert(field.into(), message.into());
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The message for `field`.
    pub fn get(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(String::as_str)
    }

    /// A notice that lists what is wrong, each line leading to its field; nothing when nothing is.
    pub fn summary(&self) -> Markup {
        if self.is_empty() {
            return html! {};
        }
        let title = if self.0.len() == 1 { "One thing has to change" } else { "Some things have to change" };
        state::notice(
            Tone::Bad,
            title,
            html! { ul.roomy { @for (field, message) in &self.0 { li { a href={ "#" (field) } { (message) } } } } },
        )
    }
}

/// What kind of control a field is.
#[derive(Clone, Debug)]
enum Control {
    Input(&'static str),
    Textarea { rows: u32, code: bool },
    Select(Vec<(String, String)>),
    Range { min: f64, max: f64, step: f64, scale: f64, prefix: String, suffix: String },
    Check,
    Choices(Vec<(String, String)>),
}

/// One field of a form.
///
/// ```
/// use server::design::Field;
///
/// let field = Field::email("email", "E-mail").required().value("ana@example.com");
/// assert!(field.render().into_string().contains("autocomplete=\"email\""));
/// ```
#[derive(Clone, Debug)]
pub struct Field {
    control: Control,
    name: String,
    label: String,
    value: String,
    hint: Option<String>,
    error: Option<String>,
    required: bool,
    autofocus: bool,
    prefix: Option<String>,
    suffix: Option<String>,
    attributes: Vec<(&'static str, String)>,
}

impl Field {
    fn new(control: Control, name: &str, label: &str) -> Self {
        Self {
            control,
            name: name.to_owned(),
            label: label.to_owned(),
            value: String::new(),
            hint: None,
            error: None,
            required: false,
            autofocus: false,
            prefix: None,
            suffix: None,
            attributes: Vec::new(),
        }
    }

    /// A line of text.
    pub fn text(name: &str, label: &str) -> Self {
        Self::new(Control::Input("text"), name, label)
    }

    /// An e-mail address.
    pub fn email(name: &str, label: &str) -> Self {
        Self::new(Control::Input("email"), name, label).attribute("autocomplete", "email")
    }

    /// A password; `purpose` is `current-password` or `new-password`.
    pub fn password(name: &str, label: &str, purpose: &str) -> Self {
        Self::new(Control::Input("password"), name, label).attribute("autocomplete", purpose)
    }

    /// A number within `min..=max`.
    pub fn number(name: &str, label: &str, min: f64, max: f64, step: f64) -> Self {
        Self::new(Control::Input("number"), name, label)
            .attribute("min", min.to_string())
            .attribute("max", max.to_string())
            .attribute("step", step.to_string())
            .attribute("inputmode", "decimal")
    }

    /// A day.
    pub fn date(name: &str, label: &str) -> Self {
        Self::new(Control::Input("date"), name, label)
    }

    /// A day and a time of day.
    pub fn moment(name: &str, label: &str) -> Self {
        Self::new(Control::Input("datetime-local"), name, label)
    }

    /// A file; `accept` as in HTML (`.csv,.xlsx`).
    pub fn file(name: &str, label: &str, accept: &str) -> Self {
        Self::new(Control::Input("file"), name, label).attribute("accept", accept)
    }

    /// Several lines.
    pub fn textarea(name: &str, label: &str, rows: u32) -> Self {
        Self::new(Control::Textarea { rows, code: false }, name, label)
    }

    /// Several lines of something written for machines.
    pub fn code(name: &str, label: &str, rows: u32) -> Self {
        Self::new(Control::Textarea { rows, code: true }, name, label).attribute("spellcheck", "false")
    }

    /// One of `options` (value, label), folded.
    pub fn select(name: &str, label: &str, options: impl IntoIterator<Item = (String, String)>) -> Self {
        Self::new(Control::Select(options.into_iter().collect()), name, label)
    }

    /// One of `options` (value, label), all in sight.
    pub fn choices(name: &str, label: &str, options: impl IntoIterator<Item = (String, String)>) -> Self {
        Self::new(Control::Choices(options.into_iter().collect()), name, label)
    }

    /// Yes or no; sent as `true` when ticked. [`value`](Self::value) `true` ticks it.
    pub fn check(name: &str, label: &str) -> Self {
        Self::new(Control::Check, name, label)
    }

    /// A slider whose value stands beside it.
    pub fn range(name: &str, label: &str, min: f64, max: f64, step: f64) -> Self {
        let control =
            Control::Range { min, max, step, scale: 1.0, prefix: String::new(), suffix: String::new() };
        Self::new(control, name, label)
    }

    /// How a slider's value is shown: times `scale`, between `prefix` and `suffix` (a fraction as percent:
    /// `100.0, "", " %"`).
    #[must_use]
    pub fn shown(mut self, new_scale: f64, new_prefix: &str, new_suffix: &str) -> Self {
        if let Control::Range { scale, prefix, suffix, .. } = &mut self.control {
            (*scale, *prefix, *suffix) = (new_scale, new_prefix.to_owned(), new_suffix.to_owned());
        }
        self
    }

    /// The current value.
    #[must_use]
    pub fn value(mut self, value: impl ToString) -> Self {
        self.value = value.to_string();
        self
    }

    /// A sentence that helps to fill it in.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What was wrong with it, from `errors`.
    #[must_use]
    pub fn errors(mut self, errors: &Errors) -> Self {
        self.error = errors.get(&self.name).map(str::to_owned);
        self
    }

    /// It must be filled in. Fields that need not be are marked as optional.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The cursor starts here.
    #[must_use]
    pub fn autofocus(mut self) -> Self {
        self.autofocus = true;
        self
    }

    /// A unit before the value (`$`).
    #[must_use]
    pub fn prefix(mut self, unit: &str) -> Self {
        self.prefix = Some(unit.to_owned());
        self
    }

    /// A unit after the value (`hours`).
    #[must_use]
    pub fn suffix(mut self, unit: &str) -> Self {
        self.suffix = Some(unit.to_owned());
        self
    }

    /// One more HTML attribute of the control: `min`, `max`, `step`, `accept`, `autocomplete`,
    /// `inputmode`, `maxlength`, `pattern`, `placeholder` or `spellcheck`.
    #[must_use]
    pub fn attribute(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    fn attr(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(found, _)| *found == name).map(|(_, value)| value.as_str())
    }

    fn described_by(&self) -> Option<String> {
        let mut ids = Vec::new();
        if self.hint.is_some() {
            ids.push(format!("{}-hint", self.name));
        }
        if self.error.is_some() {
            ids.push(format!("{}-error", self.name));
        }
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    /// The field with its label, hint and error.
    pub fn render(&self) -> Markup {
        match &self.control {
            Control::Check => html! {
                div.field {
                    label.choice { (self.checkable("checkbox", "true", self.value == "true", &self.name)) (self.label) }
                    (self.notes())
                }
            },
            Control::Choices(options) => html! {
                fieldset.field aria-describedby=[self.described_by()] {
                    legend { (self.label) }
                    @for (index, (value, label)) in options.iter().enumerate() {
                        @let id = if index == 0 { self.name.clone() } else { format!("{}-{value}", self.name) };
                        label.choice { (self.checkable("radio", value, *value == self.value, &id)) (label) }
                    }
                    (self.notes())
                }
            },
            _ => html! {
                div.field {
                    label for=(self.name) {
                        (self.label)
                        @if !self.required && !matches!(self.control, Control::Range { .. } | Control::Select(_)) {
                            " " span.optional { "(optional)" }
                        }
                    }
                    (self.control())
                    (self.notes())
                }
            },
        }
    }

    fn checkable(&self, kind: &str, value: &str, checked: bool, id: &str) -> Markup {
        html! {
            input id=(id) type=(kind) name=(self.name) value=(value) checked[checked] required[self.required]
                aria-describedby=[(kind == "checkbox").then(|| self.described_by()).flatten()];
        }
    }

    fn notes(&self) -> Markup {
        html! {
            @if let Some(hint) = &self.hint { p.hint id={ (self.name) "-hint" } { (hint) } }
            @if let Some(error) = &self.error { p.error id={ (self.name) "-error" } { (Icon::Alert) span { (error) } } }
        }
    }

    fn control(&self) -> Markup {
        let (name, described) = (&self.name, self.described_by());
        let invalid = self.error.is_some().then_some("true");
        match &self.control {
            Control::Input(kind) => {
                let value = (!matches!(*kind, "password" | "file")).then_some(&self.value);
                let input = html! {
                    input.input type=(kind) id=(name) name=(name) value=[value] required[self.required]
                        autofocus[self.autofocus] aria-describedby=[described] aria-invalid=[invalid]
                        min=[self.attr("min")] max=[self.attr("max")] step=[self.attr("step")]
                        accept=[self.attr("accept")] autocomplete=[self.attr("autocomplete")]
                        inputmode=[self.attr("inputmode")] maxlength=[self.attr("maxlength")]
                        pattern=[self.attr("pattern")] placeholder=[self.attr("placeholder")];
                };
                if self.prefix.is_none() && self.suffix.is_none() {
                    return input;
                }
                html! {
                    div.affix {
                        @if let Some(unit) = &self.prefix { span { (unit) } }
                        (input)
                        @if let Some(unit) = &self.suffix { span { (unit) } }
                    }
                }
            }
            Control::Textarea { rows, code } => html! {
                textarea.textarea.code[*code] id=(name) name=(name) rows=(rows) required[self.required]
                    aria-describedby=[described] aria-invalid=[invalid] maxlength=[self.attr("maxlength")]
                    placeholder=[self.attr("placeholder")] spellcheck=[self.attr("spellcheck")] { (self.value) }
            },
            Control::Select(options) => html! {
                select.select id=(name) name=(name) required[self.required] aria-describedby=[described]
                    aria-invalid=[invalid] {
                    @for (value, label) in options { option value=(value) selected[*value == self.value] { (label) } }
                }
            },
            Control::Range { min, max, step, scale, prefix, suffix } => {
                let shown = self.value.parse::<f64>().map_or_else(
                    |_| String::new(),
                    |value| format!("{prefix}{}{suffix}", super::format::number(value * scale, 2)),
                );
                html! {
                    div.range {
                        input type="range" id=(name) name=(name) value=(self.value) min=(min) max=(max) step=(step)
                            data-scale=(scale) data-prefix=(prefix) data-suffix=(suffix)
                            aria-describedby=[described] aria-invalid=[invalid];
                        output for=(name) { (shown) }
                    }
                }
            }
            Control::Check | Control::Choices(_) => html! {},
        }
    }
}

/// Hidden fields that carry the rest of an address through a form.
pub fn carry<'a>(pairs: impl IntoIterator<Item = &'a (String, String)>) -> Markup {
    html! { @for (name, value) in pairs { input type="hidden" name=(name) value=(value); } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_stands_beside_its_field_and_is_announced_with_it() {
        let mut errors = Errors::default();
        errors.add("email", "This is no e-mail address.");
        let html = Field::email("email", "E-mail")
            .hint("As in the invitation.")
            .errors(&errors)
            .render()
            .into_string();
        assert!(html.contains("aria-invalid=\"true\""), "{html}");
        assert!(html.contains("aria-describedby=\"email-hint email-error\""), "{html}");
        assert!(html.contains("id=\"email-error\""), "{html}");
        assert!(errors.summary().into_string().contains("href=\"#email\""));
    }

    #[test]
    fn a_password_is_never_sent_back() {
        let html = Field::password("password", "Password", "current-password")
            .value("secret")
            .render()
            .into_string();
        assert!(!html.contains("secret"));
    }

    #[test]
    fn a_slider_shows_its_value_in_words() {
        let html =
            Field::range("rho", "Correlation", 0.0, 1.0, 0.05).shown(100.0, "", " %").value(0.15).render();
        assert!(html.into_string().contains("<output for=\"rho\">15 %</output>"));
    }
}
