use super::archive::{self, MemberKind};
use super::builder::{Builder, Current};
use super::stage_fs::StageFs;
use super::{Origin, Place};
use crate::tree::TreePath;

impl Builder<'_> {
    pub(super) fn unpack(
        &mut self,
        fs: &mut StageFs,
        current: &Current<'_>,
        archive: &TreePath,
        members: Vec<archive::Member>,
        at: Place,
    ) {
        if !self.folder_at(fs, current, at) {
            return;
        }
        for member in members {
            let target = current.dest.join(member.path.as_bytes());
            let origin = |bytes| Origin::Archive {
                archive: archive.clone(),
                member: member.path.clone(),
                bytes,
            };
            match member.kind {
                MemberKind::Dir => {
                    if let Err(obstacle) = fs.make_dir(&target) {
                        self.refuse(at, format!("/{obstacle} is a file, not a folder"));
                    }
                }
                // `--chmod` does not reach what is unpacked.
                MemberKind::File { bytes, executable } => {
                    let mut file = current.file(origin(bytes), None, at);
                    file.executable = Some(executable);
                    self.put(fs, &target, file, None);
                }
                MemberKind::Link(link) => {
                    let mut file = current.file(origin(Vec::new()), None, at);
                    file.executable = None;
                    self.put(fs, &target, file, Some(link));
                }
            }
        }
    }
}
