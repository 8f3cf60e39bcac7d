use crate::outcome::Seed;
use jiff::Timestamp;
use rand::Rng;
use rand::rngs::ChaCha8Rng;
use uuid::Uuid;

/// The id of the first key.
pub(super) const KEY: &str = "01980000-0000-7000-8000-00000000006b";
/// The id of its project.
pub(super) const PROJECT: &str = "01980000-0000-7000-8000-000000000070";
/// The id of its user.
pub(super) const SUBMITTER: &str = "000000000000000000000001";

/// The id of the one organization.
pub(super) const ORGANIZATION: &str = "01980000-0000-7000-8000-00000000006f";

/// Another id like one of those above, by number.
pub(super) fn numbered(id: &str, index: usize) -> String {
    let (head, tail) = id.split_at(id.len() - 12);
    format!("{head}{:012x}", u64::from_str_radix(tail, 16).unwrap_or(0) + ((index as u64) << 8))
}

/// Makes ids: UUIDv7 from clock and seed, each greater than the one before, so that their order is the order of submission.
#[derive(Debug)]
pub(super) struct Ids {
    rng: ChaCha8Rng,
    last: u64,
    counter: u32,
}

impl Ids {
    pub(super) fn new(seed: Seed) -> Ids {
        Ids { rng: seed.stream(u64::MAX), last: 0, counter: 0 }
    }

    pub(super) fn next(&mut self, now: Timestamp) -> Uuid {
        let now = u64::try_from(now.as_millisecond()).unwrap_or(0);
        if now > self.last {
            (self.last, self.counter) = (now, 0);
        } else {
            self.counter += 1;
        }
        // Twelve and six free bits behind version and variant count within a millisecond; beyond, the millisecond moves on.
        if self.counter >= 1 << 18 {
            (self.last, self.counter) = (self.last + 1, 0);
        }
        let mut random = [0u8; 10];
        self.rng.fill_bytes(&mut random);
        let [high, low] = [(self.counter >> 6) as u16, (self.counter & 0x3f) as u16];
        random[..2].copy_from_slice(&high.to_be_bytes());
        random[2] = low as u8;
        uuid::Builder::from_unix_timestamp_millis(self.last, &random).into_uuid()
    }
}

/// The id that a text is. Another spelling of the same number is another text, and no id.
pub(super) fn exact_id(text: &str) -> Option<Uuid> {
    let exact = |id: &Uuid| id.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text;
    Uuid::try_parse(text).ok().filter(exact)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_ascend_within_a_millisecond_and_when_the_calendar_jumps_back() {
        let mut ids = Ids::new(Seed(1));
        let late = Timestamp::from_millisecond(1_800_000_000_000).unwrap();
        let made: Vec<Uuid> = (0..300_000).map(|_| ids.next(late)).chain([ids_after(late)]).collect();
        fn ids_after(at: Timestamp) -> Uuid {
            Ids::new(Seed(1)).next(at.saturating_add(jiff::SignedDuration::from_secs(9)).unwrap())
        }
        assert!(made.is_sorted_by(|a, b| a < b));
        assert!(ids.next(Timestamp::UNIX_EPOCH) > made[299_999]);
        assert_eq!(made[0].get_version_num(), 7);
    }

    #[test]
    fn the_same_seed_and_clock_make_the_same_ids() {
        let at = Timestamp::from_millisecond(1_800_000_000_000).unwrap();
        assert_eq!(Ids::new(Seed(5)).next(at), Ids::new(Seed(5)).next(at));
        assert_ne!(Ids::new(Seed(5)).next(at), Ids::new(Seed(6)).next(at));
    }
}
