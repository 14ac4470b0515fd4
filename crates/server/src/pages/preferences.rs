//! `POST /preferences`: appearance, kept in cookies of the browser.

use axum::{
    Form,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use crate::{Config, design::Address, viewer};

const YEAR_SECONDS: i64 = 365 * 24 * 3600;

#[derive(Deserialize)]
pub struct Preferences {
    theme: Option<String>,
    density: Option<String>,
    #[serde(default)]
    back: String,
}

pub async fn save(State(config): State<Config>, Form(form): Form<Preferences>) -> Response {
    let back = Address::parse(&form.back).local().unwrap_or_else(|| Address::at("/"));
    let mut response = Redirect::to(&back.href()).into_response();
    let chosen = [
        ("ehub_theme", form.theme, ["light", "dark"].as_slice()),
        ("ehub_density", form.density, ["roomy"].as_slice()),
    ];
    for (name, value, kept) in chosen {
        let Some(value) = value else { continue };
        // Anything else is the default, which needs no cookie.
        let age = if kept.contains(&value.as_str()) { YEAR_SECONDS } else { 0 };
        let value = if age > 0 { value.as_str() } else { "" };
        let cookie = viewer::set_cookie(name, value, age, true, config.is_https());
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}
