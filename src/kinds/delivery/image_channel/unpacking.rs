use std::io::{self, Write};

use flate2::write::MultiGzDecoder;

use super::stop::Stop;
use crate::tree::image::ImageLimits;

/// Takes bytes as they come.
pub(crate) trait Sink {
    /// `packed`: how many bytes came so far, as they are kept.
    fn take(&mut self, bytes: &[u8], packed: u64) -> Result<(), Stop>;
}

/// The largest window of zstd that is unpacked, as a power of two: 32 MiB, what its level 20 uses. One
/// of 128 MiB would take more memory than all else together.
const WINDOW: u32 = 25;

/// How many bytes tell one compression from another.
const HEAD: usize = 6;

/// Unpacks what comes, whatever it is packed with, and gives it on.
pub(crate) struct Unpacking<S: Sink> {
    state: State<S>,
    head: Vec<u8>,
    packed: u64,
}

enum State<S: Sink> {
    Undecided(Inner<S>),
    Plain(Inner<S>),
    Gzip(Box<MultiGzDecoder<Inner<S>>>),
    Zstd(zstd::stream::write::Decoder<'static, Inner<S>>),
    /// It ended badly.
    Gone,
}

/// The unpacked side.
struct Inner<S> {
    sink: S,
    limits: ImageLimits,
    /// What the parts before this one unpacked to.
    before: u64,
    packed: u64,
    unpacked: u64,
    stop: Option<Stop>,
}

impl<S: Sink> Inner<S> {
    fn take(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        self.unpacked += bytes.len() as u64;
        Stop::check(&self.limits, self.before, self.packed, self.unpacked)?;
        self.sink.take(bytes, self.packed)
    }
}

impl<S: Sink> Write for Inner<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.stop.is_none() {
            self.stop = self.take(bytes).err();
        }
        match self.stop {
            None => Ok(bytes.len()),
            // The reason is kept; the decoder between needs some error.
            Some(_) => Err(io::Error::other("stopped")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<S: Sink> Unpacking<S> {
    pub(crate) fn new(sink: S, limits: ImageLimits, before: u64) -> Self {
        Self {
            state: State::Undecided(Inner {
                sink,
                limits,
                before,
                packed: 0,
                unpacked: 0,
                stop: None,
            }),
            head: Vec::with_capacity(HEAD),
            packed: 0,
        }
    }

    /// # Errors
    /// Why no more is wanted; nothing may be fed after that.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        self.packed += bytes.len() as u64;
        if matches!(self.state, State::Undecided(_)) {
            self.head.extend_from_slice(bytes);
            if self.head.len() < HEAD {
                return Ok(());
            }
            self.decide()?;
            let head = std::mem::take(&mut self.head);
            return self.give(&head);
        }
        self.give(bytes)
    }

    /// Whether enough came to tell what it is packed with.
    pub(super) fn is_decided(&self) -> bool {
        !matches!(self.state, State::Undecided(_))
    }

    pub(super) fn is_plain(&self) -> bool {
        matches!(self.state, State::Plain(_))
    }

    /// # Errors
    /// When the stream should not have ended here.
    pub(crate) fn finish(mut self) -> Result<S, Stop> {
        if matches!(self.state, State::Undecided(_)) {
            self.decide()?;
            let head = std::mem::take(&mut self.head);
            self.give(&head)?;
        }
        let inner = match std::mem::replace(&mut self.state, State::Gone) {
            State::Undecided(inner) | State::Plain(inner) => inner,
            State::Gzip(mut decoder) => {
                let ended = decoder.try_finish();
                let stop = decoder.get_mut().stop.take();
                ended_well(ended.and_then(|()| decoder.finish()), stop, "gzip")?
            }
            State::Zstd(mut decoder) => {
                let ended = decoder.do_finish();
                let stop = decoder.get_mut().stop.take();
                ended_well(ended.map(|()| decoder.into_inner()), stop, "zstd")?
            }
            State::Gone => return Err(damaged("anything", "it ended before")),
        };
        Ok(inner.sink)
    }

    fn decide(&mut self) -> Result<(), Stop> {
        let State::Undecided(inner) = std::mem::replace(&mut self.state, State::Gone) else {
            return Ok(());
        };
        self.state = match self.head.as_slice() {
            [0x1f, 0x8b, ..] => State::Gzip(Box::new(MultiGzDecoder::new(inner))),
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
                let decoder = zstd::stream::write::Decoder::new(inner).and_then(|mut decoder| {
                    decoder.window_log_max(WINDOW)?;
                    Ok(decoder)
                });
                State::Zstd(decoder.map_err(|error| damaged("zstd", &error.to_string()))?)
            }
            [b'B', b'Z', b'h', ..] => return Err(Stop::Unsupported("bzip2")),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => return Err(Stop::Unsupported("xz")),
            _ => State::Plain(inner),
        };
        Ok(())
    }

    fn give(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        let packed = self.packed;
        match &mut self.state {
            State::Plain(inner) => {
                inner.packed = packed;
                inner.take(bytes)
            }
            State::Gzip(decoder) => {
                decoder.get_mut().packed = packed;
                let written = decoder.write_all(bytes);
                written.map_err(|error| stopped(decoder.get_mut().stop.as_ref(), "gzip", &error))
            }
            State::Zstd(decoder) => {
                decoder.get_mut().packed = packed;
                let written = decoder.write_all(bytes);
                written.map_err(|error| stopped(decoder.get_mut().stop.as_ref(), "zstd", &error))
            }
            State::Undecided(_) | State::Gone => Err(damaged("anything", "it ended before")),
        }
    }
}

fn damaged(compression: &'static str, reason: &str) -> Stop {
    Stop::Damaged {
        compression,
        reason: reason.to_owned(),
    }
}

fn stopped(stop: Option<&Stop>, compression: &'static str, error: &io::Error) -> Stop {
    // It stays, so that nothing is given on when the decoder is dropped.
    stop.cloned()
        .unwrap_or_else(|| damaged(compression, &error.to_string()))
}

fn ended_well<I>(
    ended: io::Result<I>,
    stop: Option<Stop>,
    compression: &'static str,
) -> Result<I, Stop> {
    match (ended, stop) {
        (Ok(inner), None) => Ok(inner),
        (_, Some(stop)) => Err(stop),
        (Err(error), None) => Err(damaged(compression, &error.to_string())),
    }
}
