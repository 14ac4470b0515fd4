//! A receiver that checks signatures and answers as a test wants it to.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use connect::standard_webhooks::{Headers, Secret, TOLERANCE, VerifyError, verify};
use jiff::Timestamp;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A request that arrived.
#[derive(Clone, Debug)]
pub struct Received {
    pub path: String,
    pub headers: HashMap<String, String>,
    pub body: String,
}

impl Received {
    pub fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn sent_at(&self) -> Timestamp {
        Timestamp::from_second(self.headers["webhook-timestamp"].parse().unwrap()).unwrap()
    }

    pub fn verified(&self, secret: &Secret) -> Result<(), VerifyError> {
        let header = |name: &str| self.headers[name].clone();
        let headers = Headers {
            id: header("webhook-id"),
            timestamp: header("webhook-timestamp"),
            signature: header("webhook-signature"),
        };
        verify(&[secret], &headers, self.body.as_bytes(), self.sent_at(), TOLERANCE)
    }
}

/// What to answer: status, extra headers, and after which pause.
pub type Answer = (u16, &'static str, Duration);

pub struct Receiver {
    pub port: u16,
    received: Arc<Mutex<Vec<Received>>>,
    answer: Arc<Mutex<Answer>>,
    task: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    pub async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let received = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(Mutex::new((200, "", Duration::ZERO)));
        let (heard, saying) = (received.clone(), answer.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, heard.clone(), saying.clone()));
            }
        });
        Self { port, received, answer, task }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }

    pub fn answers(&self, status: u16) {
        *self.answer.lock().unwrap() = (status, "", Duration::ZERO);
    }

    pub fn answers_with(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    /// What arrived since the last time.
    pub fn take(&self) -> Vec<Received> {
        std::mem::take(&mut *self.received.lock().unwrap())
    }
}

async fn serve(mut stream: TcpStream, received: Arc<Mutex<Vec<Received>>>, answer: Arc<Mutex<Answer>>) {
    let mut read = Vec::new();
    let request = loop {
        let mut piece = [0; 8192];
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return,
            Ok(count) => read.extend_from_slice(&piece[..count]),
        }
        if let Some(request) = parse(&read) {
            break request;
        }
    };
    received.lock().unwrap().push(request);
    let (status, headers, pause) = *answer.lock().unwrap();
    tokio::time::sleep(pause).await;
    let text = format!("HTTP/1.1 {status} X\r\ncontent-length: 2\r\nconnection: close\r\n{headers}\r\nok");
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
}

fn parse(read: &[u8]) -> Option<Received> {
    let text = std::str::from_utf8(read).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    (body.len() >= length).then(|| Received { path, headers, body: body.to_owned() })
}
