use std::collections::BTreeMap;

use super::*;

fn facts(script: &str, workdir: &str) -> RunFacts {
    RunFacts::of(&Run {
        command: RunCommand::Shell(script.to_owned()),
        workdir: Workdir::Known(workdir.to_owned()),
        env: BTreeMap::from([("DEST".to_owned(), "/opt/t".to_owned())]),
        mounts: vec!["/cache".to_owned()],
        heredocs: Vec::new(),
        foreign_shell: None,
    })
}

fn touch(script: &str, workdir: &str) -> Touch {
    facts(script, workdir).touch(&in_image("/opt/t"))
}

fn paths(touch: &Touch) -> Vec<String> {
    match touch {
        Touch::No => Vec::new(),
        Touch::Yes { paths, .. } => paths.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn writes_that_are_seen_are_listed_exactly() {
    for (script, expected) in [
        ("echo x > /opt/t/a", &["opt/t/a"][..]),
        (
            "echo x >> /opt/t/a && chmod +x /opt/t/b",
            &["opt/t/a", "opt/t/b"],
        ),
        ("echo \"at /opt/t/\" > $DEST/a", &["opt/t/a"]),
        ("echo x | tee -a \"${DEST}/a\" >/dev/null", &["opt/t/a"]),
        ("cd /opt && touch t/a ../opt/t/b", &["opt/t/a", "opt/t/b"]),
        ("(cd /opt/t; true); touch a", &[]),
        ("mkdir -p /opt/t/d", &["opt/t/d"]),
        ("cp x /opt/t/", &["opt/t/x"]),
        ("cp x /opt/t/y", &["opt/t/y"]),
        ("install -m 755 x /opt/t/y", &["opt/t/y"]),
        ("install -m 755 -t /opt/t/ x", &["opt/t/x"]),
        ("ln -s /x /opt/t/l", &["opt/t/l"]),
        ("mv /opt/t/a /tmp/a", &["opt/t/a"]),
        ("sed -i s/a/b/ /opt/t/a", &["opt/t/a"]),
        ("sed s/a/b/ /opt/t/a", &[]),
        ("curl -fsSL -o /opt/t/a https://x", &["opt/t/a"]),
        ("wget -O /opt/t/a https://x", &["opt/t/a"]),
        ("rm -f /opt/t/a", &["opt/t/a"]),
        ("dd if=/dev/zero of=/opt/t/a", &["opt/t/a"]),
        ("D=/opt/t; touch $D/a", &["opt/t/a"]),
        ("sh -c 'touch /opt/t/a'", &["opt/t/a"]),
        ("if true; then touch /opt/t/a; fi", &["opt/t/a"]),
        ("sudo -E touch /opt/t/a", &["opt/t/a"]),
        ("x=$(touch /opt/t/a)", &["opt/t/a"]),
        ("chmod -x /opt/t/a", &["opt/t/a"]),
        ("cat <<E > /opt/t/a\nhello\nE\n", &["opt/t/a"]),
    ] {
        let touch = touch(script, "/");
        assert_eq!(paths(&touch), expected, "{script}: {touch:?}");
        match touch {
            Touch::Yes { exact, .. } => assert!(exact, "{script}"),
            Touch::No => assert!(expected.is_empty(), "{script}"),
        }
    }
}

#[test]
fn what_may_write_anything_there_is_not_exact() {
    for (script, workdir) in [
        ("rm -rf /opt", "/"),
        ("rm -rf /", "/"),
        ("rm -rf /opt/*", "/"),
        ("cp -a /x/. /opt/t", "/x"),
        ("mv /x /opt", "/"),
        ("tar -xzf x.tgz -C /opt", "/"),
        ("tar xf x.tar", "/opt"),
        ("unzip x.zip -d /opt", "/"),
        ("git clone https://x /opt", "/"),
        ("python3 setup.py --target /opt/t", "/"),
        ("npm ci", "/opt/t"),
        ("cd /opt/t && make", "/"),
        ("python3 - <<E\nopen('/opt/t/x')\nE\n", "/"),
        ("find /opt -delete", "/"),
        ("chmod -R +x /opt", "/"),
        ("ln -sfn /data /opt", "/"),
        ("$TOOL /opt/t", "/"),
        ("D=/opt/t; make DEST=$D", "/"),
        ("if [ ; then /opt/t", "/"),
    ] {
        let touch = touch(script, workdir);
        let is_open = match &touch {
            Touch::No => false,
            Touch::Yes { exact, paths, .. } => !exact || paths == &[in_image("/opt/t")],
        };
        assert!(is_open, "{script}: {touch:?}");
    }
}

#[test]
fn what_writes_elsewhere_or_only_reads_is_left_alone() {
    for script in [
        "apt-get update && apt-get install -y git",
        "touch /opt/tool /opt/t2/x",
        "cat /opt/t/a; ls -l /opt/t; test -f /opt/t/a",
        "sha256sum /opt/t/a > /tmp/sum",
        "chown -R app:app /opt/t",
        "make --target /opt/tool",
        "rm -rf /var/lib/apt/lists/*",
        "echo /opt/t 2>&1",
        "for f in a b; do touch /tmp/$f; done",
        "mkdir -p \"$UNKNOWN\"",
        "cp -r x /cache/y",
    ] {
        assert_eq!(touch(script, "/"), Touch::No, "{script}");
    }
}

#[test]
fn what_is_written_to_a_mount_is_not_in_the_image() {
    let facts = facts("touch /cache/a", "/cache");
    assert_eq!(facts.touch(&in_image("/cache")), Touch::No);
    assert_eq!(facts.touch(&in_image("/cache/a")), Touch::No);
}

#[test]
fn the_exec_form_has_no_shell() {
    let mut run = Run {
        command: RunCommand::Exec(vec!["touch".to_owned(), "/opt/t/a".to_owned()]),
        workdir: Workdir::Known("/".to_owned()),
        env: BTreeMap::new(),
        mounts: Vec::new(),
        heredocs: Vec::new(),
        foreign_shell: None,
    };
    assert_eq!(
        paths(&RunFacts::of(&run).touch(&in_image("/opt/t"))),
        ["opt/t/a"]
    );
    run.command = RunCommand::Exec(vec!["/bin/sh".into(), "-c".into(), "echo >/opt/t/b".into()]);
    assert_eq!(
        paths(&RunFacts::of(&run).touch(&in_image("/opt/t"))),
        ["opt/t/b"]
    );
}

#[test]
fn a_foreign_shell_or_interpreter_may_write_what_it_mentions() {
    let mut run = Run {
        command: RunCommand::Shell("New-Item /opt/t/a".to_owned()),
        workdir: Workdir::Known("/".to_owned()),
        env: BTreeMap::new(),
        mounts: Vec::new(),
        heredocs: Vec::new(),
        foreign_shell: Some("pwsh".to_owned()),
    };
    assert!(matches!(
        RunFacts::of(&run).touch(&in_image("/opt/t")),
        Touch::Yes { exact: false, .. }
    ));
    run.foreign_shell = None;
    run.command = RunCommand::Shell("<<EOF".to_owned());
    run.heredocs = vec![(
        "EOF".to_owned(),
        "#!/usr/bin/env python3\nopen('/opt/t/a')\n".to_owned(),
    )];
    assert!(matches!(
        RunFacts::of(&run).touch(&in_image("/opt/t")),
        Touch::Yes { exact: false, .. }
    ));
    run.heredocs[0].1 = "touch /opt/t/a\n".to_owned();
    assert_eq!(
        paths(&RunFacts::of(&run).touch(&in_image("/opt/t"))),
        ["opt/t/a"]
    );
}

proptest::proptest! {
    #[test]
    fn no_script_makes_the_reader_panic(script in "[a-c/$(){}<>|;&'\"\\\\ \n=*`-]{0,60}") {
        let _ = touch(&script, "/opt");
    }
}
