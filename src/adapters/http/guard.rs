//! What keeps web pages out: the names under which the server is called, and what a browser says about who asks.

use super::refusal::{refuse, shown};
use super::{BindError, Options};
use crate::api::Reply;
use hyper::header::{HOST, HeaderValue, ORIGIN};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method};
use std::net::Ipv6Addr;

/// The names by which the server may be called, and the web pages that may call it.
#[derive(Debug)]
pub(super) struct Hosts {
    names: Vec<String>,
    port: u16,
    /// Origins of other web pages, in lower case.
    pages: Vec<String>,
}

impl Hosts {
    /// The names that always work, and those allowed beside them.
    pub(super) fn new(options: &Options, port: u16) -> Result<Hosts, BindError> {
        let mut names: Vec<String> = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned).into();
        for given in &options.allowed_hosts {
            names.push(normal(given).ok_or_else(|| BindError::NotAHost { given: given.clone() })?);
        }
        let page = |given: &String| origin(given).ok_or_else(|| BindError::NotAnOrigin { given: given.clone() });
        let pages = options.cors_origins.iter().map(page).collect::<Result<_, _>>()?;
        Ok(Hosts { names, port, pages })
    }

    /// Lets a request in that calls the server by its name and that no foreign page has made. Comes before keys and routes.
    pub(super) fn check(&self, head: &Parts) -> Result<(), Reply> {
        let mut hosts = head.headers.get_all(HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else {
            return Err(refuse(400, "exactly one Host header is needed"));
        };
        let host = String::from_utf8_lossy(host.as_bytes());
        let target = head.uri.authority().map(|authority| authority.as_str());
        if let Some(foreign) = [Some(&*host), target].into_iter().flatten().find(|name| !self.knows(name)) {
            return Err(refuse(403, format!("host {} is not allowed here", shown(foreign))));
        }
        let inside = head.uri.path().starts_with("/_");
        if self.page(&head.headers).is_some() && !inside {
            return Ok(());
        }
        if head.headers.get_all(ORIGIN).iter().any(|origin| !origin.to_str().is_ok_and(|origin| self.is_origin(origin))) {
            return Err(refuse(403, "requests from other web pages are not allowed"));
        }
        // Another page may only navigate to what anybody may read.
        let harmless = head.method == Method::GET && !inside;
        if !harmless && is_from_elsewhere(&head.headers) {
            return Err(refuse(403, "requests from other web sites are not allowed"));
        }
        Ok(())
    }

    /// The web page that asks, if it is one of those that may.
    pub(super) fn page<'h>(&self, headers: &'h HeaderMap) -> Option<&'h HeaderValue> {
        let mut origins = headers.get_all(ORIGIN).iter();
        let (origin, None) = (origins.next()?, origins.next()) else { return None };
        let known = self.pages.iter().any(|page| page.as_bytes() == origin.as_bytes());
        known.then_some(origin)
    }

    /// Whether any web page may ask, so that answers depend on which one does.
    pub(super) fn has_pages(&self) -> bool {
        !self.pages.is_empty()
    }

    /// Whether an authority, `name[:port]`, names this server; the port may have been forwarded.
    fn knows(&self, authority: &str) -> bool {
        split(authority).is_some_and(|(name, _)| self.names.iter().any(|known| known.eq_ignore_ascii_case(name)))
    }

    /// Whether an origin is this server's own: a page that was loaded from it.
    fn is_origin(&self, origin: &str) -> bool {
        let Some(authority) = origin.strip_prefix("http://") else { return false };
        self.knows(authority) && split(authority).is_some_and(|(_, port)| port.unwrap_or(80) == self.port)
    }
}

/// Whether a browser says that another site asks.
fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    let elsewhere = |value: &[u8]| value.eq_ignore_ascii_case(b"cross-site") || value.eq_ignore_ascii_case(b"same-site");
    headers.get_all("sec-fetch-site").iter().any(|value| elsewhere(value.as_bytes()))
}

/// The name and the port of `name[:port]`. One dot at the end of a name means the same name.
fn split(authority: &str) -> Option<(&str, Option<u16>)> {
    let end = match authority.starts_with('[') {
        true => authority.find(']')? + 1,
        false => authority.find(':').unwrap_or(authority.len()),
    };
    let (name, rest) = authority.split_at(end);
    let port = match rest.strip_prefix(':') {
        Some(digits) if digits.bytes().all(|digit| digit.is_ascii_digit()) => Some(digits.parse().ok()?),
        None if rest.is_empty() => None,
        _ => return None,
    };
    Some((name.strip_suffix('.').unwrap_or(name), port))
}

/// An origin as browsers write it, if it is one.
fn origin(given: &str) -> Option<String> {
    let lower = given.to_ascii_lowercase();
    let authority = lower.strip_prefix("http://").or_else(|| lower.strip_prefix("https://"))?;
    let (name, _) = split(authority)?;
    normal(name).map(|_| lower)
}

/// A host as `Host` headers spell it, if it is one.
fn normal(given: &str) -> Option<String> {
    let bare = given.strip_prefix('[').map_or(Some(given), |rest| rest.strip_suffix(']'))?;
    if let Ok(address) = bare.parse::<Ipv6Addr>() {
        return Some(format!("[{address}]"));
    }
    let name = given.strip_suffix('.').unwrap_or(given);
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    is_name.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> Hosts {
        let allowed_hosts = vec!["Cloud.Local.".to_owned(), "2001:DB8::1".to_owned()];
        Hosts::new(&Options { allowed_hosts, ..Options::default() }, 8000).unwrap()
    }

    #[test]
    fn a_host_is_known_by_its_whole_name_only() {
        let hosts = hosts();
        for known in [
            "localhost",
            "LocalHost",
            "localhost.",
            "localhost:8000",
            "localhost.:1",
            "127.0.0.1:65535",
            "[::1]",
            "[::1]:8000",
            "cloud.local",
            "CLOUD.LOCAL.:80",
            "[2001:db8::1]:8000",
        ] {
            assert!(hosts.knows(known), "{known}");
        }
        for foreign in [
            "",
            ".",
            ":8000",
            "localhost..",
            "localhost.evil.example",
            "evil.example",
            "evillocalhost",
            "127.0.0.1.nip.io",
            "127.1",
            "0.0.0.0",
            "[::ffff:127.0.0.1]",
            "::1",
            "[::1",
            "[::1]x",
            "[::1]:8000:1",
            "localhost:",
            "localhost:+80",
            "localhost:65536",
            "localhost:8000x",
            "localhost@evil.example",
            "evil.example@localhost",
            "localhost evil",
            "localhost,evil.example",
            "local",
            "2130706433",
        ] {
            assert!(!hosts.knows(foreign), "{foreign}");
        }
    }

    #[test]
    fn an_origin_is_ours_only_with_our_scheme_and_port() {
        let hosts = hosts();
        for ours in ["http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000", "http://cloud.local:8000"] {
            assert!(hosts.is_origin(ours), "{ours}");
        }
        for foreign in [
            "null",
            "",
            "http://localhost",
            "http://localhost:8001",
            "https://localhost:8000",
            "http://evil.example:8000",
            "localhost:8000",
            "http://localhost:8000/",
            "http://localhost:8000.evil.example",
            "http://localhost:8000@evil.example",
            "file://",
        ] {
            assert!(!hosts.is_origin(foreign), "{foreign}");
        }
        assert!(Hosts::new(&Options::default(), 80).unwrap().is_origin("http://localhost"), "port 80 is not written");
    }
}
