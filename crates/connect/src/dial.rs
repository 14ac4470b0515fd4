//! Connecting: resolve once, judge every address, connect to what was judged.

use std::{
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use hyper::{
    Uri,
    rt::{Read, ReadBufCursor, Write},
};
use hyper_util::{
    client::legacy::connect::{Connected, Connection},
    rt::TokioIo,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};
use url::Url;

use crate::{ConnectError, EgressPolicy, Resolve, Stage, egress::Target};

/// Addresses of one name that are tried.
const TRIED_MAX: usize = 4;
/// The longest time for one address, so that a dead one leaves time for the next.
const ONE_MAX: Duration = Duration::from_secs(3);
/// The longest time for resolving, connecting and the handshake; the limits of a request may cut it short.
const ALL_MAX: Duration = Duration::from_secs(15);

/// Opens connections for hyper.
#[derive(Clone)]
pub(crate) struct Dialer {
    pub(crate) egress: Arc<EgressPolicy>,
    pub(crate) resolver: Arc<dyn Resolve>,
    pub(crate) tls: TlsConnector,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// An open connection, plain or secured.
pub(crate) struct Line(TokioIo<Box<dyn Stream>>);

impl tower::Service<Uri> for Dialer {
    type Response = Line;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<Line, ConnectError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let dialer = self.clone();
        Box::pin(async move {
            let url = Url::parse(&uri.to_string()).map_err(|_| crate::EgressError::NotAUrl)?;
            let target = dialer.egress.target(&url)?;
            let host = target.host.clone();
            timeout(ALL_MAX, dialer.dial(&target))
                .await
                .unwrap_or(Err(ConnectError::Timeout { host, stage: Stage::Connecting }))
        })
    }
}

impl Dialer {
    async fn dial(&self, target: &Target) -> Result<Line, ConnectError> {
        let addresses = self.addresses(target).await?;
        let stream = reach(target, &addresses).await?;
        // Requests are small and complete; waiting to fill packets only delays them.
        let _ = stream.set_nodelay(true);
        if !target.is_tls {
            return Ok(Line(TokioIo::new(Box::new(stream))));
        }
        let refuse = |reason: String| ConnectError::Tls { host: target.host.clone(), reason };
        let name = ServerName::try_from(target.host.clone()).map_err(|error| refuse(error.to_string()))?;
        let secured = self.tls.connect(name, stream).await.map_err(|error| refuse(error.to_string()))?;
        Ok(Line(TokioIo::new(Box::new(secured))))
    }

    async fn addresses(&self, target: &Target) -> Result<Vec<IpAddr>, ConnectError> {
        let addresses = match target.host.parse() {
            Ok(address) => vec![address],
            Err(_) => {
                let resolved = self.resolver.resolve(&target.host).await;
                resolved.map_err(|_| ConnectError::Resolve { host: target.host.clone() })?
            }
        };
        if addresses.is_empty() {
            return Err(ConnectError::Resolve { host: target.host.clone() });
        }
        self.egress.addresses(target, &addresses)?;
        Ok(addresses)
    }
}

async fn reach(target: &Target, addresses: &[IpAddr]) -> Result<TcpStream, ConnectError> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses.iter().take(TRIED_MAX) {
        match timeout(ONE_MAX, TcpStream::connect(SocketAddr::new(*address, target.port))).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = error,
            Err(_) => last = io::Error::from(io::ErrorKind::TimedOut),
        }
    }
    Err(ConnectError::Connect { host: target.host.clone(), reason: last.kind().to_string() })
}

impl Connection for Line {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl Write for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
