//! What there is to run on.

use super::super::access::Account;
use super::super::{Shared, reply};
use super::Call;
use crate::api::{Answer, BackendReply, ErrorBody, WhoamiReply, time};
use std::time::Duration;

impl Account {
    pub(super) fn whoami(&self) -> WhoamiReply {
        WhoamiReply { key_id: self.key_id.clone(), key_name: self.key_name.clone(), project_id: self.project.clone() }
    }
}

impl Shared {
    pub(super) fn get_backends(&self) -> Answer {
        Answer::Backends(self.backends().collect())
    }

    pub(super) fn get_backend(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let name = call.route.named("backend");
        let found = self.backends().find(|backend| backend.backend == name);
        found.map(|backend| Answer::Backend(Box::new(backend))).ok_or_else(|| reply::unknown_backend(404, name, &self.settings.catalog))
    }

    fn backends(&self) -> impl Iterator<Item = BackendReply> + '_ {
        let started = time(self.settings.clock.wall(Duration::ZERO));
        self.settings.catalog.all().map(move |device| BackendReply::of(device, started.clone()))
    }
}
