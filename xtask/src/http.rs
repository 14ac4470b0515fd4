//! A small HTTP client for one loopback server: enough to sign in and to time answers.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use crate::fault::{Doing, Fault};

/// An answer, complete.
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The first header of this (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The `name=value` part of every cookie set.
    pub fn cookies(&self) -> Vec<&str> {
        let set = self.headers.iter().filter(|(key, _)| key == "set-cookie");
        set.filter_map(|(_, value)| value.split(';').next()).map(str::trim).collect()
    }
}

/// Sends one request to `http://HOST:PORT` and reads the answer to its end.
///
/// HTTP/1.0, so that the server neither chunks the body nor keeps the connection.
pub fn request(
    base: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Answer, Fault> {
    let host = base.strip_prefix("http://").ok_or_else(|| Fault::new(format!("{base} is not http")))?;
    let what = format!("{method} {base}{path}");
    let mut stream = TcpStream::connect(host).doing(&what)?;
    stream.set_read_timeout(Some(Duration::from_secs(60))).doing(&what)?;
    let mut head = format!("{method} {path} HTTP/1.0\r\nHost: {host}\r\nAccept: text/html, */*;q=0.5\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() || method == "POST" {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    stream.write_all(format!("{head}\r\n{body}").as_bytes()).doing(&what)?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).doing(&what)?;
    parse(&String::from_utf8_lossy(&bytes)).ok_or_else(|| Fault::new(format!("{what}: not an HTTP answer")))
}

fn parse(text: &str) -> Option<Answer> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Some(Answer { status, headers, body: body.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn an_answer_gives_status_headers_and_cookies() {
        let answer = parse(
            "HTTP/1.0 303 See Other\r\nSet-Cookie: a=1; Path=/\r\nset-cookie: b=2\r\nLocation: /\r\n\r\nhi",
        );
        let answer = answer.expect("a valid answer");
        assert_eq!((answer.status, answer.body.as_str()), (303, "hi"));
        assert_eq!(answer.cookies(), ["a=1", "b=2"]);
        assert_eq!(answer.header("location"), Some("/"));
    }

    #[test]
    fn half_an_answer_is_none() {
        assert!(parse("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n").is_none());
    }
}
