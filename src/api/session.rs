//! `/sessions`: time and money set aside for jobs on one backend.

use super::decode::{loose, maybe_object};
use serde::{Deserialize, Serialize};

/// `POST /sessions`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SessionRequest {
    /// What its jobs run on.
    pub backend: String,
    /// Its limits.
    #[serde(default, deserialize_with = "maybe_object", skip_serializing_if = "Option::is_none")]
    pub settings: Option<SessionLimits>,
}

/// The limits of a session, each absent if there is none. qiskit-ionq may send the numbers as text.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SessionLimits {
    /// How many jobs it takes.
    #[serde(default, deserialize_with = "loose", skip_serializing_if = "Option::is_none")]
    pub job_count_limit: Option<i64>,
    /// How many minutes after its creation it ends.
    #[serde(default, deserialize_with = "loose", skip_serializing_if = "Option::is_none")]
    pub duration_limit_min: Option<i64>,
    /// How much its jobs may cost in all.
    #[serde(default, deserialize_with = "maybe_object", skip_serializing_if = "Option::is_none")]
    pub cost_limit: Option<CostLimit>,
}

/// `settings.cost_limit` of a session.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CostLimit {
    /// The currency; `usd` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The amount; needed.
    #[serde(default, deserialize_with = "loose", skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
}

/// How far a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SessionStatus {
    /// No job has started yet.
    Created,
    /// A job has.
    Started,
    /// It takes no more jobs.
    Ended,
}

/// A session as it is now. Keys that the contract requires are always there, `null` if need be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // the wire's own names
pub struct SessionReply {
    pub id: String,
    pub status: SessionStatus,
    pub active: bool,
    pub created_at: String,
    pub organization_id: String,
    #[serde(default)]
    pub backend: Option<String>,
    #[serde(default)]
    pub project_id: Option<String>,
    #[serde(default)]
    pub creator_id: Option<String>,
    #[serde(default)]
    pub started_at: Option<String>,
    #[serde(default)]
    pub ended_at: Option<String>,
    /// Who ended it; nobody did if its time was over.
    #[serde(default)]
    pub ender_id: Option<String>,
    /// Absent if none were given: ionq-core cannot read `null`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<SessionSettings>,
}

/// `settings` of a session as it is now.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SessionSettings {
    /// As they were given.
    #[serde(flatten)]
    pub limits: SessionLimits,
    /// When the session ends by itself, if its duration is limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
}

/// `GET /sessions`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionsReply {
    /// Whose they are.
    pub organization_id: String,
    /// The newest first.
    pub sessions: Vec<SessionReply>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::decode;

    #[test]
    fn limits_may_be_text_or_absent_and_a_wrong_one_is_named() {
        let body = br#"{"backend":"simulator","settings":{"job_count_limit":"5","cost_limit":{"unit":"usd","value":"9.5"}}}"#;
        let limits = decode::<SessionRequest>(body).unwrap().settings.unwrap();
        assert_eq!((limits.job_count_limit, limits.duration_limit_min, limits.cost_limit.unwrap().value), (Some(5), None, Some(9.5)));
        for (body, field) in [
            (r#"{"settings":{}}"#, "backend"),
            (r#"{"backend":"a","settings":{"job_count_limit":1.5}}"#, "settings.job_count_limit"),
            (r#"{"backend":"a","settings":{"duration_limit_min":"1h"}}"#, "settings.duration_limit_min"),
            (r#"{"backend":"a","settings":{"cost_limit":7}}"#, "settings.cost_limit"),
            (r#"{"backend":"a","settings":{"cost_limit":{"value":[]}}}"#, "settings.cost_limit.value"),
        ] {
            assert_eq!(decode::<SessionRequest>(body.as_bytes()).unwrap_err().field(), field, "{body}");
        }
    }

    #[test]
    fn a_session_without_settings_has_no_key_for_them() {
        let text = r#"{"id":"a","status":"created","active":true,"created_at":"t","organization_id":"o"}"#;
        let reply: SessionReply = serde_json::from_str(text).unwrap();
        let written = serde_json::to_value(&reply).unwrap();
        assert_eq!((written.get("settings"), &written["ender_id"]), (None, &serde_json::Value::Null));
        let settings = SessionSettings { expires_at: Some("t".to_owned()), ..SessionSettings::default() };
        let reply = SessionReply { settings: Some(settings), ..reply };
        assert_eq!(serde_json::to_value(&reply).unwrap()["settings"], serde_json::json!({"expires_at": "t"}));
    }
}
