//! One page of a list of jobs, and what a scenario makes of it.

use super::super::job::Job;
use super::super::scenario::{Paging, disordered};
use crate::outcome::Seed;
use rand::RngExt;
use std::iter::Peekable;
use uuid::Uuid;

/// The most bytes of metadata on one page, beyond the first job: with much of it a page is shorter.
const MOST_METADATA: usize = 2 << 20;

/// Some jobs of a list, the newest first.
pub(super) struct Page<'a> {
    pub(super) jobs: Vec<&'a Job>,
    /// The cursor of the next page, if there is one: the last job of this one.
    pub(super) next: Option<Uuid>,
}

impl<'a> Page<'a> {
    /// The first of the jobs, so many at most.
    pub(super) fn of(jobs: &mut Peekable<impl Iterator<Item = &'a Job>>, limit: usize) -> Page<'a> {
        let (mut page, mut bytes) = (Vec::<&Job>::new(), 0);
        while page.len() < limit
            && let Some(job) = jobs.next_if(|job| page.is_empty() || bytes + job.metadata_bytes() <= MOST_METADATA)
        {
            bytes += job.metadata_bytes();
            page.push(job);
        }
        let next = if jobs.peek().is_some() { page.last().map(|job| job.id) } else { None };
        Page { jobs: page, next }
    }

    /// The page after a fault, which was asked for with a cursor, that of a job which may still be there.
    pub(super) fn suffer(mut self, (paging, seed): (Paging, Seed), cursor: Option<Uuid>, before: Option<&'a Job>) -> Page<'a> {
        match paging {
            Paging::Loop => self.next = cursor.or(self.next).or(self.jobs.last().map(|job| job.id)),
            Paging::Overlap => match before {
                Some(job) => self.jobs.insert(0, job),
                None => self.jobs.extend(self.jobs.last().copied()),
            },
            Paging::Shuffled => self.jobs = disordered(self.jobs, seed),
            Paging::ForgetEntry if self.jobs.is_empty() => {}
            Paging::ForgetEntry => drop(self.jobs.remove(seed.stream(0).random_range(..self.jobs.len()))),
        }
        self
    }
}
