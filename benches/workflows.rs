//! How long reading workflows and deriving their contexts takes, by how many there are:
//! `cargo bench --bench workflows`. The time a file must not grow with their number.

use divan::{Bencher, black_box};
use driftgate::config::ForgeVersion;
use driftgate::kinds::workflows::contexts::{Event, derive};
use driftgate::kinds::workflows::forge::Forge;
use driftgate::kinds::workflows::model::{Folder, read_workflows};
use driftgate::tree::DirTree;

fn main() {
    divan::main();
}

/// A workflow of five jobs and about 9 KiB, with comments, blocks, a matrix and a roster.
fn workflow(number: usize) -> String {
    let mut text = format!("name: Workflow {number}\n");
    for _ in 0..20 {
        text.push_str(
            "# a line that tells why this workflow is as it is, which nobody but people reads\n",
        );
    }
    text.push_str("on:\n  push:\n    branches: [main, 'release/**']\n  pull_request:\n    types: [opened, synchronize, reopened]\npermissions:\n  contents: read\njobs:\n");
    for job in 0..4 {
        text.push_str(&format!(
            "  job-{job}:\n    name: Job {job} on ${{{{ matrix.os }}}}\n    runs-on: ${{{{ matrix.os }}}}\n    timeout-minutes: 20\n    strategy:\n      fail-fast: false\n      matrix:\n        os: [linux, macos]\n        version: [1, 2]\n    steps:\n"
        ));
        for step in 0..8 {
            text.push_str(&format!(
                "      - name: Step {step}\n        if: github.event_name != 'schedule'\n        env:\n          TOKEN: ${{{{ github.token }}}}\n        run: |\n          set -euo pipefail\n          echo \"step {step} of job {job}\"\n          make check-{step}\n"
            ));
        }
    }
    text.push_str("  all:\n    if: always()\n    needs: [job-0, job-1, job-2, job-3]\n    runs-on: linux\n    timeout-minutes: 5\n    steps:\n      - run: echo '${{ toJSON(needs) }}' | grep -q success\n");
    text
}

fn tree(files: usize) -> (tempfile::TempDir, DirTree) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let folder = dir.path().join(Folder::Gitea.path());
    std::fs::create_dir_all(&folder).expect("a folder");
    for number in 0..files {
        std::fs::write(folder.join(format!("w{number:04}.yml")), workflow(number))
            .expect("written");
    }
    let tree = DirTree::new(dir.path(), "");
    (dir, tree)
}

#[divan::bench(args = [69, 250, 500, 1000, 2000], sample_count = 10)]
fn read_and_derive(bencher: Bencher<'_, '_>, files: usize) {
    let (_dir, tree) = tree(files);
    let forge = Forge::Gitea(ForgeVersion::new(1, 26));
    bencher
        .counter(divan::counter::ItemsCount::new(files))
        .bench_local(|| {
            let workflows = read_workflows(&tree, Folder::Gitea, true).expect("read");
            assert_eq!(workflows.files.len(), files);
            let contexts = derive(&workflows.files, forge, &Event::named("pull_request"));
            assert_eq!(contexts.len(), files * 17);
            black_box(contexts)
        });
}
