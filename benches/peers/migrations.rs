use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A root with one gate of constants: Go, TypeScript and what `migrations` SQL files leave.
///
/// Each migration makes three tables of ten columns and fills one, which the gate has to read only
/// to know that it says nothing about the enum.
pub(crate) fn migrated(home: &Path, migrations: usize) -> PathBuf {
    let root = home.join(format!("migrated-{migrations}"));
    let _ = std::fs::remove_dir_all(&root);
    let write = |path: &str, text: String| {
        let path = root.join(path);
        let folder = path.parent().expect("a folder");
        std::fs::create_dir_all(folder).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    write("driftgate.yaml", String::new());
    write("gates/status.yaml", GATE.to_owned());
    let statuses: Vec<String> = (0..8).map(|n| format!("status_{n}")).collect();
    let mut go = "package models\n\ntype Status string\n\nconst (\n".to_owned();
    for status in &statuses {
        let _ = writeln!(go, "\tStatus_{status} Status = \"{status}\"");
    }
    go.push_str(")\n");
    for n in 0..200 {
        let _ = write!(
            go,
            "\nfunc helper{n}(a, b string) (string, error) {{\n\tif a == b {{\n\t\treturn a, nil\n\t}}\n\treturn a + b, nil\n}}\n"
        );
    }
    write("models/status.go", go);
    let union: Vec<String> = statuses.iter().map(|s| format!("'{s}'")).collect();
    write(
        "canvas/status.ts",
        format!("export type Status = {};\n", union.join(" | ")),
    );
    for n in 0..migrations {
        let mut sql = String::new();
        for table in 0..3 {
            let _ = write!(
                sql,
                "CREATE TABLE t_{n}_{table} (\n  id uuid PRIMARY KEY DEFAULT gen_random_uuid()"
            );
            for column in 0..10 {
                let _ = write!(sql, ",\n  c_{column} text NOT NULL DEFAULT 'none'");
            }
            sql.push_str("\n);\n");
        }
        for row in 0..10 {
            let _ = writeln!(
                sql,
                "INSERT INTO t_{n}_0 (c_0, c_1) VALUES ('{row}', 'some words');"
            );
        }
        if n == 0 {
            let _ = writeln!(
                sql,
                "CREATE TYPE status AS ENUM ({});",
                union[..7].join(", ")
            );
        }
        if n == migrations / 2 {
            let _ = writeln!(sql, "ALTER TYPE status ADD VALUE {};", union[7]);
        }
        write(&format!("migrations/{n:03}_step.up.sql"), sql);
    }
    root
}

const GATE: &str = "\
id: status
about: All know the same statuses.
kind: constants
canonical: { name: models, go: models/status.go, type: Status }
mirrors:
  - { name: database, sql: \"migrations/*.up.sql\", enum: status }
  - { name: canvas, typescript: canvas/status.ts, union: Status }
";
