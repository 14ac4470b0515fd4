//! Requests at a fixed rate over real connections, with the time that each took from when it was due: a hub that
//! lets callers wait is not measured by callers that wait along.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use crate::fault::{Doing, Fault};

/// How long an answer may take before it counts as none.
const PATIENCE: Duration = Duration::from_secs(35);

/// A connection that is kept open between requests.
pub struct Connection {
    host: String,
    stream: Option<BufReader<TcpStream>>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
    /// The body.
    pub body: String,
}

impl Connection {
    /// To the hub at `base` (`http://127.0.0.1:PORT`), opened by the first request.
    pub fn to(base: &str) -> Self {
        Self { host: base.trim_start_matches("http://").to_owned(), stream: None }
    }

    /// Sends a request and reads its answer. After a failure the next request opens a new connection.
    pub fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer, Fault> {
        let answer = self.exchange(method, path, headers, body);
        if answer.is_err() {
            self.stream = None;
        }
        answer
    }

    fn exchange(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer, Fault> {
        let what = format!("{method} {path}");
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nAccept: application/json\r\n", self.host);
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            request.push_str("Content-Type: application/json\r\n");
        }
        request.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(&self.host).doing(&what)?;
                stream.set_nodelay(true).doing(&what)?;
                stream.set_read_timeout(Some(PATIENCE)).doing(&what)?;
                BufReader::new(stream)
            }
        };
        stream.get_mut().write_all(request.as_bytes()).doing(&what)?;
        let (answer, keep) = read(&mut stream, &what)?;
        if keep {
            self.stream = Some(stream);
        }
        Ok(answer)
    }
}

fn read(stream: &mut impl BufRead, what: &str) -> Result<(Answer, bool), Fault> {
    let mut line = String::new();
    let mut next = |stream: &mut dyn BufRead| -> Result<String, Fault> {
        line.clear();
        if stream.read_line(&mut line).doing(what)? == 0 {
            return Err(Fault::new(format!("{what}: the connection was closed")));
        }
        Ok(line.trim_end().to_owned())
    };
    let status = next(stream)?;
    let status = status.split(' ').nth(1).and_then(|text| text.parse().ok());
    let status = status.ok_or_else(|| Fault::new(format!("{what}: not an HTTP answer")))?;
    let (mut length, mut chunked, mut keep, mut retry_after) = (0, false, true, None);
    loop {
        let head = next(stream)?;
        let Some((name, value)) = head.split_once(':') else { break };
        let (name, value) = (name.to_ascii_lowercase(), value.trim());
        match name.as_str() {
            "content-length" => length = value.parse().unwrap_or(0),
            "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
            "connection" => keep = !value.eq_ignore_ascii_case("close"),
            "retry-after" => retry_after = value.parse().ok(),
            _ => {}
        }
    }
    let mut body = Vec::new();
    if chunked {
        loop {
            let size = next(stream)?;
            let size =
                usize::from_str_radix(&size, 16).map_err(|_| Fault::new(format!("{what}: a bad chunk")))?;
            let start = body.len();
            body.resize(start + size, 0);
            stream.read_exact(&mut body[start..]).doing(what)?;
            next(stream)?;
            if size == 0 {
                break;
            }
        }
    } else {
        body.resize(length, 0);
        stream.read_exact(&mut body).doing(what)?;
    }
    Ok((Answer { status, retry_after, body: String::from_utf8_lossy(&body).into_owned() }, keep))
}

/// A request to be sent.
pub struct Planned {
    /// Method.
    pub method: &'static str,
    /// Path and query.
    pub path: String,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// JSON, or nothing.
    pub body: String,
}

/// What came of a request: its status (0: none came), and the time since it was due.
pub type Sample = (u16, Duration);

/// Sends `rate` requests per second for `length` over `connections` connections; `plan` says what the n-th is.
/// A request that is due while every connection waits is late, and its waiting counts; what is not sent by the end of
/// `length` is not sent.
pub fn at_rate(
    base: &str,
    rate: f64,
    length: Duration,
    connections: usize,
    plan: impl Fn(u64) -> Planned + Send + Sync + 'static,
) -> thread::JoinHandle<Vec<Sample>> {
    let base = base.to_owned();
    thread::spawn(move || {
        let (samples, next) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(0_u64)));
        let (plan, started) = (Arc::new(plan), Instant::now());
        let workers: Vec<_> = (0..connections.max(1))
            .map(|_| {
                let (samples, next, plan, base) =
                    (Arc::clone(&samples), Arc::clone(&next), Arc::clone(&plan), base.clone());
                thread::spawn(move || {
                    let mut connection = Connection::to(&base);
                    loop {
                        let number = {
                            let mut next = next.lock().unwrap_or_else(PoisonError::into_inner);
                            *next += 1;
                            *next - 1
                        };
                        #[expect(clippy::cast_precision_loss, reason = "far below 2^52 requests")]
                        let due = started + Duration::from_secs_f64(number as f64 / rate);
                        if due.duration_since(started) >= length || started.elapsed() >= length {
                            return;
                        }
                        thread::sleep(due.saturating_duration_since(Instant::now()));
                        let planned = plan(number);
                        let headers: Vec<(&str, &str)> = planned
                            .headers
                            .iter()
                            .map(|(name, value)| (name.as_str(), value.as_str()))
                            .collect();
                        let answer = connection.send(planned.method, &planned.path, &headers, &planned.body);
                        let sample = (answer.map_or(0, |answer| answer.status), due.elapsed());
                        samples.lock().unwrap_or_else(PoisonError::into_inner).push(sample);
                    }
                })
            })
            .collect();
        for worker in workers {
            // A worker that panicked left its samples behind.
            let _ = worker.join();
        }
        std::mem::take(&mut *samples.lock().unwrap_or_else(PoisonError::into_inner))
    })
}

/// The time that `share` (0 to 1) of the answered requests stayed below, in milliseconds; 0 when none was answered.
pub fn percentile(samples: &[Sample], share: f64) -> f64 {
    let mut times: Vec<f64> = samples
        .iter()
        .filter(|(status, _)| (200..300).contains(status))
        .map(|(_, time)| time.as_secs_f64() * 1e3)
        .collect();
    times.sort_by(f64::total_cmp);
    if times.is_empty() {
        return 0.0;
    }
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index"
    )]
    let index = ((times.len() as f64 * share).ceil() as usize).clamp(1, times.len()) - 1;
    times[index]
}

/// How many samples have a status that `is`.
pub fn count(samples: &[Sample], is: impl Fn(u16) -> bool) -> usize {
    samples.iter().filter(|(status, _)| is(*status)).count()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn answers_of_both_kinds_are_read_to_their_end() {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 429 Too Many\r\nTransfer-Encoding: chunked\r\nRetry-After: 3\r\n\r\n2\r\nyo\r\n0\r\n\r\n";
        let mut stream = BufReader::new(Cursor::new(text));
        let (first, keep) = read(&mut stream, "one").expect("an answer");
        assert_eq!((first.status, first.body.as_str(), keep), (200, "hi", true));
        let (second, _) = read(&mut stream, "two").expect("an answer");
        assert_eq!((second.status, second.body.as_str(), second.retry_after), (429, "yo", Some(3)));
        assert!(read(&mut stream, "three").is_err());
    }

    #[test]
    fn percentiles_are_of_what_was_answered() {
        let samples: Vec<Sample> =
            (1..=100).map(|ms| (200, Duration::from_millis(ms))).chain([(429, Duration::ZERO)]).collect();
        assert!((percentile(&samples, 0.5) - 50.0).abs() < 1e-9);
        assert!((percentile(&samples, 0.99) - 99.0).abs() < 1e-9);
        assert!((percentile(&samples, 1.0) - 100.0).abs() < 1e-9);
        assert!(percentile(&[], 0.5).abs() < 1e-9);
        assert_eq!(count(&samples, |status| status == 429), 1);
    }
}
