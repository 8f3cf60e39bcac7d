//! Circuits from files: a bare gate list, an `input` object, a whole job body (v0.3 or v0.4), JSON Lines of those, or OpenQASM.

use super::Stop;
use crate::api::{CircuitSource, JobRequest, decode, decode_list};
use crate::circuit::{self, GateJson, Program, Qasm3Program};
use crate::device;
use crate::executor::Task;
use rayon::prelude::*;
use std::io::Read;
use std::path::Path;

/// What a file holds.
pub(super) struct Input {
    /// The circuits.
    pub(super) tasks: Vec<Task>,
    /// Whether it is a batch: JSON Lines, or a job of several circuits.
    pub(super) batch: bool,
}

/// Reads one file, `-` for standard input. An error is one line that begins with the file's name.
pub(super) fn read(file: &Path) -> Result<Input, Stop> {
    let shown = if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() };
    let fail = |problem: String| Stop::Input(format!("{shown}: {problem}"));
    let bytes = match file == Path::new("-") {
        true => {
            let mut bytes = Vec::new();
            std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
        }
        false => std::fs::read(file),
    };
    let bytes = bytes.map_err(|error| fail(error.to_string()))?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes); // some editors begin a file with a byte order mark
    let stem = file.file_stem().map_or_else(|| "circuit".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let stem = if stem == "-" { "stdin".to_owned() } else { stem };
    if is_openqasm(file, bytes) {
        return Ok(Input { tasks: vec![openqasm(bytes, stem).map_err(fail)?], batch: false });
    }
    let lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
    if !is_json_lines(file, &lines) {
        let tasks = tasks(bytes, &stem).map_err(fail)?;
        return Ok(Input { batch: tasks.len() > 1, tasks });
    }
    let written: Vec<(usize, &&[u8])> = (1..).zip(&lines).filter(|(_, line)| !line.trim_ascii().is_empty()).collect();
    let read: Vec<_> = written.par_iter().map(|(number, line)| tasks(line, &format!("{stem}:{number}"))).collect();
    let mut all = Vec::with_capacity(read.len());
    for ((number, _), tasks) in written.into_iter().zip(read) {
        all.extend(tasks.map_err(|problem| fail(format!("line {number}: {problem}")))?);
    }
    if all.is_empty() {
        return Err(fail("there is no circuit in it".to_owned()));
    }
    Ok(Input { tasks: all, batch: true })
}

/// By its name, or because it begins as no JSON does: with the version or a comment.
fn is_openqasm(file: &Path, bytes: &[u8]) -> bool {
    let begins = |with: &&str| bytes.trim_ascii_start().starts_with(with.as_bytes());
    file.extension().is_some_and(|extension| extension == "qasm") || ["OPENQASM", "//", "/*"].iter().any(begins)
}

/// The circuit of an OpenQASM program; where it is none, because it measures on its way, the program.
fn openqasm(bytes: &[u8], name: String) -> Result<Task, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    if let Ok(circuit) = circuit::read_qasm3(text) {
        return Ok(Task::new(name, circuit));
    }
    Ok(Task::new(name, Qasm3Program::read(text).map_err(|error| error.to_string())?))
}

/// The circuit of a task, where nothing but a circuit will do.
pub(super) fn circuit(task: Task) -> Result<Program, Stop> {
    match task.program {
        circuit::Input::Circuit(program, _) => Ok(program),
        circuit::Input::Qasm3(program) if program.measured_at_end().is_some() => Ok(Program::Qis(program.circuit().gates().clone())),
        circuit::Input::Qasm3(_) => Err(Stop::Input(format!("{}: it measures or resets before its end, a circuit is needed", task.name))),
    }
}

/// By its name, or because the first line is a document of its own and others follow.
fn is_json_lines(file: &Path, lines: &[&[u8]]) -> bool {
    let mut written = lines.iter().filter(|line| !line.trim_ascii().is_empty());
    let first_is_whole = written.next().is_some_and(|line| serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok());
    file.extension().is_some_and(|extension| extension == "jsonl") || (first_is_whole && written.next().is_some())
}

/// The circuits of one JSON document.
fn tasks(bytes: &[u8], name: &str) -> Result<Vec<Task>, String> {
    let text = |error: crate::api::RequestError| error.to_string();
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        let gates: Vec<GateJson> = decode_list(bytes).map_err(text)?;
        let program = circuit::program(&gates, None, None).map_err(|error| error.to_string())?;
        return Ok(vec![Task::new(name, program)]);
    }
    let mut job: JobRequest = decode(bytes).map_err(text)?;
    if job.input.is_none() {
        let source: CircuitSource = decode(bytes).map_err(text)?;
        if let (Some(circuit), None) = (source.circuit, &source.circuits) {
            // No container: messages speak of the circuit alone.
            let program = circuit::program(&circuit, source.gateset.as_deref(), source.qubits);
            let program = program.and_then(|program| circuit::Input::with_registers(program, source.registers.as_ref()));
            let program = program.map_err(|error| error.to_string())?;
            return Ok(vec![Task::new(job.name.unwrap_or_else(|| name.to_owned()), program)]);
        }
        if source.circuits.is_none() {
            return Err("there is no circuit in it: a list of gates, an object with \"circuit\", or a job body is needed".to_owned());
        }
        job.input = Some(decode(bytes).map_err(text)?);
    }
    let shots = job.shots.map(|_| job.shots()).transpose().map_err(text)?;
    let programs = job.programs().map_err(text)?;
    let several = programs.len() > 1;
    let own = |index: usize, given: Option<String>| match (given, several) {
        (Some(given), _) => given,
        (None, true) => format!("{}[{index}]", job.name.as_deref().unwrap_or(name)),
        (None, false) => job.name.clone().unwrap_or_else(|| name.to_owned()),
    };
    let task = |(index, (given, program))| Task {
        backend: job.backend.as_deref().map(|name| device::canonical(name).to_owned()),
        shots,
        noise: job.noise.as_ref().map(|noise| noise.model.clone()),
        ..Task::new(own(index, given), program)
    };
    Ok(programs.into_iter().enumerate().map(task).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<(String, usize)> {
        tasks(text.as_bytes(), "file").unwrap().into_iter().map(|task| (task.name, task.program.qubits())).collect()
    }

    #[test]
    fn a_file_may_be_a_gate_list_an_input_object_or_a_job_of_either_version() {
        let gates = r#"[{"gate":"h","target":0},{"gate":"cnot","control":0,"target":1}]"#;
        let one = [("file".to_owned(), 2)];
        assert_eq!(names(gates), one);
        assert_eq!(names(&format!(r#"{{"qubits":2,"circuit":{gates}}}"#)), one);
        assert_eq!(names(&format!(r#"{{"target":"simulator","body":{{"qubits":2,"circuit":{gates}}}}}"#)), one);
        assert_eq!(names(&format!(r#"{{"type":"ionq.circuit.v1","backend":"simulator","input":{{"circuit":{gates}}}}}"#)), one);
        assert_eq!(names(&format!(r#"{{"name":"bell","qubits":3,"circuit":{gates}}}"#)), [("bell".to_owned(), 3)]);
        let several = format!(r#"{{"name":"batch","circuits":[{{"circuit":{gates}}},{{"name":"b","circuit":{gates}}}]}}"#);
        assert_eq!(names(&several), [("batch[0]".to_owned(), 2), ("b".to_owned(), 2)]);
    }
}
