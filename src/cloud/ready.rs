use super::access::Account;
use std::collections::VecDeque;
use std::sync::Arc;
use uuid::Uuid;

/// Jobs that wait for a worker: first come, first served within a project, and the projects in turn, so that one with thousands of
/// circuits does not keep the others waiting.
#[derive(Debug, Default)]
pub(super) struct Ready {
    /// One for each project that has any, the next one first.
    turns: VecDeque<(Arc<Account>, VecDeque<Uuid>)>,
    jobs: usize,
}

impl Ready {
    pub(super) fn push(&mut self, account: &Arc<Account>, job: Uuid) {
        self.jobs += 1;
        match self.turns.iter_mut().find(|(other, _)| other.project == account.project) {
            Some((_, jobs)) => jobs.push_back(job),
            None => self.turns.push_back((Arc::clone(account), VecDeque::from([job]))),
        }
    }

    /// The next one, if there is any, of a project that may have its turn. Others keep their places.
    pub(super) fn pop(&mut self, may: impl Fn(&Account) -> bool) -> Option<Uuid> {
        let turn = self.turns.iter().position(|(account, _)| may(account))?;
        let (account, mut jobs) = self.turns.remove(turn)?;
        let job = jobs.pop_front();
        if !jobs.is_empty() {
            self.turns.push_back((account, jobs));
        }
        self.jobs -= 1;
        job
    }

    pub(super) fn len(&self) -> usize {
        self.jobs
    }

    pub(super) fn is_empty(&self) -> bool {
        self.jobs == 0
    }

    /// Forgets those that nobody waits for any more.
    pub(super) fn retain(&mut self, is_wanted: impl Fn(&Uuid) -> bool) {
        self.turns.iter_mut().for_each(|(_, jobs)| jobs.retain(&is_wanted));
        self.turns.retain(|(_, jobs)| !jobs.is_empty());
        self.jobs = self.turns.iter().map(|(_, jobs)| jobs.len()).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::super::access::{Access, Credential};
    use super::*;
    use crate::api::ApiKey;

    /// Two of different projects.
    fn accounts() -> [Arc<Account>; 2] {
        let mut access = Access::default();
        ["a", "b"].into_iter().for_each(|key| access.add(Credential::new(ApiKey::new(key))));
        ["a", "b"].map(|key| access.authorize(Some(&ApiKey::new(key))).unwrap())
    }

    #[test]
    fn projects_take_turns_and_within_each_the_first_goes_first() {
        let [a, b] = accounts();
        let mut ready = Ready::default();
        let jobs = [(&a, 1), (&a, 2), (&a, 3), (&a, 4), (&b, 5), (&b, 6)];
        jobs.into_iter().for_each(|(account, job)| ready.push(account, Uuid::from_u128(job)));
        assert_eq!(ready.len(), 6);
        ready.retain(|job| job.as_u128() != 3);
        let order: Vec<u128> = std::iter::from_fn(|| ready.pop(|_| true)).map(|job| job.as_u128()).collect();
        assert_eq!((order, ready.is_empty()), (vec![1, 5, 2, 6, 4], true));
    }

    #[test]
    fn a_project_that_may_not_have_its_turn_keeps_its_place() {
        let [a, b] = accounts();
        let mut ready = Ready::default();
        [(&a, 1), (&a, 2), (&b, 3), (&b, 4)].into_iter().for_each(|(account, job)| ready.push(account, Uuid::from_u128(job)));
        let mut pop = |may: &dyn Fn(&Account) -> bool| ready.pop(may).map(|job| job.as_u128());
        assert_eq!(pop(&|account| account.project == b.project), Some(3));
        assert_eq!([pop(&|_| true), pop(&|_| true)], [Some(1), Some(4)]);
        assert_eq!(pop(&|_| false), None);
        assert_eq!((pop(&|_| true), ready.len()), (Some(2), 0));
    }
}
