"""Are two distributions the same? Exactly, within shots, or within shots and the noise of a device."""

import math
from dataclasses import dataclass

import numpy as np

FALSE_ALARM = 1e-9  # of one comparison of sampled counts; seeds are fixed, so a test that passed once always passes


def assert_same(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)


def distance(ours, theirs):
    """Total variation: the most by which the two can differ about any event."""
    return np.abs(np.asarray(ours) - np.asarray(theirs)).sum() / 2


def surprises(counts, distribution):
    """{outcome: (count, expected)} where the two are more than five binomial sigmas apart."""
    shots = sum(counts.values())
    distribution = np.asarray(distribution)
    near = 5 * np.sqrt(shots * distribution * (1 - distribution)) + 1
    pairs = {outcome: (counts.get(outcome, 0), shots * p) for outcome, p in enumerate(distribution)}
    return {outcome: pair for outcome, pair in pairs.items() if abs(pair[0] - pair[1]) > near[outcome]}


def of_sampling(shots, outcomes):
    """How far the frequencies of so many shots can be from their distribution: mean, and McDiarmid's bound around it."""
    return math.sqrt(outcomes / shots) / 2 + math.sqrt(math.log(1 / FALSE_ALARM) / (2 * shots))


@dataclass(frozen=True)
class Device:
    """What IonQ publishes of it: depolarizing rates after a gate on one and on two qubits, error of preparing and measuring one."""

    one_qubit: float
    two_qubit: float
    spam: float

    def of_noise(self, one, two, qubits):
        """How far noise can move a distribution.

        Depolarizing at rate r is: nothing with probability 1 - r, else something. So at worst, whatever it does, the
        chance that anything at all happens in `one` and `two` gates and `qubits` measurements.
        """
        return 1 - (1 - self.one_qubit) ** one * (1 - self.two_qubit) ** two * (1 - self.spam) ** qubits


ARIA_1 = Device(0.0005, 0.0133, 1 - 0.9961)
FORTE_1 = Device(0.0002666666666666667, 0.004949333333333333, 1 - 0.9962)
