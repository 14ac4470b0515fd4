//! A key at the top that another program keeps: the way to a key management service.

use std::{
    io::{Read as _, Write as _},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use seal::{Key, KeyWrapping, KeyWrappingError};
use zeroize::Zeroizing;

/// Longest time that the program may take.
const TIME_MAX: Duration = Duration::from_secs(15);
/// Most bytes of an answer: a wrapped key of any known service is far below.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;

/// The program; see [`super::KeySource::Program`].
pub(super) struct Program {
    pub path: PathBuf,
    pub arguments: Vec<String>,
}

impl Program {
    fn ask(&self, verb: &str, context: &str, input: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyWrappingError> {
        let name = self.path.display();
        let unavailable = |what: String| KeyWrappingError::Unavailable(format!("{name} {verb}: {what}"));
        let mut child = Command::new(&self.path)
            .args(&self.arguments)
            .args([verb, context])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| unavailable(error.to_string()))?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take();
        let input = Zeroizing::new(input.to_vec());
        let writer = thread::spawn(move || stdin.map(|mut pipe| pipe.write_all(&input)));
        let reader = thread::spawn(move || {
            let mut answer = Zeroizing::new(Vec::new());
            let read = stdout.map(|pipe| pipe.take(ANSWER_BYTES_MAX).read_to_end(&mut answer));
            read.transpose().map(|_| answer)
        });
        let status = wait(&mut child).map_err(unavailable)?;
        // A program that does not care for its input closes it early: its exit status decides.
        let _ = writer.join();
        let answer = reader.join().map_err(|_| unavailable("its answer was lost".to_owned()))?;
        let answer = answer.map_err(|error| unavailable(error.to_string()))?;
        if !status.success() {
            return Err(unavailable(format!("it ended with {status}")));
        }
        Ok(answer)
    }
}

/// Waits for the end of the program, at most [`TIME_MAX`]; then it is ended.
fn wait(child: &mut Child) -> Result<std::process::ExitStatus, String> {
    let started = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if started.elapsed() > TIME_MAX => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("it took longer than {} s", TIME_MAX.as_secs()));
            }
            Ok(None) => thread::sleep(pause),
            Err(error) => return Err(error.to_string()),
        }
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

impl KeyWrapping for Program {
    fn wrap(&self, context: &str, key: &Key, _nonce: [u8; 24]) -> Result<Vec<u8>, KeyWrappingError> {
        let wrapped = self.ask("wrap", context, key.expose())?;
        if wrapped.is_empty() {
            return Err(KeyWrappingError::Unavailable(format!("{} wrap: no answer", self.path.display())));
        }
        Ok(wrapped.to_vec())
    }

    fn unwrap(&self, context: &str, wrapped: &[u8]) -> Result<Key, KeyWrappingError> {
        let key = self.ask("unwrap", context, wrapped)?;
        let bytes: Zeroizing<[u8; 32]> = match key.as_slice().try_into() {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(_) => {
                let what = format!("{} unwrap: {} bytes are no key", self.path.display(), key.len());
                return Err(KeyWrappingError::Unavailable(what));
            }
        };
        Ok(Key::from_bytes(*bytes))
    }
}
