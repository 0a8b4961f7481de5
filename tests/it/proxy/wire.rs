use std::io;
use std::path::PathBuf;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UnixListener, UnixStream};

/// One end of a connection.
pub(super) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {
    /// Ends it so that the other side sees it broken, not closed.
    fn reset(self: Box<Self>);
}

impl Wire for TcpStream {
    fn reset(self: Box<Self>) {
        let stream = self.into_std().expect("a stream");
        // Without any time to linger, closing it sends a reset.
        let socket = TcpSocket::from_std_stream(stream);
        socket.set_zero_linger().expect("a setting");
    }
}

impl Wire for UnixStream {
    /// A Unix socket knows no reset, only an end.
    fn reset(self: Box<Self>) {}
}

/// Where something listens.
#[derive(Debug, Clone)]
pub(super) enum Place {
    Tcp(String),
    Unix(PathBuf),
}

impl Place {
    pub(super) async fn connect(&self) -> io::Result<Box<dyn Wire>> {
        Ok(match self {
            Self::Tcp(address) => {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                Box::new(stream)
            }
            Self::Unix(path) => Box::new(UnixStream::connect(path).await?),
        })
    }
}

/// Listens at a place.
pub(super) enum Door {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Door {
    pub(super) async fn accept(&self) -> io::Result<Box<dyn Wire>> {
        Ok(match self {
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Box::new(stream)
            }
            Self::Unix(listener) => Box::new(listener.accept().await?.0),
        })
    }
}
