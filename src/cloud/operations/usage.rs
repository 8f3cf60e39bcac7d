//! What an organization's jobs came to, from the ledger.

use super::super::Shared;
use super::super::ledger::Entry;
use super::super::price::{Dollars, Quote};
use super::super::reply::bad_query;
use super::Call;
use crate::api::{Answer, ErrorBody, GroupUsage, Query, UsageAmount, UsageEntry, UsageGroup, UsagePeriod, UsageReply};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// How many groups of a period are listed.
const GROUPS: usize = 5;
/// The group of all jobs that are not of the asking key's project: the organization pays for them, their ids and names are not its.
const OTHERS: &str = "other projects";
/// How amounts of a report name their unit.
const UNIT: &str = "USD";

impl Shared {
    /// Jobs count in the period in which they were completed. Those on a simulator take no time of a quantum computer and cost
    /// nothing.
    pub(super) fn get_usage(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let organization = call.route.named("organization");
        call.account.check_organization(organization)?;
        let asked = Asked::read(call.query)?;
        // Copied under the lock, added up without it.
        let entries: Vec<(Date, Uuid, Entry, Option<String>)> = {
            let state = self.state();
            let name = |job| state.jobs.get(&job).filter(|_| asked.group == UsageGroup::Job).and_then(|job| job.name.clone());
            let found = state.ledger.of(organization, (asked.from, asked.to));
            found.map(|(day, job, entry)| (day, job, entry.clone(), name(job))).collect()
        };
        let mut periods = BTreeMap::<Date, Period>::new();
        for (day, job, entry, name) in entries {
            let is_own = entry.account.project == call.account.project;
            let (id, name) = match asked.group {
                UsageGroup::Job if is_own => (job.to_string(), name),
                UsageGroup::Job => (OTHERS.to_owned(), None),
                UsageGroup::Project => (entry.account.project.clone(), None),
                UsageGroup::User => (entry.account.submitter.clone(), None),
            };
            periods.entry(first_day(day, asked.period)).or_default().add(job, id, name, &entry);
        }
        Ok(Answer::json(&asked.report(organization, periods)))
    }
}

/// What a report is asked for; both days are included.
struct Asked {
    from: Date,
    to: Date,
    group: UsageGroup,
    period: UsagePeriod,
}

impl Asked {
    fn read(query: &Query) -> Result<Asked, ErrorBody> {
        let date = |name| {
            let text = query.get(name).unwrap_or_default();
            // Years of another era, or of five digits, are dates that RFC 3339 cannot write.
            text.parse::<Date>().ok().filter(|date| date.year() >= 0).ok_or_else(|| bad_query(name, text, "a date such as 2026-03-01"))
        };
        let (from, to) = (date("start_date")?, date("end_date")?);
        if to < from {
            return Err(bad_query("end_date", &to.to_string(), "a date not before start_date"));
        }
        let group = named(query, "group_by", &UsageGroup::ALL, UsageGroup::name)?;
        let period = named(query, "modality", &UsagePeriod::ALL, UsagePeriod::name)?;
        Ok(Asked { from, to, group, period })
    }

    fn report(&self, organization: &str, periods: BTreeMap<Date, Period>) -> UsageReply {
        let midnight = |day: Date| format!("{day}T00:00:00Z");
        let mut all = Sum::default();
        periods.values().for_each(|period| all.join(&period.sum));
        UsageReply {
            start_date: self.from.to_string(),
            end_date: self.to.to_string(),
            usage_from: midnight(self.from),
            usage_to: midnight(self.to.saturating_add(1.day())),
            organization: organization.to_owned(),
            group_type: self.group,
            modality: self.period,
            usage_unit: UNIT.to_owned(),
            amount_total: all.bill.cost.value(),
            amount_totals: amounts(all.bill.cost),
            job_count: all.jobs.len() as u64,
            time_us_total: all.bill.quantum_us as f64,
            usage_data: periods.into_iter().rev().map(|(from, period)| period.entry(from)).collect(),
        }
    }
}

/// One of the words that a parameter may be.
fn named<T: Copy>(query: &Query, name: &str, all: &[T], spell: fn(T) -> &'static str) -> Result<T, ErrorBody> {
    let text = query.get(name).unwrap_or_default();
    let known = || all.iter().map(|&one| spell(one)).collect::<Vec<_>>().join(", ");
    all.iter().copied().find(|&one| spell(one) == text).ok_or_else(|| bad_query(name, text, &format!("one of {}", known())))
}

/// The first day of the period that a day is in.
fn first_day(day: Date, period: UsagePeriod) -> Date {
    match period {
        UsagePeriod::Daily => day,
        UsagePeriod::Weekly => day.saturating_sub(i64::from(day.weekday().since(Weekday::Monday)).days()),
        UsagePeriod::Monthly => day.first_of_month(),
    }
}

/// What several entries come to. A job that took more than a day has several, and is one job.
#[derive(Default)]
struct Sum {
    jobs: BTreeSet<Uuid>,
    bill: Quote,
}

impl Sum {
    fn add(&mut self, job: Uuid, entry: &Entry) {
        self.jobs.insert(job);
        self.bill += entry.bill;
    }

    fn join(&mut self, other: &Sum) {
        self.jobs.extend(&other.jobs);
        self.bill += other.bill;
    }
}

#[derive(Default)]
struct Period {
    sum: Sum,
    /// By id, with the group's name.
    groups: BTreeMap<String, (String, Sum)>,
}

impl Period {
    /// Adds an entry to a group, whose name is its id if it has none.
    fn add(&mut self, job: Uuid, id: String, name: Option<String>, entry: &Entry) {
        self.sum.add(job, entry);
        let name = name.unwrap_or_else(|| id.clone());
        self.groups.entry(id).or_insert_with(|| (name, Sum::default())).1.add(job, entry);
    }

    fn entry(self, from: Date) -> UsageEntry {
        let mut groups: Vec<_> = self.groups.into_iter().collect();
        groups.sort_by_key(|(_, (_, sum))| Reverse(sum.bill.cost)); // stable: equal ones stay in the order of their ids
        let usage = |(group_id, (group_name, sum)): (String, (String, Sum))| GroupUsage {
            group_id,
            group_name,
            job_count: sum.jobs.len() as u64,
            amount: sum.bill.cost.value(),
            amount_unit: UNIT.to_owned(),
            amounts: amounts(sum.bill.cost),
            time_us: sum.bill.quantum_us as f64,
        };
        UsageEntry {
            from: from.to_string(),
            job_count: self.sum.jobs.len() as u64,
            amount: self.sum.bill.cost.value(),
            amount_unit: UNIT.to_owned(),
            amounts: amounts(self.sum.bill.cost),
            time_us: self.sum.bill.quantum_us as f64,
            group_usages: groups.into_iter().take(GROUPS).map(usage).collect(),
        }
    }
}

fn amounts(cost: Dollars) -> Vec<UsageAmount> {
    vec![UsageAmount { amount: cost.value(), unit: UNIT.to_owned() }]
}
