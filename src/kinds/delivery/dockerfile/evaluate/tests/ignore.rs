use super::support::{image, listing, path, problems, run};
use crate::gate::Obstacle;

fn context(ignore: &str) -> Vec<(&str, &str)> {
    vec![
        (".dockerignore", ignore),
        ("a.txt", "a"),
        ("b.md", "b"),
        ("d/x", "x"),
        ("d/k/y", "y"),
    ]
}

#[test]
fn ignored_files_do_not_come_with_their_folder_and_say_why() {
    let image = image("FROM scratch\nCOPY d /t\n", &context("# no\nd/k\n"));
    assert_eq!(listing(&image), ["t/x <- d/x"]);
    assert_eq!(image.problems, []);
    assert_eq!(image.ignored.len(), 1);
    let ignored = &image.ignored[0];
    assert_eq!(ignored.path, path("d/k"));
    assert_eq!(ignored.image_path, path("t/k"));
    assert_eq!((ignored.line, ignored.pattern.as_str()), (2, "d/k"));
}

#[test]
fn an_ignored_source_is_a_problem() {
    let files = context("*.txt\nd\n");
    let image = image(
        "FROM scratch\nCOPY a.txt /x\nCOPY d /y\nCOPY *.t?t /z\n",
        &files,
    );
    assert_eq!(
        problems(&image),
        [
            "2: ignored a.txt by *.txt in line 1",
            "3: ignored d by d in line 2",
            "4: ignored a.txt by *.txt in line 1"
        ]
    );
}

#[test]
fn exceptions_bring_files_of_ignored_folders_back() {
    let image = image(
        "FROM scratch\nCOPY . /t/\nCOPY d /u\n",
        &context("*\n!d/k\n"),
    );
    assert_eq!(image.problems, []);
    assert_eq!(listing(&image), ["t/d/k/y <- d/k/y", "u/k/y <- d/k/y"]);
}

#[test]
fn the_dockerfiles_own_ignore_file_comes_first() {
    let mut files = context("*\n");
    files.push(("Dockerfile.dockerignore", "b.md\n"));
    let image = image("FROM scratch\nCOPY a.txt b.md /t/\n", &files);
    assert_eq!(listing(&image), ["t/a.txt <- a.txt"]);
    assert_eq!(problems(&image), ["2: ignored b.md by b.md in line 1"]);
}

#[test]
fn a_dockerfile_that_is_ignored_is_still_built() {
    let image = image(
        "FROM scratch\nCOPY a.txt /x\n",
        &context("Dockerfile\n.dockerignore\n"),
    );
    assert_eq!(listing(&image), ["x <- a.txt"]);
}

#[test]
fn a_broken_ignore_file_is_refused_with_its_line() {
    let error = run("FROM scratch\nCOPY a.txt /x\n", &context("ok\n[\n")).expect_err("refuses");
    let obstacle = Obstacle::from(error);
    assert_eq!(obstacle.code.name, "dockerfile-unreadable");
    assert_eq!(obstacle.locations[0].to_string(), ".dockerignore:2:1");
}

#[test]
fn a_wildcard_that_matches_more_than_ignored_files_is_no_problem() {
    let image = image("FROM scratch\nCOPY *.* /t/\n", &context("*.md\n.*\n"));
    assert_eq!(listing(&image), ["t/a.txt <- a.txt"]);
    assert_eq!(image.problems, []);
    let ignored: Vec<_> = image
        .ignored
        .iter()
        .map(|ignored| ignored.image_path.to_string())
        .collect();
    assert_eq!(ignored, ["t/.dockerignore", "t/b.md"]);
}
