"""Markdown tables of what `compare.py` found."""

from statistics import mean

import circuits

COLUMNS = {  # title: (compiler, kind)
    "Cirq, one call": ("cirq", "one_call"),
    "Cirq, best": ("cirq", "best"),
    "Qiskit, one call": ("qiskit", "one_call"),
    "Qiskit, best": ("qiskit", "best"),
    "paultrap": ("paultrap", "default"),
    "Cirq, exact": ("cirq", "exact"),
    "Qiskit, exact": ("qiskit", "exact"),
    "paultrap, exact": ("paultrap", "exact"),
}


def tables(rows):
    parts = [f"`{target}`, entangling gates / pulses / entangling depth:\n\n{table(rows, target, cost)}" for target in ("aria", "forte")]
    times = [f"`{target}`, milliseconds:\n\n{table(rows, target, milliseconds)}" for target in ("aria", "forte")]
    return "\n\n".join(parts + times + [least_ratio(rows)])


def least_ratio(rows):
    """How many times faster than the fastest way of the faster peer the slower of our two modes is, at the least."""
    def ratio(row):
        peers = [found["milliseconds"] for compiler in ("cirq", "qiskit") for found in row[compiler].values()]
        return min(peers) / max(found["milliseconds"] for found in row["paultrap"].values())

    ratios = {f"{name} on {target}": ratio(row[target]) for name, row in rows.items() for target in row if "paultrap" in row[target]}
    if not ratios:
        return ""
    least = min(ratios, key=ratios.get)
    return f"Fastest way of either peer against the slower mode of paultrap: {ratios[least]:.0f} times as long at the least ({least})."


def table(rows, target, cell):
    """One line for each family; the circuits of one are averaged."""
    titles = [title for title, (compiler, _) in COLUMNS.items() if any(compiler in row[target] for row in rows.values())]
    lines = [["circuit", *titles], ["---"] * (len(titles) + 1)]
    families = {}
    for name, row in rows.items():
        families.setdefault(circuits.family(name), []).append(row[target])
    for family, members in families.items():
        label = f"`{family}`" + (f", mean of {len(members)}" if len(members) > 1 else "")
        found = ([member[compiler][kind] for member in members if compiler in member] for compiler, kind in map(COLUMNS.get, titles))
        lines.append([label, *(cell(each) if each else "" for each in found)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cost(found):
    """Whole numbers for one circuit, one decimal for a mean of several."""
    digits = 1 if len(found) > 1 else 0
    return " / ".join(f"{mean(each[key] for each in found):.{digits}f}" for key in ("two", "one", "depth"))


def milliseconds(found):
    return f"{mean(each['milliseconds'] for each in found):.3g}"
