//! What there is to run on.

use super::super::access::Account;
use super::super::{Shared, reply};
use super::Call;
use crate::api::{Answer, BackendReply, ErrorBody, WhoamiReply, time};
use crate::device::Device;
use std::time::Duration;

impl Account {
    pub(super) fn whoami(&self) -> WhoamiReply {
        WhoamiReply { key_id: self.key_id.clone(), key_name: self.key_name.clone(), project_id: self.project.clone() }
    }
}

impl Shared {
    pub(super) fn get_backends(&self) -> Answer {
        Answer::Backends(self.settings.catalog.all().map(|device| self.backend(device)).collect())
    }

    pub(super) fn get_backend(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let name = call.route.named("backend");
        let device = self.settings.catalog.find(name).ok_or_else(|| reply::unknown_backend(404, name, &self.settings.catalog))?;
        Ok(Answer::Backend(Box::new(self.backend(device))))
    }

    fn backend(&self, device: &Device) -> BackendReply {
        BackendReply::of(device, time(self.settings.clock.wall(Duration::ZERO)))
    }
}
