//! A server on this machine that behaves as a test wants it to.
#![allow(dead_code, reason = "every test file uses its part")]

use std::{
    future::Future,
    io,
    net::IpAddr,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use connect::{Client, EgressPolicy, Options, Resolve, Site};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpListener,
    task::JoinHandle,
};

/// What was asked, and where.
pub struct Server {
    pub port: u16,
    pub connections: Arc<AtomicUsize>,
    pub requests: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Answers every request with what `answer` says, then hangs up.
    pub async fn answering(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        let answer = Arc::new(answer);
        Self::behaving(move |request| {
            let answer = answer(&request);
            async move { vec![(Duration::ZERO, answer.into_bytes())] }
        })
        .await
    }

    /// Answers in pieces, each after its pause.
    pub async fn behaving<F>(behave: impl Fn(String) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Vec<(Duration, Vec<u8>)>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (connections, requests) = (Arc::new(AtomicUsize::new(0)), Arc::default());
        let task =
            tokio::spawn(serve(listener, Arc::new(behave), connections.clone(), Arc::clone(&requests)));
        Self { port, connections, requests, task }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve<F>(
    listener: TcpListener,
    behave: Arc<impl Fn(String) -> F + Send + Sync + 'static>,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
) where
    F: Future<Output = Vec<(Duration, Vec<u8>)>> + Send + 'static,
{
    while let Ok((mut stream, _)) = listener.accept().await {
        connections.fetch_add(1, Ordering::SeqCst);
        let (behave, requests) = (behave.clone(), requests.clone());
        tokio::spawn(async move {
            let Some(request) = read_request(&mut stream).await else { return };
            requests.lock().unwrap().push(request.clone());
            let pieces = behave(request).await;
            let _ = write(&mut stream, pieces).await;
        });
    }
}

pub async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut read = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let count = stream.read(&mut piece).await.ok().filter(|count| *count > 0)?;
        read.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&read).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| {
            line.to_ascii_lowercase().strip_prefix("content-length: ").map(|length| length.trim().to_owned())
        });
        if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
            return Some(text);
        }
    }
}

async fn write(stream: &mut (impl AsyncWrite + Unpin), pieces: Vec<(Duration, Vec<u8>)>) -> io::Result<()> {
    for (pause, piece) in pieces {
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        stream.write_all(&piece).await?;
        stream.flush().await?;
    }
    stream.shutdown().await
}

/// A complete answer.
pub fn answer(status: u16, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}",
        body.len()
    )
}

/// A client that may talk to these sites of this machine, and to public ones.
pub fn client_trusting(sites: &[String]) -> Client {
    client(trusting(sites), Options::default())
}

pub fn trusting(sites: &[String]) -> EgressPolicy {
    EgressPolicy::public().trusting(sites.iter().map(|site| site.parse::<Site>().unwrap()))
}

pub fn client(egress: EgressPolicy, options: Options) -> Client {
    // The shortest waits.
    Client::with(egress, options, Arc::new(|| 0)).unwrap()
}

/// Answers with the next of its lists, the last one for ever, and counts.
#[derive(Debug)]
pub struct Names {
    lists: Vec<Vec<IpAddr>>,
    pub asked: AtomicUsize,
}

impl Names {
    pub fn answering(lists: &[&[&str]]) -> Arc<Self> {
        let lists =
            lists.iter().map(|list| list.iter().map(|address| address.parse().unwrap()).collect()).collect();
        Arc::new(Self { lists, asked: AtomicUsize::new(0) })
    }
}

impl Resolve for Names {
    fn resolve<'a>(
        &'a self,
        _: &'a str,
    ) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>> {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst).min(self.lists.len() - 1);
        Box::pin(async move { Ok(self.lists[turn].clone()) })
    }
}
