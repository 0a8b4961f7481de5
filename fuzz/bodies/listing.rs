use driftgate::gate::Obstacle;
use driftgate::kinds::delivery::assets_channel::{FileUrls, Intake, Listed, content, entries};
use driftgate::tree::TreePath;
use serde_json::Value;
use url::Url;

use super::assets::{LIMITS, files};
use super::parts::parts;

/// The readers of lists of files, and of files in answers. The first part is the key where the list stands, the second
/// the list, and the others answers that hold a file each.
pub fn check(data: &[u8]) {
    let parts = parts(data);
    let key = std::str::from_utf8(parts[0]).unwrap_or_default().trim();
    let key = (!key.is_empty()).then_some(key);
    let contents: Vec<Vec<u8>> = parts
        .iter()
        .skip(2)
        .filter_map(|body| given(body))
        .collect();
    let Some(body) = parts.get(1) else { return };
    let listed = entries(body, key, "it");
    let told = |listed: &Result<Vec<Listed>, Obstacle>| format!("{listed:?}");
    assert_eq!(told(&listed), told(&entries(body, key, "it")));
    let Ok(listed) = listed else { return };
    let value: Value = serde_json::from_slice(body).expect("it was read as JSON");
    // How a list is laid out is nothing to it.
    let laid_out = serde_json::to_vec_pretty(&value).expect("written");
    assert_eq!(
        Ok(&listed),
        entries(&laid_out, key, "it").as_ref().map_err(drop)
    );
    for entry in &listed {
        let is_digest = |hex: &String| {
            hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        };
        assert!(entry.sha256.iter().all(is_digest));
        assert!(entry.is_folder || !entry.path.ends_with('/'));
    }
    let _ = taken_in(&listed, &contents);
}

/// Takes in a list, and a content for each file as long as there are some.
fn taken_in(listed: &[Listed], contents: &[Vec<u8>]) -> Result<(), Obstacle> {
    let mut intake = Intake::new(LIMITS);
    let mut paths = Vec::new();
    for entry in listed {
        let raw = entry.path.as_bytes();
        if entry.is_folder {
            intake.folder(raw)?;
            continue;
        }
        let path = intake.file(raw, entry.size)?;
        stays_below(&path);
        paths.push(path);
    }
    assert!(listed.len() <= LIMITS.entries as usize);
    let told: u64 = listed
        .iter()
        .filter(|one| !one.is_folder)
        .filter_map(|one| one.size)
        .sum();
    assert!(told <= LIMITS.total);
    for (index, path) in paths.iter().enumerate() {
        assert!(!paths[..index].contains(path), "{path} twice");
        assert!(
            !paths
                .iter()
                .any(|other| other != path && other.is_within(path)),
            "below {path}"
        );
    }
    let mut expected = Vec::new();
    for (path, bytes) in paths.into_iter().zip(contents) {
        intake.put(path.clone(), bytes.clone(), false)?;
        expected.push((path, bytes.clone(), false));
    }
    expected.sort_unstable();
    assert_eq!(files(&intake.finish("fuzzed")), expected);
    Ok(())
}

/// The URL of a file leads to nowhere but its own place below that of the files, whatever it is called.
fn stays_below(path: &TreePath) {
    let list = "http://h:1/t/list";
    for (files, base) in [
        ("files/{path}", "http://h:1/t/files/"),
        ("/{path}", "http://h:1/"),
        ("https://f/x/{path}?v=1", "https://f/x/"),
    ] {
        let urls = FileUrls::new(list, files).expect("URLs");
        let url = urls.of(path).expect("a URL");
        let url = Url::parse(&url).expect("a URL");
        let base = Url::parse(base).expect("a URL");
        assert_eq!(
            (url.origin(), url.fragment()),
            (base.origin(), None),
            "{url}"
        );
        let below = url
            .path()
            .strip_prefix(base.path())
            .expect("below the files");
        assert_eq!(decoded(below), path.as_bytes(), "{url}");
    }
    let urls = FileUrls::new(list, "http://f/get?p={path}&q=1").expect("URLs");
    let url = urls.of(path).expect("a URL");
    let url = Url::parse(&url).expect("a URL");
    let pairs: Vec<_> = url.query_pairs().collect();
    assert_eq!((url.path(), pairs.len()), ("/get", 2), "{url}");
    assert_eq!(pairs[0].1.as_bytes(), path.as_bytes(), "{url}");
}

/// The bytes that `%XX` stand for.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let hex = (*first == b'%').then(|| std::str::from_utf8(&after[..2]).expect("two digits"));
        match hex {
            Some(hex) => {
                bytes.push(u8::from_str_radix(hex, 16).expect("two digits"));
                rest = &after[2..];
            }
            None => bytes.push(*first),
        }
    }
    bytes
}

/// The file in an answer, which is as long as the answer says.
fn given(body: &[u8]) -> Option<Vec<u8>> {
    let read = content(body, "it");
    assert_eq!(format!("{read:?}"), format!("{:?}", content(body, "it")));
    let bytes = read.ok()?;
    let value: Value = serde_json::from_slice(body).ok()?;
    if let Some(size) = value["size"].as_u64() {
        assert_eq!(bytes.len() as u64, size);
    }
    assert!(bytes.len() <= body.len());
    Some(bytes)
}
