//! Nothing on this machine is reached by a trick.
#![allow(clippy::unwrap_used, reason = "the world of a test is built or the test fails")]

mod support;

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use connect::{ConnectError, EgressError, EgressPolicy, Options, Request};
use support::{Names, Server, answer, client, client_trusting};
use tokio::net::TcpListener;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};

fn is_not_public(outcome: Result<connect::Response, ConnectError>) -> bool {
    matches!(outcome, Err(ConnectError::Egress(EgressError::NotPublic { .. })))
}

#[tokio::test]
async fn a_redirect_into_this_machine_is_an_answer_and_is_not_followed() {
    let inside = Server::answering(|_| answer(200, "", "secret")).await;
    let location = format!("location: http://127.0.0.1:{}/secret\r\n", inside.port);
    let outside = Server::answering(move |_| answer(302, &location, "")).await;
    let client = client_trusting(&[format!("localhost:{}", outside.port)]);
    let response = client.send(&Request::get(&outside.url("/hook")).unwrap()).await.unwrap();
    assert_eq!((response.status.as_u16(), response.attempts), (302, 1));
    assert_eq!((outside.connections(), inside.connections()), (1, 0));
}

#[tokio::test]
async fn one_private_address_among_public_ones_refuses_the_name() {
    for list in [
        &["93.184.215.14", "127.0.0.1"][..],
        &["10.0.0.1", "93.184.215.14"],
        &["2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::1"],
        &["93.184.215.14", "169.254.169.254"],
        &["64:ff9b::7f00:1"],
        &["::ffff:93.184.215.14"],
    ] {
        let names = Names::answering(&[list]);
        let options = Options { resolver: names.clone(), ..Options::default() };
        let client = client(EgressPolicy::public(), options);
        let outcome = client.send(&Request::get("https://hooks.example.com/").unwrap()).await;
        assert!(is_not_public(outcome), "{list:?}");
        assert_eq!(names.asked.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn a_name_that_changes_its_mind_after_the_check_gains_nothing() {
    let inside = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = inside.local_addr().unwrap().port();
    // Public when checked, this machine when asked again: but nobody asks again. 192.0.0.9 is public and silent.
    let names = Names::answering(&[&["192.0.0.9"], &["127.0.0.1"]]);
    let options = Options { resolver: names.clone(), ..Options::default() };
    let client = client(EgressPolicy::public(), options);
    let request = Request::get(&format!("https://rebind.example.com:{port}/")).unwrap();
    let outcome = tokio::time::timeout(Duration::from_secs(8), client.send(&request)).await;
    assert!(!matches!(outcome, Ok(Ok(_))));
    assert_eq!(names.asked.load(Ordering::SeqCst), 1);
    let reached = tokio::time::timeout(Duration::from_millis(50), inside.accept()).await;
    assert!(reached.is_err(), "nobody may have connected");
}

#[tokio::test]
async fn loopback_is_refused_by_name_and_by_number_while_a_server_listens_there() {
    let inside = Server::answering(|_| answer(200, "", "secret")).await;
    let client = client_trusting(&[]);
    for host in ["localhost", "127.0.0.1", "[::1]", "127.1", "0x7f.1", "[::ffff:127.0.0.1]"] {
        let url = format!("https://{host}:{}/", inside.port);
        let outcome = client.send(&Request::get(&url).unwrap()).await;
        assert!(is_not_public(outcome), "{host}");
    }
    assert_eq!(inside.connections(), 0);
}

#[tokio::test]
async fn a_name_without_addresses_is_an_error_of_its_own() {
    let client =
        client(EgressPolicy::public(), Options { resolver: Names::answering(&[&[]]), ..Options::default() });
    let outcome = client.send(&Request::get("https://nowhere.example.com/").unwrap()).await;
    assert!(matches!(outcome, Err(ConnectError::Resolve { host }) if host == "nowhere.example.com"));
}

async fn secure_server() -> u16 {
    let pem = include_bytes!("tls/localhost.pem");
    let certificates = CertificateDer::pem_slice_iter(pem).map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls/localhost.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                if support::read_request(&mut stream).await.is_some() {
                    use tokio::io::AsyncWriteExt as _;
                    let _ = stream.write_all(answer(200, "", "over TLS").as_bytes()).await;
                    let _ = stream.shutdown().await;
                }
            });
        }
    });
    port
}

#[tokio::test]
async fn a_certificate_must_come_from_a_known_authority_and_name_the_host() {
    let port = secure_server().await;
    let sites = [format!("localhost:{port}"), format!("other.example:{port}")];
    let options = || Options {
        resolver: Names::answering(&[&["127.0.0.1"]]),
        authorities_pem: include_bytes!("tls/authority.pem").to_vec(),
        ..Options::default()
    };
    let url = format!("https://localhost:{port}/");

    let knowing = client(support::trusting(&sites), options());
    let response = knowing.send(&Request::get(&url).unwrap()).await.unwrap();
    assert_eq!(&response.body[..], b"over TLS");

    let stranger = client(support::trusting(&sites), Options { authorities_pem: Vec::new(), ..options() });
    assert!(matches!(stranger.send(&Request::get(&url).unwrap()).await, Err(ConnectError::Tls { .. })));

    let other = format!("https://other.example:{port}/");
    assert!(matches!(knowing.send(&Request::get(&other).unwrap()).await, Err(ConnectError::Tls { .. })));
}
