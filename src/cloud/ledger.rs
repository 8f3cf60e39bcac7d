//! What completed jobs came to, by day. It outlives the jobs: deleting one does not make its cost undone.

use super::access::Account;
use super::clock::Clock;
use super::price::Quote;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// The most entries kept of an organization; beyond, its oldest goes.
const MOST: usize = 100_000;

/// What one job came to on one day of UTC.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) account: Arc<Account>,
    /// Its price, and its time on a quantum computer as it was billed.
    pub(super) bill: Quote,
}

/// All entries, by organization, day and job; the circuits of a job count as that job's.
#[derive(Debug)]
pub(super) struct Ledger {
    clock: Clock,
    entries: BTreeMap<String, BTreeMap<(Date, Uuid), Entry>>,
}

impl Ledger {
    pub(super) fn new(clock: Clock) -> Ledger {
        Ledger { clock, entries: BTreeMap::new() }
    }

    /// Forgets all of it.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }

    /// Adds what a circuit came to that was done at a time.
    pub(super) fn add(&mut self, at: Duration, job: Uuid, account: &Arc<Account>, bill: Quote) {
        let day = self.clock.wall(at).to_zoned(TimeZone::UTC).date();
        let fresh = || Entry { account: Arc::clone(account), bill: Quote::default() };
        let own = self.entries.entry(account.organization.clone()).or_default();
        own.entry((day, job)).or_insert_with(fresh).bill += bill;
        if own.len() > MOST {
            own.pop_first();
        }
    }

    /// What an organization's jobs came to from one day to another, both included, in the order of days.
    pub(super) fn of(&self, organization: &str, days: (Date, Date)) -> impl Iterator<Item = (Date, Uuid, &Entry)> {
        let own = self.entries.get(organization).into_iter().flat_map(move |own| own.range((days.0, Uuid::nil())..=(days.1, Uuid::max())));
        own.map(|((day, job), entry)| (*day, *job, entry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ApiKey;
    use crate::cloud::access::{Access, Credential};

    #[test]
    fn a_full_ledger_forgets_the_oldest_day_first() {
        let mut ledger = Ledger::new(Clock::system().starting_at("2026-03-04T23:59:59Z".parse().unwrap()));
        let account = Access::anybody();
        for index in 0..=MOST as u128 {
            let at = Duration::from_secs(u64::from(index > 1));
            ledger.add(at, Uuid::from_u128(index), &account, Quote::default());
        }
        let all = (Date::MIN, Date::MAX);
        let days: Vec<Date> = ledger.of(&account.organization, all).map(|(day, ..)| day).collect();
        assert_eq!((days.len(), days[0].to_string(), days[1].to_string()), (MOST, "2026-03-04".to_owned(), "2026-03-05".to_owned()));
        assert_eq!(ledger.of(&account.organization, all).next().unwrap().1, Uuid::from_u128(1), "the second of its day");
        let mut keys = Access::default();
        keys.add(Credential::new(ApiKey::new("k")).organization("other"));
        let other = keys.authorize(Some(&ApiKey::new("k"))).unwrap();
        assert_eq!(ledger.of(&other.organization, all).count(), 0);
        ledger.add(Duration::ZERO, Uuid::from_u128(0), &other, Quote::default());
        ledger.add(Duration::ZERO, Uuid::from_u128(1 << 100), &account, Quote::default());
        let left = [&account, &other].map(|account| ledger.of(&account.organization, all).count());
        assert_eq!(left, [MOST, 1], "a full one displaces nobody else's entries");
    }
}
