//! What a forge may answer, and what it comes to.

use serde_json::{Value, json};

use super::forge::{Asked, Forge, HEAD, House, Reply, green, status};
use super::support::{codes, folder, messages, states};

const TOKEN: &str = "tok-5f1c0a7e99";

fn many(count: usize) -> Vec<Value> {
    (0..count)
        .map(|index| {
            status(
                index as u64 + 1,
                &format!("CI / job {index} (push)"),
                "success",
                "",
            )
        })
        .collect()
}

#[test]
fn all_pages_are_read_whatever_the_forge_counts() {
    // Fifty a page are asked for; the second forge gives less at a time than that.
    for (count, cap) in [
        (49, 50),
        (50, 50),
        (51, 50),
        (100, 50),
        (123, 50),
        (30, 30),
        (77, 30),
        (1, 1),
    ] {
        let sandbox = folder(&format!("CI / job {}\n", count - 1));
        let mut house = House::new(many(count));
        house.cap = cap;
        let forge = Forge::start(move |asked| house.answer(asked));
        let ran = sandbox.ask(&forge, &[]);
        ran.exits(0);
        assert_eq!(states(&ran, "others").len(), count - 1, "{count} by {cap}");
    }
}

#[test]
fn a_red_on_the_last_page_is_seen() {
    let mut rows = many(149);
    rows.push(status(999, "CI / last (push)", "failure", ""));
    let sandbox = folder("CI / last\n");
    let ran = sandbox.ask(&Forge::gitea(rows), &[]);
    assert_eq!(codes(ran.exits(1)), ["context-red"]);
}

/// The same page, whichever is asked for; and no list beside the combined status.
fn page_of(asked: &Asked, count: usize) -> Reply {
    match asked.path.strip_prefix("/repos/o/r") {
        Some("") => Reply::Json(200, json!({})),
        Some(path) if path.ends_with("/status") => {
            Reply::Json(200, json!({"sha": HEAD, "statuses": many(count)}))
        }
        _ => Reply::Json(404, json!({})),
    }
}

#[test]
fn a_forge_that_gives_the_same_page_for_ever_is_not_believed() {
    let sandbox = folder("CI / job 1\n");
    let forge = Forge::start(|asked| page_of(asked, 50));
    let ran = sandbox.ask(&forge, &[]);
    assert_eq!(codes(ran.exits(3)), ["statuses-malformed"]);
    assert!(
        messages(&ran).contains("page 2 repeats"),
        "{}",
        messages(&ran)
    );
    // With room left on its first page it has no second one, however it answers to that.
    let forge = Forge::start(|asked| page_of(asked, 7));
    sandbox.ask(&forge, &[]).exits(0);
}

#[test]
fn a_row_that_comes_twice_counts_once_and_one_id_for_two_rows_is_refused() {
    let sandbox = folder("CI / test\n");
    let row = status(4, "CI / test (push)", "success", "");
    sandbox
        .ask(&Forge::gitea(vec![row.clone(), row.clone()]), &[])
        .exits(0);
    let other = status(4, "CI / test (push)", "failure", "");
    let ran = sandbox.ask(&Forge::gitea(vec![row, other]), &[]);
    assert_eq!(codes(ran.exits(3)), ["statuses-malformed"]);
    assert!(
        messages(&ran).contains("id 4 stands there twice"),
        "{}",
        messages(&ran)
    );
}

#[test]
fn a_refusal_is_an_answer_and_is_not_asked_for_again() {
    let sandbox = folder("CI / test\n");
    for status in [401, 403] {
        let forge =
            Forge::start(move |_| Reply::Json(status, json!({"message": "token is required"})));
        let ran = sandbox.ask(&forge, &[]);
        assert_eq!(codes(ran.exits(3)), ["forge-refused"]);
        assert!(messages(&ran).contains(&format!(": {status} (token is required)")));
        assert_eq!(forge.asked().len(), 1);
    }
}

#[test]
fn what_is_not_there_is_missing_only_where_the_repository_can_be_seen() {
    let sandbox = folder("CI / test\n");
    let nothing = Forge::start(|_| Reply::Json(404, json!({"message": "Not found"})));
    let ran = sandbox.ask(&nothing, &[]);
    assert_eq!(codes(ran.exits(3)), ["forge-refused"]);
    assert!(
        messages(&ran).contains("o/r is not there, or may not be seen"),
        "{}",
        messages(&ran)
    );
    let forge = Forge::gitea(vec![]);
    let mut command =
        sandbox.command(&["statuses", "--required", "required.txt", "--output", "json"]);
    command.args([
        "--forge",
        "gitea",
        "--url",
        &forge.url,
        "--repo",
        "o/r",
        "--sha",
        &"a".repeat(40),
    ]);
    let other = crate::support::Ran::from(command.output().expect("the binary starts"));
    assert_eq!(codes(other.exits(1)), ["subject-missing"]);
}

#[test]
fn what_got_no_answer_is_asked_again() {
    let sandbox = folder("CI / test\n");
    for first in [429, 500, 502, 503] {
        let house = House::new(green(&["CI / test (push)"]));
        let forge = Forge::start(move |asked| match asked.before {
            0 => Reply::Raw(first, "Retry-After: 0\r\n".to_owned(), b"busy".to_vec()),
            _ => house.answer(asked),
        });
        sandbox.ask(&forge, &[]).exits(0);
    }
    let down = Forge::start(|_| Reply::Raw(503, "Retry-After: 0\r\n".to_owned(), Vec::new()));
    let ran = sandbox.ask(&down, &[]);
    assert_eq!(codes(ran.exits(4)), ["forge-unreachable"]);
    assert_eq!(down.asked().len(), 3);
    assert_eq!(ran.json()["verdict"], "unreachable");
    let ran = sandbox.ask(&down, &["--retries", "0"]);
    ran.exits(4);
    assert_eq!(down.asked().len(), 4);
    // Nobody waits for an hour; and nobody asks before it is over.
    let limited = Forge::start(|_| Reply::Raw(429, "Retry-After: 3600\r\n".to_owned(), Vec::new()));
    let ran = sandbox.ask(&limited, &[]);
    ran.exits(4);
    assert!(
        messages(&ran).contains("asks to come back in 3600 s"),
        "{}",
        messages(&ran)
    );
    assert_eq!(limited.asked().len(), 1);
}

#[test]
fn a_limit_that_github_tells_by_403_is_no_refusal() {
    let sandbox = folder("CI / test\n");
    let limited = Forge::start(|_| {
        Reply::Raw(
            403,
            "X-RateLimit-Remaining: 0\r\nRetry-After: 0\r\n".to_owned(),
            b"{}".to_vec(),
        )
    });
    assert_eq!(
        codes(sandbox.ask(&limited, &[]).exits(4)),
        ["forge-unreachable"]
    );
    assert_eq!(limited.asked().len(), 3);
}

#[test]
fn nobody_there_and_nobody_answering_are_unreachable() {
    let sandbox = folder("CI / test\n");
    let hangs = Forge::start(|_| Reply::Hang);
    let ran = sandbox.ask(&hangs, &["--timeout", "300ms", "--retries", "1"]);
    assert_eq!(codes(ran.exits(4)), ["forge-unreachable"]);
    assert_eq!(hangs.asked().len(), 2);
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        format!("http://{}", listener.local_addr().expect("an address"))
    };
    let ran = sandbox.run(&[
        "statuses",
        "--required",
        "required.txt",
        "--forge",
        "gitea",
        "--url",
        &closed,
        "--repo",
        "o/r",
        "--sha",
        HEAD,
        "--output",
        "json",
        "--retries",
        "0",
    ]);
    assert_eq!(codes(ran.exits(4)), ["forge-unreachable"]);
}

#[test]
fn half_an_answer_and_a_page_for_people_are_refused() {
    let sandbox = folder("CI / test\n");
    let whole = json!({"sha": HEAD, "statuses": green(&["CI / test (push)"])}).to_string();
    let half = whole[..whole.len() / 2].to_owned();
    let ok = |body: &str| {
        let body = body.as_bytes().to_vec();
        Forge::start(move |_| Reply::Raw(200, String::new(), body.clone()))
    };
    let cut = {
        let body = whole.clone().into_bytes();
        Forge::start(move |_| Reply::Cut(body.clone()))
    };
    for forge in [
        ok(&half),
        ok("<html><body>Sign in</body></html>"),
        ok(""),
        ok("[]"),
        ok("{}"),
        ok(r#"{"sha": "x", "statuses": [{"context": "CI / test (push)", "status": "success"}]}"#),
        cut,
    ] {
        let ran = sandbox.ask(&forge, &[]);
        assert_eq!(codes(ran.exits(3)), ["statuses-malformed"]);
        assert_eq!(forge.asked().len(), 1);
    }
}

#[test]
fn the_statuses_of_another_commit_are_nobody_s() {
    let sandbox = folder("CI / test\n");
    let forge = Forge::start(|asked| match asked.path.ends_with("/statuses") {
        true => Reply::Json(404, json!({})),
        false => Reply::Json(
            200,
            json!({"sha": "1".repeat(40), "statuses": green(&["CI / test (push)"])}),
        ),
    });
    assert_eq!(
        codes(sandbox.ask(&forge, &[]).exits(3)),
        ["statuses-of-another-commit"]
    );
}

#[test]
fn a_token_goes_to_its_forge_and_nowhere_else_and_is_never_shown() {
    let sandbox = folder("CI / test\n");
    let house = House::new(green(&["CI / test (push)"]));
    let forge = Forge::start(move |asked| match asked.authorization.as_deref() {
        Some("Bearer tok-5f1c0a7e99") => house.answer(asked),
        other => Reply::Json(
            403,
            json!({"message": format!("no such token: {other:?} tok-5f1c0a7e99")}),
        ),
    });
    let ask = |forge: &Forge, token: Option<&str>| {
        let mut command = sandbox.command(&[
            "statuses",
            "--required",
            "required.txt",
            "--forge",
            "gitea",
            "--url",
            &forge.url,
            "--repo",
            "o/r",
            "--sha",
            HEAD,
            "--token-env",
            "FORGE_TOKEN",
            "--output",
            "json",
        ]);
        if let Some(token) = token {
            command.env("FORGE_TOKEN", token);
        }
        crate::support::Ran::from(command.output().expect("the binary starts"))
    };
    ask(&forge, Some(TOKEN)).exits(0);
    let before = forge.asked().len();
    let unset = ask(&forge, None);
    assert_eq!(codes(unset.exits(3)), ["variable-missing"]);
    assert_eq!(
        forge.asked().len(),
        before,
        "it was asked without the token"
    );
    // The forge shows what it was given; the report does not.
    let echo = Forge::start(|_| Reply::Json(403, json!({"message": "bad token tok-5f1c0a7e99"})));
    let ran = ask(&echo, Some(TOKEN));
    ran.exits(3);
    assert!(
        !ran.stdout.contains(TOKEN) && !ran.stderr.contains(TOKEN),
        "{}",
        ran.stdout
    );
    assert!(
        messages(&ran).contains("bad token [secret]"),
        "{}",
        messages(&ran)
    );
    let elsewhere = Forge::gitea(green(&["CI / test (push)"]));
    let to = elsewhere.url.clone();
    let sends_away = Forge::start(move |asked| {
        Reply::Raw(
            302,
            format!("Location: {to}/api/v1{}\r\n", asked.path),
            Vec::new(),
        )
    });
    let ran = ask(&sends_away, Some(TOKEN));
    assert_eq!(codes(ran.exits(3)), ["forge-refused"]);
    assert!(
        messages(&ran).contains("is not followed"),
        "{}",
        messages(&ran)
    );
    assert_eq!(elsewhere.asked().len(), 0);
}

#[test]
fn a_token_is_not_sent_unencrypted_nor_anything_while_offline() {
    let sandbox = folder("CI / test\n");
    let ask = |more: &[&str]| {
        let mut command = sandbox.command(&[
            "statuses",
            "--required",
            "required.txt",
            "--forge",
            "gitea",
            "--url",
            "http://forge.invalid",
            "--repo",
            "o/r",
            "--sha",
            HEAD,
            "--output",
            "json",
        ]);
        command.args(more).env("FORGE_TOKEN", TOKEN);
        crate::support::Ran::from(command.output().expect("the binary starts"))
    };
    let plain = ask(&["--token-env", "FORGE_TOKEN"]);
    assert_eq!(codes(plain.exits(3)), ["forge-refused"]);
    assert!(
        messages(&plain).contains("is not encrypted"),
        "{}",
        messages(&plain)
    );
    assert_eq!(codes(ask(&["--offline"]).exits(4)), ["forge-unreachable"]);
}

#[test]
fn a_branch_s_protection_and_a_change_s_reviews_are_asked_for() {
    let sandbox = folder("");
    let house = |contexts: Value, reviews: Value| {
        let mut house = House::new(green(&["CI / test (push)", "CI / lint (push)"]));
        house.branch = json!({
            "name": "main", "protected": true, "enable_status_check": true, "status_check_contexts": contexts,
        });
        house.reviews = reviews;
        Forge::start(move |asked| house.answer(asked))
    };
    let ask = |forge: &Forge, branch: &str| {
        sandbox.run(&[
            "statuses",
            "--forge",
            "gitea",
            "--url",
            &forge.url,
            "--repo",
            "o/r",
            "--pull",
            "7",
            "--branch",
            branch,
            "--approvals",
            "1",
            "--output",
            "json",
        ])
    };
    let approved = json!([{"id": 1, "user": {"login": "bob"}, "state": "APPROVED", "commit_id": HEAD,
        "dismissed": false, "stale": false, "official": true}]);
    let ran = ask(&house(json!(["CI / *"]), approved.clone()), "main");
    ran.exits(0);
    assert_eq!(ran.json()["commit"], HEAD);
    assert_eq!(states(&ran, "required").len(), 2);
    let ran = ask(
        &house(json!(["CI / *", "Docs / build (push)"]), json!([])),
        "main",
    );
    assert_eq!(
        codes(ran.exits(1)),
        ["approvals-missing", "context-missing"]
    );
    // Checks that are enabled without a name are all of them.
    let ran = ask(&house(json!([]), approved.clone()), "main");
    assert_eq!(states(ran.exits(0), "required").len(), 2);
    let unprotected = House {
        reviews: approved.clone(),
        ..House::new(green(&["CI / test (push)"]))
    };
    let unprotected = Forge::start(move |asked| unprotected.answer(asked));
    assert_eq!(
        codes(ask(&unprotected, "main").exits(3)),
        ["required-empty"]
    );
    let old = sandbox.run(&[
        "statuses",
        "--forge",
        "gitea",
        "--url",
        &unprotected.url,
        "--repo",
        "o/r",
        "--pull",
        "7",
        "--sha",
        &"a".repeat(40),
        "--context",
        "*",
        "--output",
        "json",
    ]);
    assert_eq!(codes(old.exits(3)), ["statuses-of-another-commit"]);
    assert_eq!(
        codes(ask(&house(json!(["*"]), approved), "none").exits(1)),
        ["subject-missing"]
    );
}

#[test]
fn what_gitea_requires_without_the_event_that_it_posts_never_comes() {
    let sandbox = folder("");
    let judge = |contexts: Value| {
        let mut house = House::new(green(&["CI / test (push)"]));
        house.branch = json!({
            "name": "main", "protected": true, "enable_status_check": true, "status_check_contexts": contexts,
        });
        let forge = Forge::start(move |asked| house.answer(asked));
        sandbox.run(&[
            "statuses", "--forge", "gitea", "--url", &forge.url, "--repo", "o/r", "--sha", HEAD,
            "--branch", "main", "--output", "json",
        ])
    };
    judge(json!(["CI / test (push)"])).exits(0);
    judge(json!(["CI / t*"])).exits(0);
    let ran = judge(json!(["CI / test"]));
    assert_eq!(codes(ran.exits(1)), ["context-missing"]);
    assert!(
        messages(&ran).contains("the forge waits for `CI / test` as it is written, and what was posted is CI / test (push)"),
        "{}",
        messages(&ran)
    );
    assert_eq!(
        codes(judge(json!(["CI / tes?"])).exits(1)),
        ["context-missing"]
    );
}

#[test]
fn the_run_that_asks_is_known_without_its_event_and_not_waited_for() {
    let sandbox = folder("CI / test\nCI / lint\n");
    let forge = Forge::gitea(vec![
        status(1, "CI / test (push)", "success", ""),
        status(
            2,
            "gates / driftgate (push)",
            "pending",
            "Has started running",
        ),
    ]);
    // What lacks is told from what is late as soon as nothing but the run itself is under way.
    let args = [
        "--own",
        "gates / driftgate",
        "--settle",
        "5m",
        "--every",
        "1ms",
    ];
    let ran = sandbox.ask(&forge, &args);
    assert_eq!(codes(ran.exits(1)), ["context-missing"]);
    assert_eq!(ran.json()["settled"], true);
}

#[test]
fn a_change_that_moves_or_that_nobody_can_merge_is_not_mergeable() {
    let sandbox = folder("CI / test\n");
    let judge = |first: Value, then: Value| {
        let house = House::new(green(&["CI / test (push)"]));
        let forge = Forge::start(move |asked| match asked.path.as_str() {
            "/repos/o/r/pulls/7" => {
                let mut pull = house.pull.clone();
                let changes = if asked.before == 0 { &first } else { &then };
                for (key, value) in changes.as_object().expect("an object") {
                    pull[key] = value.clone();
                }
                Reply::Json(200, pull)
            }
            _ => house.answer(asked),
        });
        sandbox.run(&[
            "statuses",
            "--forge",
            "gitea",
            "--url",
            &forge.url,
            "--repo",
            "o/r",
            "--pull",
            "7",
            "--required",
            "required.txt",
            "--output",
            "json",
        ])
    };
    let same = || json!({});
    judge(same(), same()).exits(0);
    for (changes, told) in [
        (json!({"state": "closed"}), "#7 is closed"),
        (
            json!({"state": "closed", "merged": true}),
            "#7 is merged already",
        ),
        (json!({"draft": true}), "#7 is a draft"),
    ] {
        for first in [same(), changes.clone()] {
            let ran = judge(first, changes.clone());
            assert_eq!(codes(ran.exits(1)), ["change-not-open"]);
            assert!(messages(&ran).contains(told), "{}", messages(&ran));
            assert_eq!(ran.json()["mergeable"], false);
        }
    }
    // What it was before does not count.
    judge(json!({"draft": true}), same()).exits(0);
    let other = "a".repeat(40);
    for (changes, told) in [
        (
            json!({"head": {"sha": other, "ref": "topic"}}),
            "its head moved from 8b33b67e",
        ),
        (
            json!({"base": {"sha": HEAD, "ref": "next"}}),
            "was changed from main to next",
        ),
    ] {
        let ran = judge(same(), changes);
        assert_eq!(codes(ran.exits(4)), ["statuses-unsettled"]);
        assert!(messages(&ran).contains(told), "{}", messages(&ran));
        assert_eq!(
            (&ran.json()["mergeable"], &ran.json()["settled"]),
            (&json!(false), &json!(false))
        );
    }
}

#[test]
fn it_looks_again_until_nothing_that_matters_is_under_way() {
    let sandbox = folder("CI / test\n");
    let forge = Forge::start(|asked| {
        if !asked.path.ends_with("/status") {
            return if asked.path == "/repos/o/r" {
                Reply::Json(200, json!({}))
            } else {
                Reply::Json(404, json!({}))
            };
        }
        let pending = || status(1, "CI / test (push)", "pending", "Has started running");
        let rows = match (asked.query["page"].as_str(), asked.before) {
            // Nothing is scheduled yet, for longer than a set that stays the same is waited for.
            ("1", 0..6) => vec![],
            ("1", 6..9) => vec![pending()],
            ("1", _) => vec![pending(), status(2, "CI / test (push)", "success", "")],
            _ => vec![],
        };
        Reply::Json(200, json!({"sha": HEAD, "statuses": rows}))
    });
    let ran = sandbox.ask(&forge, &["--settle", "10m", "--every", "1ms"]);
    ran.exits(0);
    // Without it there is one look, and what is pending is not green.
    let pending = Forge::gitea(vec![status(1, "CI / test (push)", "pending", "")]);
    assert_eq!(
        codes(sandbox.ask(&pending, &[]).exits(1)),
        ["context-pending"]
    );
    let ran = sandbox.ask(&pending, &["--settle", "20ms", "--every", "5ms"]);
    assert_eq!(codes(ran.exits(1)), ["context-pending"]);
}

#[test]
fn an_outage_while_it_looks_ends_nothing_and_one_at_the_end_is_one() {
    let sandbox = folder("CI / test\n");
    let busy = || Reply::Raw(503, "Retry-After: 0\r\n".to_owned(), Vec::new());
    let house = House::new(green(&["CI / test (push)"]));
    let waiting = House::new(vec![status(1, "CI / test (push)", "pending", "")]);
    let forge = Forge::start(
        move |asked| match (asked.path.ends_with("/status"), asked.before) {
            (true, 0) => waiting.answer(asked),
            (true, 1..5) => busy(),
            _ => house.answer(asked),
        },
    );
    let settle = ["--retries", "0", "--settle", "10m", "--every", "1ms"];
    sandbox.ask(&forge, &settle).exits(0);
    // What was seen before it went down is no verdict.
    let waiting = House::new(vec![status(1, "CI / test (push)", "pending", "")]);
    let down = Forge::start(move |asked| match asked.before {
        0 => waiting.answer(asked),
        _ => busy(),
    });
    let ran = sandbox.ask(
        &down,
        &["--retries", "0", "--settle", "200ms", "--every", "1ms"],
    );
    assert_eq!(codes(ran.exits(4)), ["forge-unreachable"]);
    // A refusal is an answer, also in the middle.
    let waiting = House::new(vec![status(1, "CI / test (push)", "pending", "")]);
    let refuses =
        Forge::start(
            move |asked| match (asked.path.ends_with("/status"), asked.before) {
                (true, 1..) => Reply::Json(403, json!({})),
                _ => waiting.answer(asked),
            },
        );
    let ran = sandbox.ask(&refuses, &settle);
    assert_eq!(codes(ran.exits(3)), ["forge-refused"]);
}

#[test]
fn a_forge_that_wants_to_be_left_alone_is_not_asked_before() {
    let sandbox = folder("CI / test\n");
    let limited = Forge::start(|_| Reply::Raw(429, "Retry-After: 3600\r\n".to_owned(), Vec::new()));
    let ran = sandbox.ask(&limited, &["--settle", "100ms", "--every", "1ms"]);
    assert_eq!(codes(ran.exits(4)), ["forge-unreachable"]);
    assert_eq!(limited.asked().len(), 1);
}

#[test]
fn what_the_combined_status_hides_is_seen_in_the_list_of_all() {
    let sandbox = folder("CI / test\n");
    let of = |id: u64, run: u64, word: &str| {
        let mut row = status(id, "CI / test (push)", word, "");
        row["target_url"] = json!(format!("/o/r/actions/runs/{run}/jobs/0"));
        row
    };
    let all = [
        of(1, 7, "pending"),
        of(2, 8, "pending"),
        of(3, 7, "failure"),
        of(4, 8, "success"),
    ];
    // The newest of each context, as Gitea combines them.
    let house = House::new(vec![all[3].clone()]);
    let forge = Forge::start(move |asked| match asked.path.ends_with("/statuses") {
        true => match asked.query["page"].as_str() {
            "1" => Reply::Json(200, json!(all)),
            _ => Reply::Json(200, json!([])),
        },
        false => house.answer(asked),
    });
    let ran = sandbox.ask(&forge, &[]);
    assert_eq!(codes(ran.exits(1)), ["context-red"]);
}
