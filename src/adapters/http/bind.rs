//! Where a server may listen.

use super::Options;
use super::guard::Hosts;
use std::future::poll_fn;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4};
use std::task::{Context, Poll};
use tokio::net::{TcpListener, TcpStream};

/// Where to listen unless told otherwise: this machine only.
pub const DEFAULT_ADDR: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 8000));

/// Where a server accepts connections: at one address, or at both loopback addresses of this machine.
#[derive(Debug)]
pub struct Listeners(Vec<TcpListener>);

impl Listeners {
    /// Listens at an address; for 127.0.0.1 also at `[::1]` with the same port, if there is such an address and nobody has that port,
    /// because `localhost` is the one or the other. Port 0 picks a free one.
    ///
    /// # Errors
    /// If the address cannot be had.
    pub async fn bind(addr: SocketAddr) -> io::Result<Listeners> {
        let first = TcpListener::bind(addr).await?;
        let bound = first.local_addr()?;
        let mut listeners = vec![first];
        if bound.ip() == Ipv4Addr::LOCALHOST {
            listeners.extend(TcpListener::bind((Ipv6Addr::LOCALHOST, bound.port())).await);
        }
        Ok(Listeners(listeners))
    }

    /// Where they listen; the address that was asked for first.
    ///
    /// # Errors
    /// If the system does not tell.
    pub fn addrs(&self) -> io::Result<Vec<SocketAddr>> {
        self.0.iter().map(TcpListener::local_addr).collect()
    }

    /// The next connection at any of them.
    pub(super) async fn accept(&self) -> io::Result<TcpStream> {
        let next = |cx: &mut Context<'_>| {
            let ready = self.0.iter().find_map(|listener| match listener.poll_accept(cx) {
                Poll::Ready(accepted) => Some(accepted.map(|(stream, _)| stream)),
                Poll::Pending => None,
            });
            ready.map_or(Poll::Pending, Poll::Ready)
        };
        poll_fn(next).await
    }
}

impl From<TcpListener> for Listeners {
    fn from(listener: TcpListener) -> Listeners {
        Listeners(vec![listener])
    }
}

/// Why a server must not listen where it was told to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// Nobody has said that other machines may connect.
    #[error("{addr} can be reached from other machines: allow that, or listen on 127.0.0.1 or [::1]")]
    Remote {
        /// Where the server was to listen.
        addr: SocketAddr,
    },
    /// Other machines could use the cloud without a key.
    #[error("{addr} can be reached from other machines: set an API key, or listen on 127.0.0.1 or [::1]")]
    NoKey {
        /// Where the server was to listen.
        addr: SocketAddr,
    },
    /// Other machines could connect, and every one of their requests would be refused.
    #[error("{addr} can be reached from other machines: allow at least one host name by which they may call it")]
    NoHost {
        /// Where the server was to listen.
        addr: SocketAddr,
    },
    /// An origin that no `Origin` header can match.
    #[error("{given:?} is no origin, http:// or https:// with a name and perhaps a port is needed, without path or wildcard")]
    NotAnOrigin {
        /// What was to be allowed.
        given: String,
    },
    /// A host that no `Host` header can match.
    #[error("{given:?} is no host name; a name or an IP address is needed, without scheme, port or wildcard")]
    NotAHost {
        /// What was to be allowed.
        given: String,
    },
}

/// Whether other machines can reach an address.
pub fn is_remote(addr: SocketAddr) -> bool {
    !addr.ip().to_canonical().is_loopback()
}

/// Checks where a server is to listen, before it does. An address other than loopback needs somebody to say so, an API key that was set
/// on purpose, and the names under which other machines will call, because [`serve`](super::serve) answers 403 to every other name.
///
/// # Errors
/// [`BindError::NotAHost`] and [`BindError::NotAnOrigin`] for any address; [`BindError::Remote`], [`BindError::NoKey`] and
/// [`BindError::NoHost`] for one beyond loopback.
pub fn check_bind(addr: SocketAddr, allow_remote: bool, has_key: bool, options: &Options) -> Result<(), BindError> {
    Hosts::new(options, addr.port())?;
    match is_remote(addr) {
        false => Ok(()),
        true if !allow_remote => Err(BindError::Remote { addr }),
        true if !has_key => Err(BindError::NoKey { addr }),
        true if options.allowed_hosts.is_empty() => Err(BindError::NoHost { addr }),
        true => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(hosts: &[&str]) -> Options {
        Options { allowed_hosts: hosts.iter().map(|&host| host.to_owned()).collect(), ..Options::default() }
    }

    fn check(addr: &str, has_key: bool, hosts: &[&str]) -> Result<(), String> {
        check_bind(addr.parse().unwrap(), true, has_key, &options(hosts)).map_err(|error| error.to_string())
    }

    #[test]
    fn loopback_needs_nothing() {
        assert_eq!(check_bind(DEFAULT_ADDR, false, false, &options(&[])), Ok(()));
        for addr in ["127.0.0.1:0", "127.3.2.1:80", "[::1]:8000", "[::ffff:127.0.0.1]:8000"] {
            assert_eq!(check(addr, false, &[]), Ok(()), "{addr}");
        }
    }

    #[test]
    fn beyond_loopback_a_key_and_a_name_are_needed() {
        for addr in ["0.0.0.0:8000", "[::]:8000", "192.168.1.5:8000", "[2001:db8::1]:80"] {
            assert!(check(addr, false, &["cloud"]).unwrap_err().contains("set an API key"), "{addr}");
            assert!(check(addr, true, &[]).unwrap_err().contains("host name"), "{addr}");
            assert_eq!(check(addr, true, &["cloud"]), Ok(()), "{addr}");
            let addr = addr.parse().unwrap();
            assert_eq!(check_bind(addr, false, true, &options(&["cloud"])), Err(BindError::Remote { addr }));
        }
    }

    #[test]
    fn an_origin_that_could_never_match_is_named() {
        let origin = |origin: &str| {
            let options = Options { cors_origins: vec![origin.to_owned()], ..Options::default() };
            check_bind(DEFAULT_ADDR, false, false, &options)
        };
        for given in
            ["", "*", "null", "localhost:3000", "https://", "https://a.b/", "https://a.b/c", "https://*.a.b", "ftp://a.b", "https://a b"]
        {
            assert_eq!(origin(given), Err(BindError::NotAnOrigin { given: given.to_owned() }));
        }
        for given in ["https://a.b", "http://localhost:3000", "http://[::1]:80", "HTTPS://A.b"] {
            assert_eq!(origin(given), Ok(()), "{given}");
        }
    }

    #[tokio::test]
    async fn the_loopback_address_of_ipv6_has_the_same_port_where_it_can_be_had() {
        let listeners = Listeners::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let addrs = listeners.addrs().unwrap();
        assert!(addrs.iter().all(|addr| addr.port() == addrs[0].port() && addr.port() != 0), "{addrs:?}");
        let Some(second) = addrs.get(1) else { return }; // a machine without IPv6
        for addr in [addrs[0], *second] {
            let (called, accepted) = tokio::join!(TcpStream::connect(addr), listeners.accept());
            assert_eq!(called.unwrap().local_addr().unwrap(), accepted.unwrap().peer_addr().unwrap());
        }
        // Somebody has the port there: no reason not to listen here.
        drop(listeners);
        let taken = TcpListener::bind("[::1]:0").await.unwrap();
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, taken.local_addr().unwrap().port()));
        if let Ok(listeners) = Listeners::bind(addr).await {
            assert_eq!(listeners.addrs().unwrap(), [addr]);
        }
        for alone in ["127.0.0.2:0", "[::1]:0"] {
            assert_eq!(Listeners::bind(alone.parse().unwrap()).await.unwrap().addrs().unwrap().len(), 1, "{alone}");
        }
    }

    #[test]
    fn a_host_that_could_never_match_is_named() {
        for host in ["", "*", "*.example.com", "http://cloud", "cloud:8000", "a b", "cloud/", "user@cloud", "[::1", "[cloud]"] {
            let error = check("127.0.0.1:0", true, &["good.example", host]).unwrap_err();
            assert!(error.starts_with(&format!("{host:?}")), "{error}");
        }
        assert_eq!(check("127.0.0.1:0", false, &["cloud", "Cloud.Local.", "10.0.0.7", "::2", "[::2]", "a_b-c"]), Ok(()));
    }
}
