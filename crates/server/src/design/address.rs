//! The address of a page is its whole state: filters, sorting, the open drawer, the chosen tab.

use std::{convert::Infallible, fmt};

use axum::{
    extract::FromRequestParts,
    http::{Uri, request::Parts},
};

/// A path with its query, to read state from and to make links to neighbouring states.
///
/// ```
/// use server::design::Address;
///
/// let here = Address::parse("/growth/opportunities?tier=tier_1&tier=tier_2&page=3");
/// assert_eq!(here.all("tier").collect::<Vec<_>>(), ["tier_1", "tier_2"]);
/// let next = here.without("page").with("sort", "-priority");
/// assert_eq!(next.href(), "/growth/opportunities?tier=tier_1&tier=tier_2&sort=-priority");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    path: String,
    pairs: Vec<(String, String)>,
}

impl Address {
    /// `path` without a query.
    pub fn at(path: impl Into<String>) -> Self {
        Self { path: path.into(), pairs: Vec::new() }
    }

    /// The path and query of `uri`.
    pub fn of(uri: &Uri) -> Self {
        Self { path: uri.path().to_owned(), pairs: pairs(uri.query().unwrap_or_default()) }
    }

    /// A path with an optional query, as text.
    pub fn parse(text: &str) -> Self {
        let text = text.split('#').next().unwrap_or_default();
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        Self { path: path.to_owned(), pairs: pairs(query) }
    }

    /// The path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The first value of `name` that is not blank.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(key, value)| key == name && !value.trim().is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Every value of `name` that is not blank.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs
            .iter()
            .filter(move |(key, value)| key == name && !value.trim().is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// The first value of `name`, parsed; `None` when absent or unreadable.
    pub fn parsed<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.get(name)?.trim().parse().ok()
    }

    /// Every pair, in order.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// The same address where `name` is `value` and nothing else.
    #[must_use]
    pub fn with(&self, name: &str, value: impl fmt::Display) -> Self {
        self.without(name).and(name, value)
    }

    /// The same address with one more value of `name`.
    #[must_use]
    pub fn and(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.pairs.push((name.to_owned(), value.to_string()));
        self
    }

    /// The same address without `name`.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        self.filtered(|key, _| key != name)
    }

    /// The same address without this one value of `name`.
    #[must_use]
    pub fn without_value(&self, name: &str, value: &str) -> Self {
        self.filtered(|key, found| !(key == name && found == value))
    }

    /// The same address with the pairs that `keep` keeps.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&str, &str) -> bool) -> Self {
        let pairs = self.pairs.iter().filter(|(key, value)| keep(key, value)).cloned().collect();
        Self { path: self.path.clone(), pairs }
    }

    /// The query without `?`; blank values are left out.
    pub fn query(&self) -> String {
        let mut out = form_urlencoded::Serializer::new(String::new());
        out.extend_pairs(self.pairs.iter().filter(|(_, value)| !value.trim().is_empty()));
        out.finish()
    }

    /// Path and query, as a link has them.
    pub fn href(&self) -> String {
        let query = self.query();
        if query.is_empty() { self.path.clone() } else { format!("{}?{query}", self.path) }
    }

    /// The same address if a browser would stay on this hub by following it; for `next` parameters.
    pub fn local(self) -> Option<Self> {
        let stays = self.path.starts_with('/')
            && !self.path.starts_with("//")
            // Browsers read `\` as `/`, and drop some control characters before they look.
            && !self.path.contains(|letter: char| letter == '\\' || letter.is_control());
        stays.then_some(self)
    }
}

fn pairs(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.href())
    }
}

impl<S: Sync> FromRequestParts<S> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.uri))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_values_say_nothing() {
        let here = Address::parse("/clients?q=&tier=tier_1&page=2");
        assert_eq!(here.get("q"), None);
        assert_eq!(here.href(), "/clients?tier=tier_1&page=2");
        assert_eq!(here.parsed::<u32>("page"), Some(2));
        assert_eq!(here.parsed::<u32>("tier"), None);
    }

    #[test]
    fn text_survives_the_way_there_and_back() {
        let here = Address::at("/x").with("q", "a&b=c d+é#?");
        assert_eq!(Address::parse(&here.href()), here);
    }

    #[test]
    fn only_addresses_on_this_hub_are_followed() {
        for stays in ["/", "/growth?tier=tier_1", "/a//b"] {
            assert!(Address::parse(stays).local().is_some(), "{stays}");
        }
        for leaves in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "/\u{1}",
            "javascript:alert(1)",
        ] {
            assert!(Address::parse(leaves).local().is_none(), "{leaves}");
        }
    }
}
