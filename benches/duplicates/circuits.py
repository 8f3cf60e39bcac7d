"""Circuit number k flips the qubits at which k has a one."""


def flipped(number):
    return [qubit for qubit in range(number.bit_length()) if number >> qubit & 1]


def from_first_to_last(bits):
    """The number of a text of bits that starts with qubit 0."""
    return int(bits[::-1], 2)
