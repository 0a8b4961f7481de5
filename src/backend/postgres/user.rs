use crate::backend::codes::BACKEND_MISSING;
use crate::gate::Obstacle;

/// The users that a server may run as where the caller is root, in order of preference.
const CANDIDATES: [&str; 3] = ["postgres", "nobody", "daemon"];

/// The ids to run PostgreSQL as: none but one's own, unless one is root, as whom it does not run.
///
/// # Errors
/// When one is root and there is no other user.
pub(in crate::backend) fn unprivileged() -> Result<Option<(u32, u32)>, Obstacle> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let found = CANDIDATES.iter().find_map(|name| ids(&users, name));
    found.map(Some).ok_or_else(|| {
        Obstacle::unreachable(
            &BACKEND_MISSING,
            "PostgreSQL does not run as root, and this machine has no other user to run it as",
        )
        .help("add a user `postgres`, or run driftgate as somebody else than root")
    })
}

/// The user's and group's id of a line `name:x:uid:gid:…`.
fn ids(users: &str, name: &str) -> Option<(u32, u32)> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        let user = fields.nth(1)?.parse().ok()?;
        Some((user, fields.next()?.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_from_the_line_of_exactly_that_user() {
        let users = "root:x:0:0:root:/root:/bin/sh\npostgresql:x:7:8::/:\npostgres:x:101:104::/:\n";
        assert_eq!(ids(users, "postgres"), Some((101, 104)));
        assert_eq!(ids(users, "nobody"), None);
    }
}
