//! How a gate names assets, and what it is told when it does so wrongly.

use super::server::Server;
use super::support::{ONCE, bundle, gate, right, world};

/// The gate's file is wrong in this way.
#[track_caller]
fn says(assets: &str, delivery: &str, expected: &str) {
    let sandbox = world("");
    sandbox.write("gates/assets.yaml", gate(assets, delivery));
    let ran = sandbox.run(&["run"]);
    ran.exits(2);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(said.contains(expected), "{expected}:\n{said}");
    assert!(said.contains("gates/assets.yaml"), "{said}");
}

#[test]
fn what_is_wrong_with_a_gate_is_said_at_its_place() {
    let url = "      bundle: \"http://h/b.tar\"\n";
    for (assets, delivery, expected) in [
        ("", "", "the assets are nowhere"),
        (
            "      bundle: \"http://h/b\"\n      archive: a.tar\n",
            "",
            "both `bundle` and `archive`",
        ),
        (
            "      bundle: \"ftp://h/b\"\n",
            "",
            "scheme `ftp` is not supported",
        ),
        ("      bundle: b.tar\n", "", "is not a URL"),
        (
            "      bundle: \"http://u:p@h/b\"\n",
            "",
            "must not carry credentials",
        ),
        (
            "      bundle: \"${A B}/b\"\n",
            "",
            "`A B` is not the name of an environment variable",
        ),
        ("      bundle: \"${A/b\"\n", "", "without its `}`"),
        (
            "      listing: { url: \"http://h\", files: \"http://h/x\" }\n",
            "",
            "does not say where the path of a file belongs",
        ),
        (
            "      listing: { url: \"http://h\", files: \"http://h{path}\" }\n",
            "",
            "`{path}` is a part of the server's name in `files`",
        ),
        (
            "      listing: { url: \"http://h\", files: \"http://h/#{path}\" }\n",
            "",
            "`{path}` stands behind a `#`",
        ),
        ("      archive: ../a.tar\n", "", "leads out of the tree"),
        (
            "      archive: a.tar\n      settle: { looks: 1 }\n",
            "",
            "`settle` has no meaning for an `archive`",
        ),
        (
            &format!("{url}      settle: {{ looks: 0 }}\n"),
            "",
            "`looks` is 0",
        ),
        (
            &format!("{url}      settle: {{ every: soon }}\n"),
            "",
            "`soon` is not a duration",
        ),
        (
            &format!("{url}      settle: {{ every: 1m }}\n"),
            "",
            "2 looks, one every 60s, take 120s, and `within` is 30s",
        ),
        (
            &format!("{url}      settle: {{ looks: 50 }}\n"),
            "",
            "it could never come to rest",
        ),
        (
            &format!("{url}      settle: {{ every: 20s, within: 30s }}\n"),
            "",
            "it could never come to rest",
        ),
        (
            &format!("{url}      token_env: tok-123\n"),
            "",
            "not the name of an environment variable",
        ),
        (
            &format!("{url}      headers: {{ Authorization: x }}\n"),
            "",
            "does not belong into `headers`",
        ),
        (
            &format!("{url}      substitutions: {{ a: a }}\n"),
            "",
            "replaces nothing",
        ),
        (&format!("{url}      limit: {{ file: 1 }}\n"), "", "limits"),
        (
            url,
            "    include: [a]\n",
            "`include` has no meaning for a `assets` delivery",
        ),
        (
            url,
            "    dest: /opt\n",
            "`dest` has no meaning for a `assets` delivery",
        ),
        (
            url,
            "    directory: copy\n",
            "has both `directory` and `assets`",
        ),
        (
            "      workspace_files: { url: \"http://h\", workspace: \"a/b\" }\n",
            "",
            "`a/b` is not the id of a workspace",
        ),
        (
            &format!("{url}      allow_unrendered: [A]\n"),
            "",
            "`allow_unrendered` has no meaning without `substitutions`",
        ),
        (
            &format!(
                "{url}      substitutions: {{ a: b }}\n      allow_unrendered: [\"{{{{A}}}}\"]\n"
            ),
            "",
            "is not the name of a placeholder",
        ),
        (
            "      workspace_files: { url: \"http://h\", workspace: w, proof: config.yaml }\n",
            "",
            "`config.yaml` is delivered itself, and proves nothing",
        ),
        (
            "      workspace_files: { url: \"http://h\", workspace: w, proof: a/b }\n",
            "",
            "is not the name of a file of `/configs`",
        ),
        (
            "      workspace_files: { url: \"http://h\", workspace: w, root: configs }\n",
            "",
            "`root` is not an absolute path",
        ),
    ] {
        says(assets, delivery, expected);
    }
}

#[test]
fn a_url_may_come_from_the_environment() {
    let server = Server::of(&[("/b.tar", &right())]);
    let sandbox = world(&(bundle("${SERVER}/b.tar") + ONCE));
    let unset = sandbox.run(&["run", "assets"]);
    unset.exits(3);
    assert!(
        unset.stdout.contains("SERVER is not set"),
        "{}",
        unset.stdout
    );
    let mut command = sandbox.command(&["run", "assets"]);
    let output = command.env("SERVER", server.url()).output();
    crate::support::Ran::from(output.expect("the binary starts")).exits(0);
}

#[test]
fn explain_tells_of_every_code_of_the_channel() {
    let sandbox = world("");
    for code in [
        "assets-unreachable",
        "assets-refused",
        "assets-malformed",
        "assets-unsafe-entry",
        "assets-limit",
        "assets-unsettled",
        "assets-stale-tag",
        "asset-not-allowed",
        "asset-not-served",
        "case-twins",
        "placeholder-left",
        "substitution-unused",
    ] {
        let ran = sandbox.run(&["explain", code]);
        ran.exits(0);
        assert!(ran.stdout.contains(code), "{}", ran.stdout);
    }
}
