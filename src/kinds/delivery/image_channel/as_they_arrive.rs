use std::collections::HashSet;

use super::blobs::{Blobs, DESCRIPTION, blob_path};
use super::describe::LayerRef;
use super::outer::Members;
use super::pipe::{Interest, LayerPipe, Piped};
use super::problems::malformed;
use super::stop::Stop;
use super::unpacking::{Sink, Unpacking};
use crate::gate::Obstacle;
use crate::tree::TreePath;
use crate::tree::image::{
    ImageLimits, Look, Member, Taken, TarProblem, TarStream, Visitor, is_header,
};

/// Descriptions that are kept, in bytes: more than any image has.
const KEPT: usize = 8 << 20;

/// What tells a tar archive: the length of its first header.
const BLOCK: usize = 512;

/// An archive that comes as a stream, where layers come before what says which of them count and in
/// which order. Each is read as it comes; what is not asked for afterwards is dropped.
pub(super) struct Arrivals {
    unpacking: Unpacking<Outer>,
}

/// All that came of it.
pub(super) struct Arrived {
    members: Members<Part>,
}

/// A member of the archive.
#[derive(Debug)]
enum Part {
    Text(Vec<u8>),
    LongText,
    Layer(Box<Result<Piped, Stop>>),
    /// Something that is no part of an image, or was not asked for.
    Other,
}

struct Outer {
    stream: TarStream,
    collect: Collect,
}

struct Collect {
    interest: Interest,
    /// On a second look: the only layers that are read, and what of them.
    only: Option<Vec<(TreePath, HashSet<u32>)>>,
    members: Members<Part>,
    /// What all layers so far took, and how many bytes of descriptions are kept.
    taken: Taken,
    kept: usize,
    current: Option<(TreePath, Coming)>,
}

enum Coming {
    /// Too short yet to tell what it is.
    Head(Vec<u8>),
    Text(Vec<u8>),
    LongText,
    Layer(Box<LayerPipe>),
    /// No reason to stop: it may be one that does not count.
    BadLayer(Stop),
    Other,
}

impl Arrivals {
    pub(super) fn new(interest: Interest) -> Self {
        Self::with(interest, None)
    }

    /// For a second look at entries of some layers.
    pub(super) fn again(interest: Interest, only: Vec<(TreePath, HashSet<u32>)>) -> Self {
        Self::with(interest, Some(only))
    }

    fn with(interest: Interest, only: Option<Vec<(TreePath, HashSet<u32>)>>) -> Self {
        let limits = ImageLimits {
            // Packed as a whole, it has its layers' ratio; and a little more than them to read.
            bytes: interest.limits.bytes.saturating_add(1 << 30),
            ..interest.limits
        };
        let outer = Outer {
            stream: TarStream::new(),
            collect: Collect {
                interest,
                only,
                members: Members::default(),
                taken: Taken::default(),
                kept: 0,
                current: None,
            },
        };
        Self {
            unpacking: Unpacking::new(outer, limits, 0),
        }
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        self.unpacking.feed(bytes)
    }

    pub(super) fn finish(self) -> Result<Arrived, Stop> {
        let outer = self.unpacking.finish()?;
        outer.stream.finish()?;
        Ok(Arrived {
            members: outer.collect.members,
        })
    }
}

impl Sink for Outer {
    fn take(&mut self, bytes: &[u8], _: u64) -> Result<(), Stop> {
        Ok(self.stream.feed(bytes, &mut self.collect)?)
    }
}

impl Visitor for Collect {
    fn member(&mut self, member: &Member<'_>) -> Result<bool, TarProblem> {
        let Some(path) = self.members.admit(member)? else {
            return Ok(false);
        };
        if member.size != member.stored {
            return Err(TarProblem::BadSparse(
                "no part of an image is sparse".to_owned(),
            ));
        }
        let is_asked = match &self.only {
            Some(only) => only.iter().any(|(asked, _)| *asked == path),
            None => true,
        };
        if !is_asked {
            self.members.set(path, Part::Other);
            return Ok(false);
        }
        self.current = Some((path, Coming::Head(Vec::new())));
        Ok(true)
    }

    fn data(&mut self, bytes: &[u8]) -> Result<(), TarProblem> {
        let Some((path, coming)) = self.current.take() else {
            return Ok(());
        };
        let coming = self.more(&path, coming, bytes);
        self.current = Some((path, coming));
        Ok(())
    }

    fn hole(&mut self, _: u64) -> Result<(), TarProblem> {
        Ok(())
    }

    fn end(&mut self) -> Result<(), TarProblem> {
        let Some((path, coming)) = self.current.take() else {
            return Ok(());
        };
        let coming = match coming {
            Coming::Head(head) => self.told(&path, &head),
            coming => coming,
        };
        let part = match coming {
            Coming::Head(_) | Coming::Other => Part::Other,
            Coming::LongText => Part::LongText,
            Coming::Text(text) => {
                self.kept += text.len();
                Part::Text(text)
            }
            Coming::BadLayer(stop) => Part::Layer(Box::new(Err(stop))),
            Coming::Layer(pipe) => {
                let piped = pipe.finish();
                if let Ok(piped) = &piped {
                    self.taken.add(piped.summary.taken());
                }
                Part::Layer(Box::new(piped))
            }
        };
        self.members.set(path, part);
        Ok(())
    }
}

impl Collect {
    fn more(&mut self, path: &TreePath, coming: Coming, bytes: &[u8]) -> Coming {
        match coming {
            Coming::Head(mut head) => {
                head.extend_from_slice(bytes);
                if head.len() < BLOCK {
                    return Coming::Head(head);
                }
                self.told(path, &head)
            }
            Coming::Text(mut text) => {
                text.extend_from_slice(bytes);
                if text.len() > DESCRIPTION || text.len() + self.kept > KEPT {
                    return Coming::LongText;
                }
                Coming::Text(text)
            }
            Coming::Layer(mut pipe) => match pipe.feed(bytes) {
                Ok(()) => Coming::Layer(pipe),
                Err(stop) => Coming::BadLayer(stop),
            },
            other => other,
        }
    }

    /// What a member is, by how it begins.
    fn told(&mut self, path: &TreePath, head: &[u8]) -> Coming {
        // A layer may begin with any name, and a description is never a sound header.
        let is_layer = head.first_chunk::<BLOCK>().is_some_and(is_header);
        let starts = head.trim_ascii_start().first();
        if !is_layer && matches!(starts, Some(b'{' | b'[')) {
            return self.more(path, Coming::Text(Vec::new()), head);
        }
        let is_packed = matches!(
            head,
            [0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]
        );
        let is_tar = is_layer
            || head.get(257..262) == Some(b"ustar".as_slice())
            || head
                .get(..BLOCK)
                .is_some_and(|head| head.iter().all(|b| *b == 0));
        let is_named_so = path.name().ends_with(b".tar");
        if !(is_packed || is_tar || is_named_so) {
            return Coming::Other;
        }
        let mut interest = self.interest.clone();
        // Nobody knows yet which of them count, and all of them are kept.
        interest.taken = self.taken;
        if let Some(only) = &self.only {
            let asked = only.iter().find(|(asked, _)| asked == path);
            interest.look = Look::Entries(asked.map(|(_, set)| set.clone()).unwrap_or_default());
        }
        self.more(
            path,
            Coming::Layer(Box::new(LayerPipe::new(interest))),
            head,
        )
    }
}

impl Arrived {
    /// The path of a layer's file in the archive.
    pub(super) fn path(&self, layer: &LayerRef) -> Result<TreePath, Obstacle> {
        let name = if layer.key.contains(':') {
            blob_path(&layer.key)?
        } else {
            layer.key.clone()
        };
        self.members.file(&name).cloned().ok_or_else(|| {
            malformed(format!(
                "layer {} is named, and is not in the archive",
                layer.key
            ))
        })
    }

    /// Takes a layer out; where it is wanted again later, as a copy.
    pub(super) fn take(&mut self, path: &TreePath, again: bool) -> Option<Result<Piped, Stop>> {
        if again {
            return match self.members.at(path)? {
                Part::Layer(piped) => Some(piped.as_ref().clone()),
                _ => None,
            };
        }
        match self.members.take(path)? {
            Part::Layer(piped) => Some(*piped),
            _ => None,
        }
    }
}

impl Blobs for Arrived {
    fn named(&self, name: &str) -> Result<Option<Vec<u8>>, Obstacle> {
        match self.members.get(name) {
            None => Ok(None),
            Some(Part::Text(text)) => Ok(Some(text.clone())),
            Some(Part::LongText) => Err(Stop::LongText(DESCRIPTION).obstacle(name)),
            Some(_) => Err(malformed(format!("{name} is not JSON"))),
        }
    }
}
