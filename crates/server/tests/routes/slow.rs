//! Callers who take their time, over real connections.

use std::time::{Duration, Instant};

use hub::{Hub, HubConfig};
use server::{App, Clock, Config, Entropy, Parts};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// A hub with little patience, and its address. It runs until the test ends.
async fn hub() -> (std::net::SocketAddr, String, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let (clock, entropy) = (Clock::system(), Entropy::counting(3));
    let chance = kernel::Chance::from_fn({
        let entropy = entropy.clone();
        move |bytes| entropy.fill(bytes)
    });
    let opened = Hub::open(HubConfig::embedded(folder.path(), chance), clock.now()).await.expect("a hub");
    let config = Config {
        head_timeout: Duration::from_millis(300),
        body_pause_timeout: Duration::from_millis(300),
        connections_max: 3,
        ..Config::default()
    };
    let app = App::build(Parts { config, hub: opened, clock, entropy }).await.expect("a hub");
    let link = app.operator_link("ana@example.com".parse().expect("an e-mail"), "Ana").await.expect("a link");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(server::serve(app, listener, std::future::pending()));
    (address, link, folder)
}

/// Everything until the hub closes the connection, and how long that took.
async fn rest(stream: &mut TcpStream) -> (String, Duration) {
    let (started, mut text) = (Instant::now(), Vec::new());
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut text)).await;
    read.expect("the hub closes the connection in time").expect("readable");
    (String::from_utf8_lossy(&text).into_owned(), started.elapsed())
}

#[tokio::test]
async fn a_head_that_does_not_end_ends_the_connection() {
    let (address, _, _folder) = hub().await;
    let mut stream = TcpStream::connect(address).await.expect("connected");
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: hub\r\nX-Slow: ").await.expect("sent");
    let (text, took) = rest(&mut stream).await;
    assert!(!text.contains("200 OK"), "{text}");
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn a_body_that_pauses_is_given_up() {
    let (address, _, _folder) = hub().await;
    let mut stream = TcpStream::connect(address).await.expect("connected");
    let head = format!(
        "POST /sign-in HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\nConnection: close\r\n\r\nemail=a"
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    let (text, took) = rest(&mut stream).await;
    assert!(text.starts_with("HTTP/1.1 4"), "{text}");
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn connections_beyond_the_bound_wait_their_turn() {
    let (address, _, _folder) = hub().await;
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(TcpStream::connect(address).await.expect("connected"));
    }
    let mut late = TcpStream::connect(address).await.expect("in the queue of the system");
    late.write_all(request.as_bytes()).await.expect("sent");
    let (text, _) = rest(&mut late).await;
    assert!(text.contains("200 OK"), "idle connections make room when their time is over: {text}");
}

#[tokio::test]
async fn an_ordinary_caller_notices_nothing_of_it() {
    let (address, link, _folder) = hub().await;
    let mut stream = TcpStream::connect(address).await.expect("connected");
    for _ in 0..2 {
        let request = format!("GET {link} HTTP/1.1\r\nHost: {address}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut buffer = vec![0; 65_536];
        let count = stream.read(&mut buffer).await.expect("readable");
        assert!(buffer[..count].starts_with(b"HTTP/1.1 200 OK"), "kept open between requests");
    }
}
