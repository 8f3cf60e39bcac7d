"""Where our answers are not as IonQ's document says, because an SDK would not work with what it says. The whole list.

Everything else that differs is an error. `tests/sdk/run` also fails when an entry is no longer needed.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Forced:
    name: str
    operation: str  # regular expressions, whole match
    where: str
    message: str
    reason: str
    agent: str = ".*"

    def covers(self, finding):
        return (
            re.fullmatch(self.operation, finding.operation)
            and re.fullmatch(self.where, finding.where)
            and re.search(self.message, finding.message)
            and re.match(self.agent, finding.agent)
        )


JOB = r"(GET /jobs/\{UUID\}|GET /jobs|GET /sessions/\{session_id\}/jobs)"

ALL = [
    Forced(
        "no_next_for_cirq",
        operation=r"GET /jobs",
        where="",
        message="'next' is a required property",
        agent="cirq/",
        reason="cirq-ionq asks for the same page for ever as long as the key is there, null or not",
    ),
    Forced(
        "no_failure_for_cirq",
        operation=JOB,
        where=r"(jobs/\d+)?",
        message="'failure' is a required property",
        agent="cirq/",
        reason="cirq-ionq looks for a message inside of failure: null",
    ),
    Forced(
        "url_of_results",
        operation=r"GET /jobs/\{UUID\}",
        where=r"results/(probabilities|histogram|shots)",
        message=r"Additional properties are not allowed \('url' was unexpected\)",
        reason="qiskit-ionq and pennylane-ionq read results.probabilities.url, as in the contract of May 2026",
    ),
    Forced(
        "error_of_failure",
        operation=JOB,
        where=r"(jobs/\d+/)?failure",
        message=r"Additional properties are not allowed \('error' was unexpected\)",
        reason="cirq-ionq and qiskit-ionq read failure.error, not failure.message",
    ),
    Forced(
        "warning_of_a_job",
        operation=JOB,
        where=r"(jobs/\d+)?",
        message=r"Additional properties are not allowed \('warning' was unexpected\)",
        reason="cirq-ionq shows the messages of a job's warning, as v0.3 has it; it is how a job tells of numbers that look wrong",
    ),
    Forced(
        "seconds_are_fractions",
        operation=r"GET /backends/\{backend\}/characterizations(/\{UUID\})?",
        where=r"(characterizations/\d+/)?timing/.*",
        message="is not of type 'integer'",
        reason="times are in seconds and a gate takes less than one; the type is an error of the contract",
    ),
    Forced(
        "aggregate_where_the_flag_of_cirq_points",
        operation=r"GET /jobs/\{UUID\}/results/probabilities",
        where=r"[0-9a-f-]{36}",
        message="is not of type 'number'",
        reason="cirq-ionq asks for a batch's results in the form of the job that it created last",
    ),
    Forced(
        "estimate_of_both_revisions",
        operation=r"GET /jobs/estimate",
        where="",
        message=r"Additional properties are not allowed \('cost_unit', 'estimated_cost', 'input_values', 'rate_information'",
        reason="qiskit-ionq reads the estimate in the form of May 2026",
    ),
]


def forgive(finding):
    """The entry that covers this finding, or None."""
    return next((entry for entry in ALL if entry.covers(finding)), None)
