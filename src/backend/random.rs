use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

/// 32 bytes that nobody can guess: of the 256 bits, 244 are the system's.
fn bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(Uuid::new_v4().as_bytes());
    bytes[16..].copy_from_slice(Uuid::new_v4().as_bytes());
    bytes
}

/// A password or token: 64 hexadecimal digits.
pub(super) fn token() -> String {
    hex::encode(bytes())
}

/// A key of 32 bytes, in base64.
pub(super) fn key() -> String {
    STANDARD.encode(bytes())
}
