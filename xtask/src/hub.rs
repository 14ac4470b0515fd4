//! A demo hub for checks and measurements: started, signed in to, stopped.

use std::{
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use crate::{
    command::Companion,
    fault::{Doing, Fault},
    http,
};

/// What the address of a sign-in link contains.
const SIGN_IN: &str = "/sign-in";

/// What a hub under test stands on.
pub enum Ground<'a> {
    /// The demo, with its data in this folder.
    Demo(&'a Path),
    /// A hub of one's own in this PostgreSQL database.
    Database(&'a str),
}

/// A running hub.
pub struct Hub {
    process: Companion,
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    /// The one-time sign-in link that it printed.
    pub sign_in: String,
    /// From the start of the process to the first 200 of `/readyz`.
    pub ready_after: Duration,
}

impl Hub {
    /// Starts a hub on a free port.
    pub fn start(ehub: &Path, ground: &Ground<'_>) -> Result<Self, Fault> {
        let mut command = Command::new(ehub);
        match ground {
            Ground::Demo(data) => command.args(["demo", "--no-open", "--data"]).arg(data),
            Ground::Database(url) => command.args(["serve", "--database-url", url]),
        };
        command.args(["--listen", "127.0.0.1:0"]);
        // Neither the person's configuration nor their variables reach a hub under test.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("EHUB_")) {
            command.env_remove(name);
        }
        command.env("XDG_CONFIG_HOME", "/nonexistent").env("NO_COLOR", "1");
        let started = Instant::now();
        let mut process = Companion::start(&command, None, "TERM")?;
        let deadline = started + Duration::from_secs(60);
        let (mut base, mut sign_in) = (None, None);
        let (base, sign_in) = process.hear("an address and a sign-in link", deadline, |line| {
            for url in urls(line) {
                base.get_or_insert_with(|| origin(url).to_owned());
                if url.contains(SIGN_IN) {
                    sign_in.get_or_insert_with(|| url.to_owned());
                }
            }
            base.clone().zip(sign_in.clone())
        })?;
        while !http::request(&base, "GET", "/readyz", &[], "").is_ok_and(|answer| answer.status == 200) {
            if Instant::now() > deadline {
                return Err(Fault::new(format!("{base}/readyz does not become 200")));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(Self { process, base, sign_in, ready_after: started.elapsed() })
    }

    /// Follows the sign-in link and returns the session as a `Cookie` header value.
    ///
    /// Works whether the link signs in at once or shows a page with a button, as it does to keep link
    /// previews from using it up.
    pub fn session(&self) -> Result<String, Fault> {
        let path = self.sign_in.strip_prefix(&self.base).unwrap_or("/");
        let page = http::request(&self.base, "GET", path, &[], "")?;
        let mut cookies: Vec<String> = page.cookies().into_iter().map(str::to_owned).collect();
        if page.status == 200 {
            let (action, fields) = form(&page.body)
                .ok_or_else(|| Fault::new(format!("the sign-in page has no form:\n{}", page.body)))?;
            let cookie = cookies.join("; ");
            let mut headers =
                vec![("Content-Type", "application/x-www-form-urlencoded"), ("Origin", self.base.as_str())];
            if !cookie.is_empty() {
                headers.push(("Cookie", &cookie));
            }
            let answer =
                http::request(&self.base, "POST", action.as_deref().unwrap_or(path), &headers, &fields)?;
            cookies.extend(answer.cookies().into_iter().map(str::to_owned));
        }
        if cookies.is_empty() {
            return Err(Fault::new(format!("the sign-in link {} gave no session", self.sign_in)));
        }
        Ok(cookies.join("; "))
    }

    /// Resident memory of the process in MiB, where the system tells (Linux).
    pub fn resident_mib(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kib / 1024.0)
    }

    /// Stops it; a hub that does not end on request is a fault.
    pub fn stop(mut self) -> Result<(), Fault> {
        self.process.stop().doing("stopping the hub")
    }
}

fn urls(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("http://").map(|(at, _)| {
        let rest = &line[at..];
        rest[..rest.find(|c: char| c.is_whitespace() || "\"'<>)".contains(c)).unwrap_or(rest.len())]
            .trim_end_matches('.')
    })
}

fn origin(url: &str) -> &str {
    let host = "http://".len();
    url[host..].find('/').map_or(url, |slash| &url[..host + slash])
}

/// Action and encoded hidden fields of the last POST form of a page.
fn form(page: &str) -> Option<(Option<String>, String)> {
    let start = page
        .match_indices("<form")
        .map(|(at, _)| at)
        .filter(|at| {
            page[*at..]
                .split('>')
                .next()
                .is_some_and(|tag| tag.to_ascii_lowercase().contains("method=\"post\""))
        })
        .last()?;
    let form = page[start..].split("</form").next()?;
    let action = attribute(form.split('>').next()?, "action");
    let fields: Vec<String> = form
        .split('<')
        .filter(|tag| tag.starts_with("input"))
        .filter_map(|tag| Some(format!("{}={}", attribute(tag, "name")?, encode(&attribute(tag, "value")?))))
        .collect();
    Some((action, fields.join("&")))
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split_once(&format!(" {name}=\""))?.1.split('"').next()?;
    Some(value.replace("&quot;", "\"").replace("&amp;", "&"))
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{form, origin, urls};

    #[test]
    fn urls_are_found_in_talk() {
        let line = "Open http://127.0.0.1:7000/sign-in/abc?next=/ or (http://127.0.0.1:7000).";
        let found: Vec<&str> = urls(line).collect();
        assert_eq!(found, ["http://127.0.0.1:7000/sign-in/abc?next=/", "http://127.0.0.1:7000"]);
        assert_eq!(origin(found[0]), "http://127.0.0.1:7000");
    }

    #[test]
    fn a_sign_in_form_gives_its_action_and_fields() {
        let page = r#"<form method="post" action="/sign-in"><input type="hidden" name="token" value="a+b"><button>Go</button></form>"#;
        assert_eq!(form(page), Some((Some("/sign-in".to_owned()), "token=a%2Bb".to_owned())));
    }
}
