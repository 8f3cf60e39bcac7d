//! From bytes to entries: reads whatever services and their proxies send, and forgets nothing.

use super::digits::{Digits, Form};
use super::finding::{Finding, FindingKind, Severity, shown};
use super::{Entry, Keys, ReceivedMap};
use jiter::{Jiter, JiterError, Peek};

/// How deep objects may lie in one another.
const DEEPEST: usize = 8;

/// The keys behind which services put the map.
const WRAPPERS: [&str; 8] = ["histogram", "probabilities", "data", "results", "result", "output", "outcome", "counts"];

/// The key of v2 formats, whose outcomes are bits, by register.
const REGISTERS: &str = "registers";

/// The register that has all bits.
const ALL_BITS: &str = "output_all";

/// Reads a document: the maps in it, and what is wrong with it as a whole.
pub(super) fn document(bytes: &[u8], keys: Keys) -> (Vec<ReceivedMap>, Vec<Finding>) {
    let whole = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = Reader { bytes: whole, before: bytes.len() - whole.len(), json: Jiter::new(whole).with_allow_inf_nan(), keys };
    match reader.value() {
        Ok(Node::Map(map)) => maps(map),
        Ok(Node::Null(at)) => (Vec::new(), vec![error(FindingKind::Null, "null in place of a result").at(at)]),
        Ok(Node::Other(at, what)) => (Vec::new(), vec![error(FindingKind::Shape, format!("{what} in place of a map of outcomes")).at(at)]),
        Err(problem) => (Vec::new(), vec![reader.not_json(&problem)]),
    }
}

fn error(kind: FindingKind, message: impl Into<String>) -> Finding {
    Finding::new(kind, Severity::Error, message)
}

/// What a value is.
enum Node {
    Map(Map),
    Null(usize),
    Other(usize, &'static str),
}

impl Node {
    fn at(&self) -> usize {
        match self {
            Node::Map(Map { at, .. }) | Node::Null(at) | Node::Other(at, _) => *at,
        }
    }
}

/// An object: its entries that are numbers or should be, and the objects in it.
#[derive(Default)]
struct Map {
    at: usize,
    entries: Vec<Entry>,
    digits: Digits,
    findings: Vec<Finding>,
    inner: Vec<(String, Node)>,
    /// The fewest and the most bits of a key, where keys are bits.
    bits: Option<(usize, usize)>,
    /// Whether an integer, or an exponent, was noted already.
    told: [bool; 2],
    /// How many of the findings are of words under keys that are none: an id, a state.
    words: usize,
}

/// The maps of outcomes in an object, and what is wrong with the document as a whole.
fn maps(map: Map) -> (Vec<ReceivedMap>, Vec<Finding>) {
    let mut wrapping = Vec::new();
    let found = found(map, Vec::new(), &mut wrapping);
    (found, wrapping)
}

/// Where something else stands beside the map of a wrapper nothing is chosen: who can tell which of the two was meant?
fn found(mut map: Map, path: Vec<String>, wrapping: &mut Vec<Finding>) -> Vec<ReceivedMap> {
    if let Some((name, at)) = map.repeated_name() {
        wrapping.push(error(FindingKind::DuplicateKey, format!("the result of {name:?} is there twice")).of(name, None).at(at));
    }
    let registers = path.last().is_some_and(|key| key == REGISTERS);
    let Some(index) = map.inner.iter().position(|(key, _)| is_wrapper(key)) else { return unwrapped(map, wrapping) };
    let (key, node) = map.inner.swap_remove(index);
    let beside = map.beside(registers && key == ALL_BITS);
    let path = [path, vec![key]].concat();
    if let Some((other, at)) = beside {
        let message = format!("there is {other} beside {}, either may be the result", path.join("."));
        wrapping.push(error(FindingKind::Shape, message).at(at));
        return Vec::new();
    }
    match node {
        Node::Map(inner) => {
            if path.last().is_some_and(|key| key != REGISTERS && key != ALL_BITS) {
                let message = format!("the outcomes are inside of {:?}", path.join("."));
                wrapping.push(Finding::new(FindingKind::Wrapped, Severity::Note, message).at(inner.at));
            }
            found(inner, path, wrapping)
        }
        Node::Null(at) => {
            wrapping.push(error(FindingKind::Null, format!("{} is null", path.join("."))).at(at));
            Vec::new()
        }
        Node::Other(at, what) => {
            wrapping.push(error(FindingKind::Shape, format!("{} is {what}, a map of outcomes is needed", path.join("."))).at(at));
            Vec::new()
        }
    }
}

fn is_wrapper(key: &str) -> bool {
    WRAPPERS.contains(&key) || key == REGISTERS || key == ALL_BITS
}

/// The maps by name of several circuits, or the entries of one.
fn unwrapped(mut map: Map, wrapping: &mut Vec<Finding>) -> Vec<ReceivedMap> {
    if map.entries.is_empty() && map.findings.is_empty() && !map.inner.is_empty() {
        return map.inner.into_iter().flat_map(|(name, node)| child(name, node, wrapping)).collect();
    }
    let strange = map.inner.into_iter().map(|(key, node)| match node {
        Node::Null(at) => error(FindingKind::Null, format!("the value of {key:?} is null")).of(&key, Some("null")).at(at),
        Node::Map(Map { at, .. }) | Node::Other(at, _) => {
            error(FindingKind::Value, format!("the value of {key:?} is no number")).of(&key, None).at(at)
        }
    });
    map.findings.extend(strange);
    vec![ReceivedMap { name: None, entries: map.entries, digits: map.digits, bits: map.bits, findings: map.findings }]
}

/// The map of one circuit of several.
fn child(name: String, node: Node, wrapping: &mut Vec<Finding>) -> Vec<ReceivedMap> {
    match node {
        Node::Map(inner) => {
            let at = inner.at;
            let maps = found(inner, vec![name.clone()], wrapping);
            if maps.iter().any(|map| map.name.is_some()) {
                let message = format!("the result of {name:?} is a map of maps with names of their own");
                return vec![alone(&name, error(FindingKind::Shape, message).at(at))];
            }
            maps.into_iter().map(|map| ReceivedMap { name: Some(name.clone()), ..map }).collect()
        }
        Node::Null(at) => vec![alone(&name, error(FindingKind::Null, format!("the result of {name:?} is null")).at(at))],
        Node::Other(at, what) => {
            vec![alone(&name, error(FindingKind::Shape, format!("the result of {name:?} is {what}, a map of outcomes is needed")).at(at))]
        }
    }
}

fn alone(name: &str, finding: Finding) -> ReceivedMap {
    ReceivedMap { name: Some(name.to_owned()), entries: Vec::new(), digits: Digits::default(), bits: None, findings: vec![finding] }
}

struct Reader<'b> {
    bytes: &'b [u8],
    /// Bytes of the document before those: a byte order mark.
    before: usize,
    json: Jiter<'b>,
    keys: Keys,
}

impl Reader<'_> {
    fn value(&mut self) -> Result<Node, JiterError> {
        let peek = self.json.peek()?;
        let node = self.node(peek, self.keys, 0)?;
        self.json.finish()?;
        Ok(node)
    }

    fn node(&mut self, peek: Peek, keys: Keys, depth: usize) -> Result<Node, JiterError> {
        let at = self.at();
        Ok(match peek {
            Peek::Object if depth < DEEPEST => Node::Map(self.map(keys, depth)?),
            Peek::Null => {
                self.json.known_null()?;
                Node::Null(at)
            }
            _ => {
                self.json.known_skip(peek)?;
                Node::Other(at, kind(peek))
            }
        })
    }

    fn at(&self) -> usize {
        self.before + self.json.current_index()
    }

    fn map(&mut self, keys: Keys, depth: usize) -> Result<Map, JiterError> {
        let mut map = Map { at: self.at(), ..Map::default() };
        let mut from = self.json.current_index();
        let mut key = self.json.next_object()?.map(|text| Key::read(text, keys));
        while let Some(read) = key {
            let at = self.before + from + self.bytes[from..].iter().position(|&byte| byte == b'"').unwrap_or(0);
            self.entry(&mut map, read, at, keys, depth)?;
            from = self.json.current_index();
            key = self.json.next_key()?.map(|text| Key::read(text, keys));
        }
        Ok(map)
    }

    fn entry(&mut self, map: &mut Map, key: Key, at: usize, keys: Keys, depth: usize) -> Result<(), JiterError> {
        let peek = self.json.peek()?;
        if peek == Peek::Object || (peek == Peek::Array && matches!(key, Key::Other(_))) {
            let name = key.text();
            let keys = if name == REGISTERS || name == ALL_BITS { Keys::Bits } else { keys };
            let node = self.node(peek, keys, depth + 1)?;
            map.inner.push((name, node));
            return Ok(());
        }
        if let (Key::Other(text), Peek::Null) = (&key, peek) {
            let node = self.node(peek, keys, depth + 1)?;
            map.inner.push((text.clone(), node));
            return Ok(());
        }
        let start = self.json.current_index();
        let (text, number) = match peek {
            Peek::String => {
                let text = self.json.known_str()?.trim().to_owned();
                let number = text.parse().ok();
                (Some(text), number)
            }
            peek if peek.is_num() => (None, Some(self.json.known_float(peek)?)),
            _ => {
                self.json.known_skip(peek)?;
                (None, None)
            }
        };
        let token = self.json.slice_to_current(start);
        let value = map.value(&key, at, peek, number, text.as_deref(), token);
        map.words += usize::from(matches!(key, Key::Other(_)) && number.is_none());
        match (key, value) {
            (Key::Outcome(outcome), Some(value)) => map.entries.push(Entry { outcome, value, at }),
            (Key::Bits(outcome, bits), Some(value)) => {
                let (fewest, most) = map.bits.unwrap_or((bits, bits));
                map.bits = Some((fewest.min(bits), most.max(bits)));
                map.entries.push(Entry { outcome, value, at });
            }
            (Key::Loose(outcome, text), Some(value)) => {
                // Base-10 integers have no zeros in front, and bits of two qubits or more have them, or are too large.
                let (severity, message) = match text.starts_with('0') {
                    true => (Severity::Error, format!("the key {text:?} begins with 0, as bits do; {} are needed", keys.name())),
                    false => (Severity::Warning, format!("the key {text:?} is an outcome in another spelling, {outcome}")),
                };
                map.findings
                    .push(Finding::new(FindingKind::Key, severity, message).of(&text, Some(&String::from_utf8_lossy(token))).at(at));
                map.entries.push(Entry { outcome, value, at });
            }
            (Key::Other(text), Some(_)) => {
                let message = format!("the key {:?} is no outcome, {} are needed", shown(&text), keys.name());
                map.findings.push(error(FindingKind::Key, message).of(&text, Some(&String::from_utf8_lossy(token))).at(at));
            }
            (_, None) => {}
        }
        Ok(())
    }

    fn not_json(&self, problem: &JiterError) -> Finding {
        let beginning = String::from_utf8_lossy(&self.bytes[..self.bytes.len().min(60)]).into_owned();
        let what = match self.bytes.trim_ascii_start() {
            [] => "the answer is empty".to_owned(),
            [b'<', ..] => format!("this is HTML or XML, no JSON; it begins with {beginning:?}"),
            _ => format!("no JSON: {}, {}; it begins with {beginning:?}", problem.error_type, self.json.error_position(problem.index)),
        };
        error(FindingKind::NotJson, what).at(self.before + problem.index)
    }
}

impl Map {
    /// An object in it whose name another one has.
    fn repeated_name(&self) -> Option<(&str, usize)> {
        let mut names = std::collections::HashSet::new();
        self.inner.iter().find(|(name, _)| !names.insert(name)).map(|(name, node)| (name.as_str(), node.at()))
    }

    /// What stands beside the map that was taken out, if numbers may be in it: words and nulls say nothing, and of registers the one with
    /// all bits has those of the others.
    fn beside(&self, all_bits: bool) -> Option<(String, usize)> {
        if let Some(entry) = self.entries.first() {
            return Some((format!("an entry, of outcome {},", entry.outcome), entry.at));
        }
        if self.findings.len() > self.words {
            return Some(("an entry that is none".to_owned(), self.at));
        }
        let silent = |node: &Node| matches!(node, Node::Null(_)) || (all_bits && matches!(node, Node::Map(_)));
        let other = self.inner.iter().find(|(_, node)| !silent(node));
        other.map(|(name, node)| (format!("{:?}", shown(name)), node.at()))
    }

    /// A value that should be a number, and what is unusual about it.
    fn value(&mut self, key: &Key, at: usize, peek: Peek, number: Option<f64>, text: Option<&str>, token: &[u8]) -> Option<f64> {
        if let Some(value) = number.filter(|value| value.is_finite() && peek != Peek::String) {
            let form = self.digits.see(token, value);
            self.note_form(form, key, at, token);
            return Some(value);
        }
        // From here on something is odd.
        let name = key.text();
        let token = &*String::from_utf8_lossy(token);
        let mut tell =
            |kind, severity, message: String| self.findings.push(Finding::new(kind, severity, message).of(&name, Some(token)).at(at));
        match number {
            None if peek == Peek::Null => tell(FindingKind::Null, Severity::Error, format!("the value of {name:?} is null")),
            None => tell(FindingKind::Value, Severity::Error, format!("the value of {name:?} is {}, a number is needed", kind(peek))),
            Some(value) if !value.is_finite() => {
                tell(FindingKind::NonFinite, Severity::Error, format!("non-finite value {} at key {name:?}", shown(token)));
            }
            Some(value) => {
                tell(FindingKind::TextValue, Severity::Warning, format!("the value of {name:?} is a text, {}", shown(token)));
                self.digits.see(text.unwrap_or_default().as_bytes(), value);
                return Some(value);
            }
        }
        None
    }

    /// Forms that some readers have stumbled over, told once each.
    fn note_form(&mut self, form: Form, key: &Key, at: usize, token: &[u8]) {
        let (told, kind, what) = match form {
            Form::Integer => (&mut self.told[0], FindingKind::Integer, "without a decimal point"),
            Form::Scientific => (&mut self.told[1], FindingKind::Scientific, "with an exponent"),
            Form::Decimal => return,
        };
        if !std::mem::replace(told, true) {
            let token = &*String::from_utf8_lossy(token);
            let message = format!("a number {what}, {token}; there may be more");
            self.findings.push(Finding::new(kind, Severity::Note, message).of(&key.text(), Some(token)).at(at));
        }
    }
}

/// A key as it is read.
enum Key {
    /// An outcome as the format has it.
    Outcome(u64),
    /// The same in so many bits.
    Bits(u64, usize),
    /// An outcome that the format spells otherwise, such as ` 7` or `007`.
    Loose(u64, String),
    Other(String),
}

impl Key {
    fn read(text: &str, keys: Keys) -> Key {
        match keys {
            Keys::Decimal => {
                let plain = text.len() == 1 || text.starts_with(|first| matches!(first, '1'..='9'));
                match text.parse::<u64>() {
                    Ok(outcome) if plain => return Key::Outcome(outcome),
                    _ => {}
                }
                match text.trim().parse::<u64>() {
                    Ok(outcome) => Key::Loose(outcome, text.to_owned()),
                    Err(_) => Key::Other(text.to_owned()),
                }
            }
            Keys::Bits => match u64::from_str_radix(text, 2) {
                Ok(outcome) if text.len() <= 64 && !text.starts_with('+') => Key::Bits(outcome, text.len()),
                _ => Key::Other(text.to_owned()),
            },
        }
    }

    fn text(&self) -> String {
        match self {
            Key::Outcome(outcome) => outcome.to_string(),
            Key::Bits(outcome, bits) => format!("{outcome:0bits$b}"),
            Key::Loose(_, text) | Key::Other(text) => text.clone(),
        }
    }
}

fn kind(peek: Peek) -> &'static str {
    match peek {
        Peek::Null => "null",
        Peek::True | Peek::False => "true or false",
        Peek::String => "a text",
        Peek::Array => "a list",
        Peek::Object => "an object that lies too deep",
        _ => "a number",
    }
}
