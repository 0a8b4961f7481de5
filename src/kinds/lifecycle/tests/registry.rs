use std::collections::BTreeSet;

use crate::gate::VerdictName;
use crate::kinds::KINDS;
use crate::kinds::lifecycle::chapter::{Chapter, Strand};
use crate::kinds::lifecycle::life_check::LifeCheck;
use crate::kinds::lifecycle::profile::Profile;
use crate::kinds::lifecycle::registry::{all_checks, check_named};

#[test]
fn every_id_is_in_kebab_case_and_names_one_thing_only() {
    let mut seen = BTreeSet::new();
    for check in all_checks() {
        let id = check.id();
        assert!(
            id.split('-')
                .all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase())),
            "{id}"
        );
        assert!(seen.insert(id), "{id} stands there twice");
        assert!(
            !Chapter::ALL.iter().any(|chapter| chapter.as_str() == id),
            "{id}"
        );
        assert!(!KINDS.iter().any(|kind| kind.name() == id), "{id}");
        assert!(
            !VerdictName::ALL
                .iter()
                .any(|verdict| verdict.as_str() == id),
            "{id}"
        );
    }
    for kind in KINDS.iter().filter(|kind| kind.name() != "lifecycle") {
        for code in kind.codes() {
            assert!(
                !seen.contains(code.name),
                "{} is a code of {}",
                code.name,
                kind.name()
            );
        }
    }
    assert!(seen.len() > 100, "{}", seen.len());
}

#[test]
fn a_check_rests_only_on_checks_that_come_before_it_and_belong_to_its_profile() {
    let order: Vec<&str> = all_checks().map(LifeCheck::id).collect();
    for (place, check) in all_checks().enumerate() {
        for before in check.after {
            let earlier = order.iter().position(|id| id == before);
            assert!(
                earlier.is_some_and(|earlier| earlier < place),
                "{} rests on {before}, which does not come before it",
                check.id()
            );
            let earlier = check_named(before).expect("it was just found");
            assert!(
                earlier.profile <= check.profile,
                "{} of the core rests on {before} of the hardened profile",
                check.id()
            );
        }
    }
}

#[test]
fn the_chapters_follow_each_other() {
    let mut chapters: Vec<Chapter> = all_checks().map(|check| check.chapter).collect();
    chapters.dedup();
    assert_eq!(chapters, Chapter::ALL);
}

#[test]
fn what_is_lived_at_the_same_time_stands_together() {
    let checks: Vec<_> = all_checks().collect();
    let beside: Vec<_> = checks
        .chunk_by(|one, next| one.strand().is_some() == next.strand().is_some())
        .filter(|together| together[0].strand().is_some())
        .collect();
    let [together] = beside[..] else {
        panic!("{} stretches with strands", beside.len());
    };
    for strand in [
        Strand::Concierge,
        Strand::Worker,
        Strand::Fragile,
        Strand::Neighbour,
    ] {
        let of_it = together
            .iter()
            .filter(|check| check.strand() == Some(strand));
        assert!(of_it.count() > 0, "{strand:?}");
    }
}

#[test]
fn what_is_lived_at_the_same_time_rests_on_nothing_of_each_other() {
    for check in all_checks() {
        for before in check.after {
            let earlier = check_named(before).expect("a check");
            let strands = [check, earlier].map(LifeCheck::strand);
            let [Some(own), Some(other)] = strands else {
                continue;
            };
            assert!(
                own == other,
                "{} rests on {before}, which is lived at the same time",
                check.id()
            );
        }
    }
}

#[test]
fn every_check_says_what_it_proves_what_is_wrong_why_that_matters_and_how_to_mend_it() {
    for check in all_checks() {
        let id = check.id();
        for (what, text) in [
            ("proves", check.proves),
            ("wrong", check.code.what),
            ("why", check.code.why),
            ("mend", check.code.mend),
        ] {
            assert!(
                text.len() > 20 && text.ends_with('.'),
                "{id}: {what}: {text}"
            );
        }
        assert!(
            check.code.what.matches(". ").count() == 0,
            "{id}: more than a sentence"
        );
    }
}

#[test]
fn every_check_of_the_core_cites_the_pinned_contract() {
    for check in all_checks() {
        let section = check.cites.strip_prefix("contract ").or_else(|| {
            (check.profile == Profile::Hardened)
                .then(|| check.cites.strip_prefix("later contract "))
                .flatten()
        });
        let section = section.unwrap_or_else(|| panic!("{} cites `{}`", check.id(), check.cites));
        let number: String = section
            .chars()
            .take_while(|c| c.is_ascii_digit() || *c == '.')
            .collect();
        assert!(
            number
                .split_once('.')
                .is_some_and(|(a, b)| a.parse::<u8>().is_ok() && b.parse::<u8>().is_ok()),
            "{} cites no section: {}",
            check.id(),
            check.cites
        );
        assert!(!check.cites.contains(".md"), "{} names a file", check.id());
    }
}

#[test]
fn a_flaw_of_the_pinned_server_is_checked_in_the_hardened_profile_only() {
    for check in all_checks() {
        if check
            .cites
            .contains("present at the pinned commit as a flaw")
        {
            assert_eq!(check.profile, Profile::Hardened, "{}", check.id());
        }
    }
}

#[test]
fn a_check_names_only_faults_that_the_reference_knows_and_no_fault_twice() {
    for check in all_checks() {
        let mut seen = BTreeSet::new();
        for fault in check.faults {
            driftgate_provisioner::fault::Told::named(fault)
                .unwrap_or_else(|problem| panic!("{}: {problem}", check.id()));
            assert!(
                seen.insert(fault),
                "{}: {fault} stands there twice",
                check.id()
            );
        }
    }
}

/// What the reference can be wrong in without any check seeing it; the page on shortcomings says so.
const UNCAUGHT: [&str; 0] = [];

#[test]
fn every_check_names_a_fault_that_turns_it_red() {
    for check in all_checks() {
        assert!(!check.faults.is_empty(), "{}", check.id());
    }
}

#[test]
fn every_fault_of_the_reference_is_named_by_a_check() {
    use driftgate_provisioner::fault::{Fault, Told};
    use driftgate_provisioner::runtime::Lie;

    let own = Fault::ALL.iter().copied().map(Told::Server);
    let idle: Vec<_> = own
        .chain(Lie::ALL.iter().copied().map(Told::Runtime))
        .map(Told::name)
        .filter(|name| !all_checks().any(|check| check.faults.contains(name)))
        .collect();
    assert_eq!(idle, UNCAUGHT, "see docs/shortcomings.md");
}

#[test]
fn what_the_pinned_contract_deviates_in_turns_hardened_checks_red_and_none_of_the_core() {
    let pinned = driftgate_provisioner::fault::Contract::Pinned;
    for fault in pinned.deviations() {
        let red: Vec<&LifeCheck> = all_checks()
            .filter(|check| check.faults.contains(&fault.name()))
            .collect();
        assert!(!red.is_empty(), "{}", fault.name());
        for check in red {
            assert_eq!(check.profile, Profile::Hardened, "{}", check.id());
        }
    }
}

#[test]
fn every_check_has_a_deadline() {
    for check in all_checks() {
        assert!(
            (5..=150).contains(&check.seconds),
            "{}: {}",
            check.id(),
            check.seconds
        );
    }
}
