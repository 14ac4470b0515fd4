use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    http::Request,
};
use growth::Moment;
use hub::{Hub, HubConfig};
use server::{
    App, Clock, Config, Entropy, Parts,
    testing::{START, TestHub},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};
use tower::ServiceExt;

async fn read_until(stream: &mut TcpStream, mark: &str) -> String {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    while !text.contains(mark) {
        let read = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut buffer));
        let count = read.await.expect("in time").expect("readable");
        assert!(count > 0, "the stream ended before `{mark}`: {text}");
        text.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    text
}

#[tokio::test]
async fn live_updates_say_hello_and_end_when_the_hub_stops() {
    let folder = tempfile::tempdir().expect("a folder");
    let entropy = Entropy::counting(3);
    let chance = kernel::Chance::from_fn({
        let entropy = entropy.clone();
        move |bytes| entropy.fill(bytes)
    });
    let clock = Clock::system();
    let opened = Hub::open(HubConfig::embedded(folder.path(), chance), clock.now()).await.expect("a hub");
    let parts = Parts { config: Config::default(), hub: opened, clock, entropy };
    let app = App::build(parts).await.expect("a hub");
    let link = app.operator_link("ana@example.com".parse().expect("an e-mail"), "Ana").await.expect("a link");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(server::serve(app, listener, async move {
        let _ = stopped.await;
    }));

    let mut signing_in = TcpStream::connect(address).await.expect("connected");
    let request =
        format!("POST {link} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    signing_in.write_all(request.as_bytes()).await.expect("sent");
    let answer = read_until(&mut signing_in, "\r\n\r\n").await;
    let cookie =
        answer.split("set-cookie: ").nth(1).and_then(|rest| rest.split(';').next()).expect("a cookie");

    let mut live = TcpStream::connect(address).await.expect("connected");
    let request = format!(
        "GET /live HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\nAccept-Encoding: gzip\r\nLast-Event-ID: 7\r\n\r\n"
    );
    live.write_all(request.as_bytes()).await.expect("sent");
    let hello = read_until(&mut live, "event: connected").await;
    assert!(hello.contains("text/event-stream") && !hello.contains("content-encoding"), "{hello}");

    stop.send(()).expect("the hub runs");
    let served = tokio::time::timeout(Duration::from_secs(3), serving).await.expect("stops in time");
    served.expect("no panic").expect("no fault");
}

#[tokio::test]
async fn a_session_that_has_ended_hears_no_more() {
    let hub = TestHub::embedded().await;
    let (ana, ben) = (hub.operator().await, hub.operator().await);
    let mut streams = Vec::new();
    for client in [&ana, &ben] {
        let cookie = format!("ehub_session={}", client.cookie("ehub_session").expect("signed in"));
        let request = Request::get("/live").header("cookie", cookie).body(Body::empty()).expect("a request");
        let answer = hub.app().router().oneshot(request).await.expect("answers");
        assert_eq!(answer.status(), 200);
        streams.push(answer.into_body());
    }
    ana.post("/sign-out", &[]).await;
    let at =
        Moment { now: START.parse().expect("an instant"), actor: kernel::Actor::new("test"), entropy: 7 };
    let growth = hub.state().growth();
    growth.save_settings(growth::settings::Settings::default(), &at).await.expect("saved");

    let ana_hears = to_bytes(streams.remove(0), 65_536);
    let heard =
        tokio::time::timeout(Duration::from_secs(10), ana_hears).await.expect("ends").expect("readable");
    let heard = String::from_utf8_lossy(&heard).into_owned();
    assert!(heard.contains("event: connected") && !heard.contains("growth_changed"), "{heard}");

    let ben_hears = to_bytes(streams.remove(0), 65_536);
    let goes_on = tokio::time::timeout(Duration::from_millis(200), ben_hears).await;
    assert!(goes_on.is_err(), "another session goes on");
}
