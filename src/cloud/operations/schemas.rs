//! What payloads look like.

use super::super::Shared;
use super::Call;
use crate::api::{Answer, ErrorBody, Format, Reply};

impl Shared {
    /// The JSON Schema document of a format.
    pub(super) fn get_format_schema(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let id = call.route.named("format");
        let format = Format::named(id).ok_or_else(|| {
            let shown: String = id.chars().take(64).collect();
            ErrorBody::new(404, format!("there is no format {shown:?}, there are {}", Format::ALL.map(Format::id).join(", ")))
        })?;
        let body = format.schema().as_bytes().to_vec();
        Ok(Answer::Plain(Reply { status: 200, headers: Vec::new(), media_type: Reply::JSON.into(), body }))
    }
}
