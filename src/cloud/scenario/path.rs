use serde_json::Value;
use std::fmt;
use std::str::FromStr;

/// Where in a JSON document: `stats.qubits`, `jobs.0.status`, `jobs.*.status` for every element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path(Vec<String>);

impl Path {
    /// Puts a value there, and says whether there was a place for it. A key of an object that is not there yet is added; anything else
    /// that is not there stays away.
    pub(super) fn set(&self, document: &mut Value, to: &Value) -> bool {
        fn set(at: &mut Value, keys: &[String], to: &Value) -> bool {
            let Some((key, rest)) = keys.split_first() else {
                *at = to.clone();
                return true;
            };
            match at {
                Value::Object(object) if rest.is_empty() => {
                    object.insert(key.clone(), to.clone());
                    true
                }
                Value::Object(object) => object.get_mut(key).is_some_and(|inner| set(inner, rest, to)),
                Value::Array(array) if key == "*" => array.iter_mut().filter_map(|inner| set(inner, rest, to).then_some(())).count() > 0,
                Value::Array(array) => {
                    let inner = key.parse::<usize>().ok().and_then(|index| array.get_mut(index));
                    inner.is_some_and(|inner| set(inner, rest, to))
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
            }
        }
        set(document, &self.0, to)
    }
}

impl FromStr for Path {
    type Err = String;

    fn from_str(text: &str) -> Result<Path, String> {
        let keys: Vec<String> = text.split('.').map(str::to_owned).collect();
        match keys.iter().any(String::is_empty) {
            true => Err("names with dots between them, such as stats.qubits".to_owned()),
            false => Ok(Path(keys)),
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_path_reaches_fields_elements_and_all_elements() {
        let document = json!({"stats": {"qubits": 2}, "jobs": [{"status": "ready"}, {"status": "ready"}], "next": "x"});
        let set = |path: &str, to: Value| {
            let mut document = document.clone();
            path.parse::<Path>().unwrap().set(&mut document, &to);
            document
        };
        assert_eq!(set("stats", Value::Null)["stats"], Value::Null);
        assert_eq!(set("stats.circuits", json!(3))["stats"], json!({"qubits": 2, "circuits": 3}));
        assert_eq!(set("jobs.1.status", json!("x"))["jobs"], json!([{"status": "ready"}, {"status": "x"}]));
        assert_eq!(set("jobs.*.status", json!("x"))["jobs"], json!([{"status": "x"}, {"status": "x"}]));
        assert_eq!(set("next.deeper", json!(1)), document, "a text has no fields");
        assert!("a..b".parse::<Path>().is_err() && "".parse::<Path>().is_err());
    }
}
