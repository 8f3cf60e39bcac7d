//! A look at a body before anything is built from it: what no job needs is refused while it still costs nothing.

use super::{MAX_CIRCUITS, MAX_GATES, RequestError};

/// How deep lists and objects may lie in one another. A job is six deep.
pub const MAX_DEPTH: usize = 32;
/// The most characters of a number; the longest f64 has 24.
pub const MAX_NUMBER: usize = 64;
/// The most objects of a body: every gate and every circuit of the largest job, and the few others that a job has.
pub const MAX_OBJECTS: usize = MAX_GATES + MAX_CIRCUITS + 100;

/// Looks through a body that is to be read as JSON: it is UTF-8, not deep, has no endless numbers, and no more objects than any job can
/// have. Whether it is JSON is left to the reader.
///
/// # Errors
/// [`RequestError::Body`], with line and column.
pub fn screen(body: &[u8]) -> Result<(), RequestError> {
    let refused = |at: usize, problem: String| {
        let line = 1 + body[..at].iter().filter(|&&byte| byte == b'\n').count();
        let column = 1 + body[..at].iter().rev().take_while(|&&byte| byte != b'\n').count();
        Err(RequestError::Body { problem, line, column })
    };
    if let Err(error) = std::str::from_utf8(body) {
        return refused(error.valid_up_to(), "the body is not UTF-8".to_owned());
    }
    let (mut depth, mut objects, mut at) = (0usize, 0, 0);
    while let Some(&byte) = body.get(at) {
        match byte {
            b'"' => at += string(&body[at..]) - 1,
            b'[' | b'{' => {
                depth += 1;
                objects += usize::from(byte == b'{');
                if depth > MAX_DEPTH {
                    return refused(at, format!("too deep, lists and objects may lie {MAX_DEPTH} deep in one another"));
                }
                if objects > MAX_OBJECTS {
                    let most = format!("a job has at most {MAX_GATES} gates in {MAX_CIRCUITS} circuits");
                    return refused(at, format!("too many objects, {most}"));
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'0'..=b'9' | b'-' => {
                let length = number(&body[at..]);
                if length > MAX_NUMBER {
                    return refused(at, format!("a number has {length} characters, at most {MAX_NUMBER} are allowed"));
                }
                at += length - 1;
            }
            _ => {}
        }
        at += 1;
    }
    Ok(())
}

/// How long the string is that begins here, quotes included; all that is left if it does not end.
fn string(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

/// How long the number is that begins here.
fn number(text: &[u8]) -> usize {
    text.iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: impl AsRef<[u8]>) -> String {
        screen(body.as_ref()).unwrap_err().to_string()
    }

    #[test]
    fn depth_counts_where_it_is_not_text() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(screen(nested(32).as_bytes()), Ok(()));
        assert_eq!(refused(nested(33)), "too deep, lists and objects may lie 32 deep in one another, line 1 column 33");
        assert_eq!(refused(format!("{{\n \"a\":{}", "[{".repeat(50_000))), refused(format!("{{\n \"a\":{}", "[{".repeat(16))));
        for harmless in [format!("\"{}\"", "[".repeat(100)), format!("\"\\\"{}\"", "[".repeat(100)), "[]".repeat(100), "]".repeat(100)] {
            assert_eq!(screen(harmless.as_bytes()), Ok(()), "{harmless}");
        }
        assert!(refused(format!("\"\\\\\"{}", "[".repeat(33))).starts_with("too deep"), "the string ended before");
    }

    #[test]
    fn long_numbers_and_bytes_that_are_no_text_are_refused_where_they_are() {
        assert_eq!(screen(format!("[{}]", "9".repeat(64)).as_bytes()), Ok(()));
        let expected = "a number has 65 characters, at most 64 are allowed, line 2 column 5";
        assert_eq!(refused(format!("{{\n\"a\":-0.{}}}", "9".repeat(62))), expected);
        assert_eq!(refused(b"{\"a\":\"\xff\"}"), "the body is not UTF-8, line 1 column 7");
        assert_eq!(screen("\"".as_bytes()), Ok(()), "the reader will say that the string does not end");
        assert_eq!(screen("\"\\".as_bytes()), Ok(()));
    }

    #[test]
    fn as_many_objects_as_the_largest_job_has_pass_and_not_many_more() {
        assert_eq!(screen("{}".repeat(MAX_OBJECTS).as_bytes()), Ok(()));
        assert!(refused("{}".repeat(MAX_OBJECTS + 1)).starts_with("too many objects, a job has at most 150000 gates in 5000 circuits"));
    }
}
