use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};
use sha2::{Digest, Sha256};

/// How much is handed over at once: 256 KiB.
const PIECE: usize = 256 << 10;
/// How many pieces are under way.
const PIECES: usize = 3;

/// The SHA-256 of a stream, worked out in a thread of its own while the caller goes on with the same
/// bytes. What is short is worked out where it is; a thread is started for what is not.
#[derive(Debug, Default)]
pub struct Digesting {
    piece: Vec<u8>,
    beside: Option<Beside>,
    /// Where there is no thread: what was worked out so far.
    here: Sha256,
    is_alone: bool,
}

#[derive(Debug)]
struct Beside {
    full: Sender<Vec<u8>>,
    empty: Receiver<Vec<u8>>,
    thread: JoinHandle<Sha256>,
}

impl Digesting {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = (PIECE - self.piece.len()).min(bytes.len());
            self.piece.extend_from_slice(&bytes[..room]);
            bytes = &bytes[room..];
            if self.piece.len() == PIECE {
                self.hand_over();
            }
        }
    }

    /// In lowercase hex.
    pub fn finish(mut self) -> String {
        let digest = match self.beside.take() {
            Some(Beside { full, thread, .. }) => {
                // The last piece, and the end of all.
                let sent = full.send(std::mem::take(&mut self.piece));
                drop(full);
                match (sent, thread.join()) {
                    (Ok(()), Ok(digest)) => digest,
                    // Hashing does not fail; were it to, no digest would be right.
                    _ => return String::new(),
                }
            }
            None => {
                self.here.update(&self.piece);
                self.here
            }
        };
        hex::encode(digest.finalize())
    }

    fn hand_over(&mut self) {
        if self.beside.is_none() && !self.is_alone {
            self.beside = start();
            self.is_alone = self.beside.is_none();
        }
        match &self.beside {
            Some(beside) => {
                let piece = std::mem::take(&mut self.piece);
                if beside.full.send(piece).is_ok() {
                    let empty = beside.empty.recv().unwrap_or_default();
                    self.piece = empty;
                    self.piece.clear();
                }
            }
            None => {
                self.here.update(&self.piece);
                self.piece.clear();
            }
        }
    }
}

/// `None` where the system gives no more threads.
fn start() -> Option<Beside> {
    let (full, work) = bounded::<Vec<u8>>(PIECES);
    let (done, empty) = bounded(PIECES);
    for _ in 1..PIECES {
        done.send(Vec::with_capacity(PIECE)).ok()?;
    }
    let thread = std::thread::Builder::new()
        .name("digest".to_owned())
        .spawn(move || {
            let mut digest = Sha256::new();
            for piece in work {
                digest.update(&piece);
                // Nobody waits for it any more at the end.
                let _ = done.try_send(piece);
            }
            digest
        })
        .ok()?;
    Some(Beside {
        full,
        empty,
        thread,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_does_not_depend_on_how_the_bytes_come() {
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 9 * PIECE + 7] {
            let bytes: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            let whole = hex::encode(Sha256::digest(&bytes));
            for step in [1000, PIECE, 3 * PIECE + 1] {
                let mut digesting = Digesting::new();
                bytes.chunks(step).for_each(|piece| digesting.update(piece));
                assert_eq!(digesting.finish(), whole, "{length} in steps of {step}");
            }
        }
    }

    #[test]
    fn one_that_is_dropped_ends_its_thread() {
        let mut digesting = Digesting::new();
        digesting.update(&vec![0; 4 * PIECE]);
        let beside = digesting.beside.take().expect("a thread");
        drop((beside.full, beside.empty));
        assert!(beside.thread.join().is_ok());
    }
}
