//! What was measured of the devices, and when.

use super::super::Shared;
use super::super::reply::{bad_query, unknown_backend};
use super::Call;
use crate::api::{Answer, CalibrationReply, CalibrationsReply, CharacterizationReply, CharacterizationsReply, ErrorBody, Query};
use crate::device::{Characterization, Device};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::sync::Arc;
use uuid::Uuid;

/// The most characterizations on a page, and as many as there are on one that was not asked for a length.
const PAGE: usize = 10;

/// The device whose calibrations are meant where none is named.
const CALIBRATED: &str = "qpu";

impl Shared {
    pub(super) fn get_characterizations(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let device = self.device(call.route.named("backend"))?;
        let limit = whole(call.query, "limit", PAGE, PAGE)?;
        let page = whole(call.query, "page", 1, usize::MAX)?;
        let all = within(device, call.query)?;
        let (first, pages) = (limit.saturating_mul(page - 1), all.len().div_ceil(limit));
        let characterizations = all.into_iter().skip(first).take(limit).map(|measured| CharacterizationReply::of(device, measured));
        let characterizations = characterizations.collect();
        Ok(Answer::Characterizations(CharacterizationsReply { characterizations, pages: pages.saturating_sub(page) }))
    }

    pub(super) fn get_current_characterization(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let device = self.device(call.route.named("backend"))?;
        Ok(Answer::Characterization(Box::new(newest(device)?)))
    }

    /// By id, among those of the backend if the path names one.
    pub(super) fn get_characterization(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let (backend, id) = (call.route.named("backend"), call.route.named("id"));
        let devices: Vec<&Arc<Device>> = match backend {
            "" => self.settings.catalog.all().collect(),
            name => vec![self.device(name)?],
        };
        let mut known = devices.into_iter().flat_map(|device| device.characterizations.iter().map(move |measured| (device, measured)));
        let wanted = Uuid::try_parse(id).ok();
        let found = known.find(|(_, measured)| Some(measured.id) == wanted);
        let (device, measured) = found.ok_or_else(|| unknown_characterization(id))?;
        Ok(Answer::Characterization(Box::new(CharacterizationReply::of(device, measured))))
    }

    pub(super) fn get_calibrations(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let device = self.device(CALIBRATED)?;
        let calibrations = within(device, call.query)?.into_iter().map(|measured| CharacterizationReply::of(device, measured).into());
        Ok(Answer::json(&CalibrationsReply { calibrations: calibrations.collect() }))
    }

    pub(super) fn get_current_calibration(&self) -> Result<Answer, ErrorBody> {
        Ok(Answer::json(&CalibrationReply::from(newest(self.device(CALIBRATED)?)?)))
    }

    fn device(&self, name: &str) -> Result<&Arc<Device>, ErrorBody> {
        let catalog = &self.settings.catalog;
        catalog.find(name).ok_or_else(|| unknown_backend(404, name, catalog))
    }
}

fn newest(device: &Device) -> Result<CharacterizationReply, ErrorBody> {
    let measured =
        device.characterization().ok_or_else(|| ErrorBody::new(404, format!("backend {} has no characterization", device.name)))?;
    Ok(CharacterizationReply::of(device, measured))
}

/// What was measured from `start` on and before `end`, newest first.
fn within<'a>(device: &'a Device, query: &Query) -> Result<Vec<&'a Characterization>, ErrorBody> {
    let (start, end) = (instant(query, "start")?, instant(query, "end")?);
    let inside = |at: Timestamp| start.is_none_or(|start| start <= at) && end.is_none_or(|end| at < end);
    Ok(device.characterizations.iter().filter(|measured| inside(measured.date)).collect())
}

/// A day, which begins at midnight UTC, a time, or milliseconds since 1970, which cirq-ionq sends in every version.
fn instant(query: &Query, name: &str) -> Result<Option<Timestamp>, ErrorBody> {
    let Some(text) = query.get(name) else { return Ok(None) };
    let millis = || text.parse().ok().and_then(|millis| Timestamp::from_millisecond(millis).ok());
    let day = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    let found = millis().or_else(|| text.parse().ok()).or_else(day);
    found.map(Some).ok_or_else(|| bad_query(name, text, "a date such as 2025-12-31 or a time such as 2025-12-31T23:59:00Z"))
}

/// A whole number from 1 to `most`.
fn whole(query: &Query, name: &str, absent: usize, most: usize) -> Result<usize, ErrorBody> {
    let Some(text) = query.get(name) else { return Ok(absent) };
    let needed = || if most == usize::MAX { "a whole number ≥ 1".to_owned() } else { format!("a whole number from 1 to {most}") };
    text.parse().ok().filter(|number| (1..=most).contains(number)).ok_or_else(|| bad_query(name, text, &needed()))
}

fn unknown_characterization(id: &str) -> ErrorBody {
    let shown: String = id.chars().take(64).collect();
    ErrorBody::new(404, format!("there is no characterization {shown:?}"))
}
