use crate::api::{ErrorBody, Validation};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The fields that have other names in v0.3, and where.
const RENAMED: [(&str, &str, &str); 3] = [
    ("payload", "backend", "target"),
    ("query", "ids", "id"),
    ("payload", "settings.error_mitigation.debiasing", "error_mitigation.debias"),
];

/// An error that names its fields as the request of v0.3 has them.
pub(in crate::api) fn error(error: ErrorBody, body: &[u8]) -> ErrorBody {
    #[derive(Deserialize)]
    struct Old {
        #[serde(rename = "body")]
        _body: IgnoredAny,
    }

    let old = || serde_json::from_slice::<Old>(body).is_ok();
    let ErrorBody { mut message, mut validation, .. } = error;
    let mut in_body = false;
    if let Some(Validation { keys, source }) = &mut validation {
        for key in keys {
            match RENAMED.iter().find(|(place, name, _)| place == source && name == key) {
                Some((_, new, old)) => {
                    if let Some(rest) = message.strip_prefix(new) {
                        message = format!("{old}{rest}");
                    }
                    *key = (*old).to_owned();
                }
                None if is_input(key) && old() => {
                    key.replace_range(..INPUT.len(), "body");
                    in_body = true;
                }
                None => {}
            }
        }
    }
    if in_body && is_input(&message) {
        message.replace_range(..INPUT.len(), "body");
        message = message.replace(" input.", " body.");
    }
    ErrorBody { message, validation, ..error }
}

const INPUT: &str = "input";

/// Whether a path, or a message that begins with one, is about the input.
fn is_input(text: &str) -> bool {
    text.strip_prefix(INPUT).is_some_and(|rest| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(key: &str, message: &str, body: &str) -> (String, String) {
        told_of("payload", key, message, body)
    }

    fn told_of(source: &str, key: &str, message: &str, body: &str) -> (String, String) {
        let told = error(ErrorBody::new(400, message).naming(source, key), body.as_bytes());
        (told.validation.unwrap().keys.remove(0), told.message)
    }

    #[test]
    fn fields_are_named_as_the_request_has_them() {
        let at = |path: &str, text: &str| (path.to_owned(), text.to_owned());
        assert_eq!(told("backend", "no such backend", "{}"), at("target", "no such backend"));
        let wrong = "input.circuits[1]: operation 0 (x): no";
        assert_eq!(told("input.circuits[1].circuit[0]", wrong, r#"{"input":{}}"#), at("input.circuits[1].circuit[0]", wrong));
        let right = "body.circuits[1]: operation 0 (x): no";
        assert_eq!(told("input.circuits[1].circuit[0]", wrong, r#"{"body":{}}"#), at("body.circuits[1].circuit[0]", right));
        assert_eq!(told("inputs", "inputs are wrong", r#"{"body":{}}"#), at("inputs", "inputs are wrong"));
        assert_eq!(told_of("query", "ids", "ids has 1001 entries", ""), at("id", "id has 1001 entries"));
        assert_eq!(told("ids", "ids has 0 entries", r#"{"ids":[]}"#), at("ids", "ids has 0 entries"));
        assert_eq!(told("input", "input is missing", "no JSON"), at("input", "input is missing"));
    }
}
