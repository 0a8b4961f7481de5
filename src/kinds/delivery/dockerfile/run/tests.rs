use std::collections::BTreeMap;

use super::*;

fn facts(script: &str, workdir: &str) -> RunFacts {
    RunFacts::of(&Run {
        command: RunCommand::Shell(script.to_owned()),
        workdir: Workdir::Known(workdir.to_owned()),
        env: BTreeMap::from([("DEST".to_owned(), "/opt/t".to_owned())]),
        mounts: vec!["/cache".to_owned()],
        binds: Vec::new(),
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
fn a_path_that_comes_from_elsewhere_in_the_script_is_suspected() {
    for script in [
        "for d in /opt/t; do echo x > $d/a; done",
        "D=$(echo /opt/t); echo x > $D/a",
        "D=$(echo /opt/t) && cd \"$D\" && echo x > a",
        "echo /opt/t/a | xargs rm",
        "DEST=/opt/t make install",
        "export DEST=/opt/t && make install",
        "read D <<< /opt/t; echo x > $D/a",
        "set -- /opt/t; echo x > $1/a",
        "HOME=/opt/t; echo x > ~/a",
        "D=${D:-/opt/t}; echo x > $D/a",
        "A=(/opt/t); echo x > ${A[0]}/a",
        "D=/opt/t; if false; then D=/tmp; fi; echo x > $D/a",
        "if false; then cd /tmp; else cd /opt; fi; echo x > t/a",
        "if true; then cd /tmp; else echo x > /srv/a; fi; cd /opt || cd /; echo x > t/a",
        "cd /opt/t || cd /tmp; echo x > a",
        "cd /opt/t; f() { cd /tmp; }; echo x > a",
        "f() { echo x > a; }; cd /opt/t; f",
        "cd /opt/t; cd /; cd -; echo x > a",
        "echo 'echo x > /opt/t/a' | sh",
        "echo 'echo x > /opt/t/a' > /tmp/s; sh /tmp/s",
        "cat > /tmp/s <<'E'\necho x > /opt/t/a\nE\nsh /tmp/s\n",
        "trap 'echo x > /opt/t/a' EXIT",
        "test -f /opt/t/a && mv $_ /tmp/",
        "stat /opt/t && cd $_ && rm a",
        "printf -v D %s /opt/t; rm $D/x",
        "sh -c 'rm $0' /opt/t/a",
        "ln -s /opt/t /tmp/l && echo x > /tmp/l/a",
        "cd /opt; ln t/a /tmp/c && echo x > /tmp/c",
    ] {
        let touch = touch(script, "/");
        assert!(matches!(touch, Touch::Yes { .. }), "{script}");
    }
}

#[test]
fn a_path_is_seen_in_whatever_form_a_command_takes_it() {
    for script in [
        "cp -t/opt/t x",
        "tar -xC/opt/t -f /x.tar",
        "cd /tmp; tar xzfC /x.tgz /opt/t",
        "unzip -d/opt x.zip",
        "curl -o/opt/t/a https://x",
        "wget -qO/opt/t/a https://x",
        "sed 'w /opt/t/a' /etc/passwd",
        "patch -d/opt -p0",
        "make install PREFIX=/opt",
        "python3 -c \"open(os.path.join('/opt', 't'), 'w')\"",
        "python3 x.py /opt//t",
        "node x.js /srv/../opt/t",
        "cd /opt && python3 x.py t",
        "cd /opt; nice -n 10 cp x t/a",
        "echo x >& /opt/t/a",
    ] {
        let touch = touch(script, "/");
        assert!(matches!(touch, Touch::Yes { .. }), "{script}");
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
        "cd /opt && npm ci && npm run build",
        "cd /opt/tool && make && make install",
        "set -eux; d=\"$(mktemp -d)\"; cd \"$d\"; curl -fsSLO https://x/y.tgz; tar -xzf y.tgz",
        "test -f /opt/t/a && apt-get install -y git",
        "ln -s /opt/tool/bin/x /usr/local/bin/x",
        "for f in /etc/x/*; do sed -i s/a/b/ \"$f\"; done",
        "if [ -d /opt/tool ]; then cd /opt/tool && make; fi",
        "echo 'deb https://x stable main' > /etc/apt/sources.list.d/x.list && apt-get update",
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
        binds: Vec::new(),
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
        binds: Vec::new(),
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

#[test]
fn a_pattern_is_seen_from_where_the_command_stands() {
    for (script, workdir) in [
        ("rm -r t*", "/opt"),
        ("rm -rf *", "/opt"),
        ("chmod -R 0 ?", "/opt"),
    ] {
        let touch = touch(script, workdir);
        assert!(
            matches!(touch, Touch::Yes { exact: false, .. }),
            "{script}: {touch:?}"
        );
    }
    assert_eq!(touch("rm -r t*", "/srv"), Touch::No);
}

#[test]
fn a_variable_that_a_program_looks_up_by_its_name_is_seen() {
    for script in [
        "D=$(printenv DEST); rm -r $D/prompts",
        "python3 -c 'import os, shutil; shutil.rmtree(os.environ[\"DEST\"])'",
        "python3 <<E\nimport os\nopen(os.getenv('DEST') + '/a', 'w')\nE\n",
    ] {
        let touch = touch(script, "/");
        assert!(
            matches!(touch, Touch::Yes { exact: false, .. }),
            "{script}: {touch:?}"
        );
    }
    for script in ["DEST=/tmp/x make", "make DESTDIR=/tmp", "echo DEST"] {
        assert_eq!(touch(script, "/"), Touch::No, "{script}");
    }
}
