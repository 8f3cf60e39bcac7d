use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand_xoshiro::Xoshiro256PlusPlus;

/// Where all randomness comes from. The same version and the same seed give the same counts, whatever the number of threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Seed(pub u64);

impl Seed {
    /// An independent seed for the `index`-th part of the work: a job of a cloud, a circuit of a job.
    #[must_use]
    pub fn child(self, index: u64) -> Seed {
        // SplitMix64's finalizer over both words: one flipped bit changes half of the result.
        let mix = |mut z: u64| {
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        Seed(mix(mix(self.0.wrapping_add(0x9e37_79b9_7f4a_7c15)) ^ index.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// One of 2⁶⁴ independent streams of this seed: one per shot of a noisy run, stream 0 where one is enough.
    pub fn stream(self, stream: u64) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::seed_from_u64(self.0);
        rng.set_stream(stream);
        rng
    }

    /// A stream for the points of 0..1 at which shots fall, quicker than [`Seed::stream`]; `part` tells those of one seed apart.
    pub(crate) fn points(self, part: u64) -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(self.child(!part).0)
    }
}
