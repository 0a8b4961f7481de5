//! Reviews that were recorded.

use serde_json::json;

use super::forge::{HEAD, green};
use super::support::{codes, folder};

#[test]
fn reviews_of_another_commit_and_of_the_author_do_not_count() {
    let sandbox = folder("CI / test\n");
    sandbox.record(&green(&["CI / test (push)"]));
    let review = |id: u64, login: &str, state: &str, commit: &str| json!({"id": id, "user": {"login": login}, "state": state, "commit_id": commit});
    let judge = |reviews: serde_json::Value| {
        sandbox.write("reviews.json", reviews.to_string());
        sandbox.judge(&[
            "--approvals",
            "1",
            "--roster",
            "bob,cid",
            "--reviews",
            "reviews.json",
            "--author",
            "ann",
            "--sha",
            HEAD,
        ])
    };
    judge(json!([review(1, "bob", "APPROVED", HEAD)])).exits(0);
    let other = "0".repeat(40);
    for reviews in [
        json!([]),
        json!([review(1, "bob", "APPROVED", &other)]),
        json!([review(1, "bob", "approved", HEAD)]),
        json!([review(1, "ann", "APPROVED", HEAD)]),
        json!([review(1, "dan", "APPROVED", HEAD)]),
    ] {
        let ran = judge(reviews);
        assert_eq!(codes(ran.exits(1)), ["approvals-missing"]);
    }
    let ran = judge(json!([
        review(1, "bob", "APPROVED", HEAD),
        review(2, "dan", "REQUEST_CHANGES", &other)
    ]));
    assert_eq!(codes(ran.exits(1)), ["changes-requested"]);
    let ran = judge(json!({"message": "no"}));
    assert_eq!(codes(ran.exits(3)), ["statuses-malformed"]);
}
