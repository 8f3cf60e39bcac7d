//! Where a server may listen.

use super::guard::Hosts;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

/// Where to listen unless told otherwise: this machine only.
pub const DEFAULT_ADDR: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 8000));

/// Why a server must not listen where it was told to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
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
    /// A host that no `Host` header can match.
    #[error("{given:?} is no host name; a name or an IP address is needed, without scheme, port or wildcard")]
    NotAHost {
        /// What was to be allowed.
        given: String,
    },
}

/// Checks where a server is to listen, before it does. An address other than loopback needs an API key that was set on purpose and the
/// names under which other machines will call, because [`serve`](super::serve) answers 403 to every other name.
///
/// # Errors
/// [`BindError::NotAHost`] for any address; [`BindError::NoKey`] and [`BindError::NoHost`] for one beyond loopback.
pub fn check_bind(addr: SocketAddr, has_key: bool, allowed_hosts: &[String]) -> Result<(), BindError> {
    Hosts::new(allowed_hosts, addr.port())?;
    match addr.ip().to_canonical().is_loopback() {
        true => Ok(()),
        false if !has_key => Err(BindError::NoKey { addr }),
        false if allowed_hosts.is_empty() => Err(BindError::NoHost { addr }),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(addr: &str, has_key: bool, hosts: &[&str]) -> Result<(), String> {
        let hosts: Vec<String> = hosts.iter().map(|&host| host.to_owned()).collect();
        check_bind(addr.parse().unwrap(), has_key, &hosts).map_err(|error| error.to_string())
    }

    #[test]
    fn loopback_needs_nothing() {
        assert_eq!(check_bind(DEFAULT_ADDR, false, &[]), Ok(()));
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
