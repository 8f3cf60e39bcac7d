use super::ErrorBody;
use secrecy::{ExposeSecret, SecretString};
use std::borrow::Cow;
use std::fmt;

/// The HTTP methods the API uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Method {
    Get,
    Post,
    Put,
    Delete,
}

impl Method {
    /// All of them.
    pub const ALL: [Method; 4] = [Method::Get, Method::Post, Method::Put, Method::Delete];

    /// The name on the request line.
    pub const fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        }
    }

    /// The method of this name.
    pub fn named(name: &str) -> Option<Method> {
        Method::ALL.into_iter().find(|method| method.name() == name)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An API key. It has no `Display`, its `Debug` is a fixed text, and its memory is wiped when dropped.
#[derive(Clone)]
pub struct ApiKey(SecretString);

impl ApiKey {
    /// Takes a key.
    pub fn new(key: impl Into<String>) -> ApiKey {
        ApiKey(SecretString::from(key.into()))
    }

    /// Takes the key out of an `Authorization` header, `apiKey <key>`; the scheme's case does not matter.
    pub fn from_header(value: &str) -> Option<ApiKey> {
        let (scheme, key) = value.split_once(' ')?;
        let key = key.trim();
        (scheme.eq_ignore_ascii_case("apiKey") && !key.is_empty()).then(|| ApiKey::new(key))
    }

    /// The `Authorization` header that carries the key. Handle with care.
    pub fn header(&self) -> String {
        format!("apiKey {}", self.0.expose_secret())
    }

    /// Whether a header can carry it: it is of visible ASCII characters.
    pub fn is_sendable(&self) -> bool {
        let key = self.0.expose_secret();
        !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic())
    }

    /// A text from a service that may have the key in it, without it. Keys that may as well be words are left alone.
    pub fn blacken(&self, text: Vec<u8>) -> Vec<u8> {
        const LEAST: usize = 10;
        let key = self.0.expose_secret().as_bytes();
        if key.len() < LEAST || !text.windows(key.len()).any(|part| part == key) {
            return text;
        }
        let (mut clean, mut rest) = (Vec::with_capacity(text.len()), &text[..]);
        while let Some(at) = rest.windows(key.len()).position(|part| part == key) {
            clean.extend_from_slice(&rest[..at]);
            clean.extend_from_slice(b"[key]");
            rest = &rest[at + key.len()..];
        }
        clean.extend_from_slice(rest);
        clean
    }

    /// Whether two keys are the same, in a time that does not tell where they differ.
    pub fn matches(&self, other: &ApiKey) -> bool {
        let (a, b) = (self.0.expose_secret().as_bytes(), other.0.expose_secret().as_bytes());
        a.len() == b.len() && a.iter().zip(b).fold(0, |differ, (x, y)| differ | (x ^ y)) == 0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey([redacted])")
    }
}

/// A request, free of any HTTP library.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path, such as `/v0.4/jobs`.
    pub path: String,
    /// What follows the `?`.
    pub query: Query,
    /// The key of the `Authorization` header, if there is a usable one.
    pub key: Option<ApiKey>,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
    /// The body, possibly empty.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without key and body.
    pub fn new(method: Method, path: impl Into<String>) -> Request {
        Request { method, path: path.into(), query: Query::default(), key: None, user_agent: None, body: Vec::new() }
    }

    /// The same request with a key.
    #[must_use]
    pub fn key(self, key: Option<ApiKey>) -> Request {
        Request { key, ..self }
    }

    /// The same request with a query.
    #[must_use]
    pub fn query(self, query: Query) -> Request {
        Request { query, ..self }
    }

    /// The same request with a JSON body.
    #[must_use]
    pub fn json(self, body: &impl serde::Serialize) -> Request {
        Request { body: serde_json::to_vec(body).expect("wire types have string keys and serialize"), ..self }
    }
}

/// The parameters of a query in the order they came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads what follows the `?`, percent-decoding it.
    pub fn parse(text: &str) -> Query {
        Query(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The same query with one more parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Query {
        self.0.push((name.to_owned(), value.into()));
        self
    }

    /// Names and values, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The last value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a list parameter, repeated or separated by commas.
    pub fn list(&self, name: &str) -> Option<Vec<&str>> {
        let values: Vec<&str> = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect();
        (!values.is_empty()).then(|| values.into_iter().flat_map(|value| value.split(',')).map(str::trim).collect())
    }

    /// The query as it goes behind the `?`; empty if there is none.
    pub fn encode(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }
}

impl FromIterator<(String, String)> for Query {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(parameters: I) -> Query {
        Query(parameters.into_iter().collect())
    }
}

/// A reply, free of any HTTP library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// Headers beside `Content-Type`.
    pub headers: Vec<(&'static str, String)>,
    /// What the body is; JSON with few exceptions.
    pub media_type: Cow<'static, str>,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// The media type of nearly every body.
    pub const JSON: &'static str = "application/json";
    /// That of a program text.
    pub const TEXT: &'static str = "text/plain; charset=utf-8";

    /// A reply with a JSON body.
    pub fn json(status: u16, body: &impl serde::Serialize) -> Reply {
        let body = serde_json::to_vec(body).expect("wire types have string keys and serialize");
        Reply { body, ..Reply::empty(status) }
    }

    /// A reply whose body is still to come.
    pub(crate) fn empty(status: u16) -> Reply {
        Reply { status, headers: Vec::new(), media_type: Cow::Borrowed(Self::JSON), body: Vec::new() }
    }

    /// A reply that says what is wrong, and when another try may do better.
    pub fn error(body: &ErrorBody) -> Reply {
        let headers = body.retry_after.map(|seconds| ("retry-after", seconds.to_string()));
        Reply { headers: headers.into_iter().collect(), ..Reply::json(body.status_code, body) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_in_its_header_and_nowhere_else() {
        let key = ApiKey::from_header("apikey CANARY-71").unwrap();
        assert_eq!(key.header(), "apiKey CANARY-71");
        let request = Request::new(Method::Get, "/v0.4/jobs").key(Some(key.clone()));
        assert!(!format!("{key:?} {request:?}").contains("CANARY"));
        assert!(key.matches(&ApiKey::new("CANARY-71")) && !key.matches(&ApiKey::new("CANARY-72")) && !key.matches(&ApiKey::new("CANARY")));
    }

    #[test]
    fn a_service_that_repeats_the_key_does_not_get_it_into_a_text() {
        let key = ApiKey::new("CANARY-0123456789");
        let clean = |text: &str| String::from_utf8(key.blacken(text.into())).unwrap();
        assert_eq!(clean("bad key CANARY-0123456789, not CANARY-0123456789CANARY-012345678"), "bad key [key], not [key]CANARY-012345678");
        assert_eq!(clean("{}"), "{}");
        assert_eq!(ApiKey::new("key").blacken(b"no such key".into()), b"no such key", "a word is a word");
    }

    #[test]
    fn only_the_api_key_scheme_with_a_key_counts() {
        for header in ["", "apiKey", "apiKey ", "Bearer abc", "abc", "Basic YTpi"] {
            assert!(ApiKey::from_header(header).is_none(), "{header:?}");
        }
    }

    #[test]
    fn lists_come_repeated_or_with_commas() {
        let query = Query::parse("ids=a&ids=b,c&limit=5&status=ready%20or%20not");
        assert_eq!(query.list("ids"), Some(vec!["a", "b", "c"]));
        assert_eq!((query.get("limit"), query.get("status"), query.list("next")), (Some("5"), Some("ready or not"), None));
        assert_eq!(Query::parse(&query.encode()), query);
    }
}
