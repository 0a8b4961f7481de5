use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

/// The state of a listening socket in the kernel's tables.
const LISTEN: &str = "0A";

/// The addresses at which a process really listens, by its sockets in `/proc`.
pub(super) fn listening(pid: i32) -> std::io::Result<Vec<(IpAddr, u16)>> {
    let own = sockets_of(pid)?;
    let mut found = Vec::new();
    for table in ["tcp", "tcp6"] {
        let text = fs_err::read_to_string(
            Path::new("/proc")
                .join(pid.to_string())
                .join("net")
                .join(table),
        )?;
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let (Some(local), Some(state), Some(inode)) =
                (fields.get(1), fields.get(3), fields.get(9))
            else {
                continue;
            };
            if *state == LISTEN
                && own.contains(*inode)
                && let Some(address) = address(local)
            {
                found.push(address);
            }
        }
    }
    Ok(found)
}

/// The inodes of a process's sockets.
fn sockets_of(pid: i32) -> std::io::Result<HashSet<String>> {
    let mut sockets = HashSet::new();
    for entry in fs_err::read_dir(Path::new("/proc").join(pid.to_string()).join("fd"))? {
        // A descriptor may be closed between the two looks.
        let Ok(target) = fs_err::read_link(entry?.path()) else {
            continue;
        };
        let target = target.to_string_lossy();
        if let Some(inode) = target
            .strip_prefix("socket:[")
            .and_then(|rest| rest.strip_suffix(']'))
        {
            sockets.insert(inode.to_owned());
        }
    }
    Ok(sockets)
}

/// `0100007F:1F90`: the address in words of the machine's byte order, the port in hex.
fn address(text: &str) -> Option<(IpAddr, u16)> {
    let (ip, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |at: usize| u32::from_str_radix(ip.get(at..at + 8)?, 16).ok();
    let ip = if ip.len() == 8 {
        IpAddr::V4(Ipv4Addr::from(word(0)?.to_ne_bytes()))
    } else {
        let mut bytes = [0; 16];
        for (index, part) in bytes.chunks_mut(4).enumerate() {
            part.copy_from_slice(&word(index * 8)?.to_ne_bytes());
        }
        IpAddr::V6(Ipv6Addr::from(bytes))
    };
    Some((ip, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_of_this_process_is_seen_with_its_address() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
        let port = listener.local_addr().expect("an address").port();
        let pid = i32::try_from(std::process::id()).expect("a pid");
        let found = listening(pid).expect("sockets");
        assert!(
            found.contains(&(IpAddr::V4(Ipv4Addr::LOCALHOST), port)),
            "{found:?}"
        );
        drop(listener);
        let found = listening(pid).expect("sockets");
        assert!(!found.iter().any(|(_, other)| *other == port));
    }
}
